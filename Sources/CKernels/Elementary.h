// Functions of one number that the vectoriser takes along. Included by Kernels.h.

// exp by 2^n times a polynomial (Cephes expf): relative error under 2 ulp.
INLINE float exponential(float x) {
  x = x < -87.0f ? -87.0f : x;
  x = x > 88.0f ? 88.0f : x;
  // Adding 1.5 * 2^23 leaves the nearest integer in the low bits of the significand.
  float shifted = x * 1.44269504088896341f + 12582912.0f;
  uint32_t bits;
  memcpy(&bits, &shifted, 4);
  float n = shifted - 12582912.0f;
  float r = x - n * 0.693359375f;
  r = r + n * 2.12194440e-4f;
  float p = 1.9875691500e-4f;
  p = p * r + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  p = p * (r * r) + r + 1.0f;
  // Unsigned, so that garbage from a NaN may overflow.
  uint32_t scale = (bits - 0x4B400000u + 127u) << 23;
  float power;
  memcpy(&power, &scale, 4);
  return p * power;
}

INLINE float logistic(float x) { return 1.0f / (1.0f + exponential(-x)); }

// tanh by exp, and by an odd polynomial (Cephes tanhf) near 0, where exp would cancel. NaN stays.
INLINE float hyperbolic_tangent(float x) {
  float magnitude = __builtin_fabsf(x);
  float far = 1.0f - 2.0f / (exponential(2.0f * magnitude) + 1.0f);
  float z = x * x;
  float p = -5.70498872745e-3f;
  p = p * z + 2.06390887954e-2f;
  p = p * z - 5.37397155531e-2f;
  p = p * z + 1.33314422036e-1f;
  p = p * z - 3.33332819422e-1f;
  float near = p * z * x + x;
  far = __builtin_copysignf(far, x);
  return magnitude > 0.625f ? far : near;
}

INLINE uint16_t rounded(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  uint32_t nearest = (bits + 0x7FFF + ((bits >> 16) & 1)) >> 16;
  // A NaN must not be rounded up into an infinity.
  return x == x ? (uint16_t)nearest : (uint16_t)0x7FC0;
}

INLINE float widened(uint16_t x) {
  uint32_t bits = (uint32_t)x << 16;
  float value;
  memcpy(&value, &bits, 4);
  return value;
}
