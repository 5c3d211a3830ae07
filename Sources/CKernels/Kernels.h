// The kernels, once. Included by Kernels_<instruction set>.c with TABLE naming the table to define.
//
// The loops are written for the vectoriser: no branch inside, no library call, restrict pointers
// where they hold. `assume_safety` stands where a kernel may work in place element by element.

#include <string.h>

#include "CKernels.h"

#define INLINE static inline __attribute__((always_inline))
#define VECTORIZE _Pragma("clang loop vectorize(assume_safety) interleave(enable)")

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

static void round16(long count, const float *restrict from, uint16_t *restrict to) {
  VECTORIZE for (long j = 0; j < count; j++) to[j] = rounded(from[j]);
}

static void add(long count, const float *restrict from, float *restrict to) {
  VECTORIZE for (long j = 0; j < count; j++) to[j] += from[j];
}

static void add_scaled(long count, float factor, const float *restrict from, float *restrict to) {
  VECTORIZE for (long j = 0; j < count; j++) to[j] += factor * from[j];
}

static void add_rows(long rows, long columns, const float *restrict from, float *restrict sums) {
  for (long r = 0; r < rows; r++) add(columns, from + r * columns, sums);
}

static void scatter_rows(
    long rows, long columns, const float *restrict from, const int32_t *restrict index,
    float *restrict table) {
  for (long r = 0; r < rows; r++) add(columns, from + r * columns, table + index[r] * columns);
}

static void scatter_rows16(
    long rows, long columns, const uint16_t *restrict from, const int32_t *restrict index,
    float *restrict table) {
  for (long r = 0; r < rows; r++) {
    const uint16_t *x = from + r * columns;
    float *to = table + index[r] * columns;
    VECTORIZE for (long j = 0; j < columns; j++) to[j] += widened(x[j]);
  }
}

// ---- Cells. Numbers are those of the equations in Documentation/LSTM.md.

typedef struct {
  float i, f, g, o, cell, hidden;
} lstm_values;

// (1) but for its products, to (4), of one unit: sums of x, r, u and v, each H numbers a gate.
INLINE lstm_values lstm_unit(
    const float *x, const float *r, const float *u, const float *v, long H, long j, float before) {
  lstm_values a;
  a.i = logistic(x[j] + r[j] + (u[j] + v[j]));
  a.f = logistic(x[H + j] + r[H + j] + (u[H + j] + v[H + j]));
  a.g = hyperbolic_tangent(x[2 * H + j] + r[2 * H + j] + (u[2 * H + j] + v[2 * H + j]));
  a.o = logistic(x[3 * H + j] + r[3 * H + j] + (u[3 * H + j] + v[3 * H + j]));
  a.cell = a.f * before + a.i * a.g;
  a.hidden = a.o * hyperbolic_tangent(a.cell);
  return a;
}

// (5) to (8) of one unit, from its activations and cell state: gradients of the gates' sums, and in
// `cell` of the cell state before.
INLINE lstm_values lstm_slopes(lstm_values a, float before, float d_hidden, float d_cell) {
  lstm_values slopes = {0};
  float t = hyperbolic_tangent(a.cell);
  float d = d_cell + d_hidden * a.o * (1.0f - t * t);
  slopes.i = d * a.g * a.i * (1.0f - a.i);
  slopes.f = d * before * a.f * (1.0f - a.f);
  slopes.g = d * a.i * (1.0f - a.g * a.g);
  slopes.o = d_hidden * t * a.o * (1.0f - a.o);
  slopes.cell = d * a.f;
  return slopes;
}

static void lstm_forward(
    const musegen_cell_input *in, const float *cell_before, float *gates, float *cell,
    float *hidden, uint16_t *hidden16) {
  const long H = in->hidden;
  for (long b = 0; b < in->rows; b++) {
    const float *x = in->input + (in->index ? in->index[b] : b) * 4 * H;
    const float *r = in->recurrent + b * 4 * H;
    const float *u = in->input_bias, *v = in->recurrent_bias;
    const float *before = in->reset[b] ? in->initial + H : cell_before + b * H;
    float *a = gates + b * 4 * H, *c = cell + b * H, *h = hidden + b * H;
    VECTORIZE for (long j = 0; j < H; j++) {
      lstm_values unit = lstm_unit(x, r, u, v, H, j, before[j]);
      a[j] = unit.i, a[H + j] = unit.f, a[2 * H + j] = unit.g, a[3 * H + j] = unit.o;
      c[j] = unit.cell;
      h[j] = unit.hidden;
    }
    if (hidden16) round16(H, h, hidden16 + b * H);
  }
}

static void lstm_backward(
    long rows, long H, const uint8_t *reset, const float *initial, const float *cell_before,
    const float *cell, const float *d_hidden, float *d_cell, float *gates, uint16_t *gates16,
    float *d_bias) {
  for (long b = 0; b < rows; b++) {
    const float *before = reset[b] ? initial + H : cell_before + b * H;
    const float *c = cell + b * H, *dh = d_hidden + b * H;
    float *dc = d_cell + b * H, *a = gates + b * 4 * H;
    VECTORIZE for (long j = 0; j < H; j++) {
      lstm_values unit = {a[j], a[H + j], a[2 * H + j], a[3 * H + j], c[j], 0.0f};
      lstm_values slopes = lstm_slopes(unit, before[j], dh[j], dc[j]);
      dc[j] = slopes.cell;
      a[j] = slopes.i, a[H + j] = slopes.f, a[2 * H + j] = slopes.g, a[3 * H + j] = slopes.o;
    }
    add(4 * H, a, d_bias);
    if (gates16) round16(4 * H, a, gates16 + b * 4 * H);
  }
}

// A number from 0 to 1 as 0 to 65535, and one from -1 to 1 as 0 to 65534, 0 being exact. NaN becomes
// the least: a broken network must not break the kernel.
INLINE uint16_t fixed_share(float x) {
  x = x > 0.0f ? x : 0.0f;
  return (uint16_t)(int32_t)(x * 65535.0f + 0.5f);
}
INLINE float share(uint16_t x) { return (float)x * (1.0f / 65535.0f); }
INLINE uint16_t fixed_signed(float x) {
  x = x > -1.0f ? x : -1.0f;
  return (uint16_t)(int32_t)((x + 1.0f) * 32767.0f + 0.5f);
}
INLINE float signed_share(uint16_t x) { return (float)((int32_t)x - 32767) * (1.0f / 32767.0f); }

static void lstm_forward16(
    const musegen_cell_input *in, const float *cell_before, uint16_t *gates, float *cell,
    float *hidden, uint16_t *hidden16) {
  const long H = in->hidden;
  for (long b = 0; b < in->rows; b++) {
    const float *x = in->input + (in->index ? in->index[b] : b) * 4 * H;
    const float *r = in->recurrent + b * 4 * H;
    const float *u = in->input_bias, *v = in->recurrent_bias;
    const float *before = in->reset[b] ? in->initial + H : cell_before + b * H;
    uint16_t *a = gates + b * 4 * H;
    float *c = cell + b * H, *h = hidden + b * H;
    VECTORIZE for (long j = 0; j < H; j++) {
      lstm_values unit = lstm_unit(x, r, u, v, H, j, before[j]);
      a[j] = fixed_share(unit.i), a[H + j] = fixed_share(unit.f);
      a[2 * H + j] = fixed_signed(unit.g), a[3 * H + j] = fixed_share(unit.o);
      c[j] = unit.cell;
      h[j] = unit.hidden;
    }
    round16(H, h, hidden16 + b * H);
  }
}

static void lstm_backward16(
    long rows, long H, const uint8_t *reset, const float *initial, const float *cell_before,
    const float *cell, const float *d_hidden, float *d_cell, uint16_t *gates, float *d_bias) {
  for (long b = 0; b < rows; b++) {
    const float *before = reset[b] ? initial + H : cell_before + b * H;
    const float *c = cell + b * H, *dh = d_hidden + b * H;
    float *dc = d_cell + b * H;
    uint16_t *a = gates + b * 4 * H;
    VECTORIZE for (long j = 0; j < H; j++) {
      lstm_values unit = {share(a[j]),         share(a[H + j]), signed_share(a[2 * H + j]),
                          share(a[3 * H + j]), c[j],            0.0f};
      lstm_values slopes = lstm_slopes(unit, before[j], dh[j], dc[j]);
      dc[j] = slopes.cell;
      d_bias[j] += slopes.i, d_bias[H + j] += slopes.f;
      d_bias[2 * H + j] += slopes.g, d_bias[3 * H + j] += slopes.o;
      a[j] = rounded(slopes.i), a[H + j] = rounded(slopes.f);
      a[2 * H + j] = rounded(slopes.g), a[3 * H + j] = rounded(slopes.o);
    }
  }
}

// (13).
static void gru_forward(
    const musegen_cell_input *in, const float *hidden_before, float *gates, float *candidate,
    float *hidden, uint16_t *hidden16) {
  const long H = in->hidden;
  for (long b = 0; b < in->rows; b++) {
    const float *x = in->input + (in->index ? in->index[b] : b) * 3 * H;
    const float *r = in->recurrent + b * 3 * H;
    const float *u = in->input_bias, *v = in->recurrent_bias;
    const float *before = in->reset[b] ? in->initial : hidden_before + b * H;
    float *a = gates + b * 3 * H, *q = candidate + b * H, *h = hidden + b * H;
    VECTORIZE for (long j = 0; j < H; j++) {
      float reset = logistic(x[j] + r[j] + (u[j] + v[j]));
      float z = logistic(x[H + j] + r[H + j] + (u[H + j] + v[H + j]));
      float inner = r[2 * H + j] + v[2 * H + j];
      float n = hyperbolic_tangent(x[2 * H + j] + u[2 * H + j] + reset * inner);
      a[j] = reset, a[H + j] = z, a[2 * H + j] = n;
      q[j] = inner;
      h[j] = n + z * (before[j] - n);
    }
    if (hidden16) round16(H, h, hidden16 + b * H);
  }
}

// (14) but for its product.
static void gru_backward(
    long rows, long H, const uint8_t *reset, const float *initial, const float *hidden_before,
    const float *candidate, float *d_hidden, float *gates, float *recurrent, uint16_t *gates16,
    uint16_t *recurrent16, float *d_input_bias, float *d_recurrent_bias) {
  for (long b = 0; b < rows; b++) {
    const float *before = reset[b] ? initial : hidden_before + b * H;
    const float *q = candidate + b * H;
    float *dh = d_hidden + b * H, *a = gates + b * 3 * H, *w = recurrent + b * 3 * H;
    VECTORIZE for (long j = 0; j < H; j++) {
      float r = a[j], z = a[H + j], n = a[2 * H + j], d = dh[j];
      float dn = d * (1.0f - z) * (1.0f - n * n);
      float dz = d * (before[j] - n) * z * (1.0f - z);
      float dr = dn * q[j] * r * (1.0f - r);
      dh[j] = d * z;
      a[j] = dr, a[H + j] = dz, a[2 * H + j] = dn;
      w[j] = dr, w[H + j] = dz, w[2 * H + j] = dn * r;
    }
    add(3 * H, a, d_input_bias);
    add(3 * H, w, d_recurrent_bias);
    if (gates16) round16(3 * H, a, gates16 + b * 3 * H);
    if (recurrent16) round16(3 * H, w, recurrent16 + b * 3 * H);
  }
}

static void elman_forward(
    const musegen_cell_input *in, int rectified, float *gates, float *hidden, uint16_t *hidden16) {
  const long H = in->hidden;
  for (long b = 0; b < in->rows; b++) {
    const float *x = in->input + (in->index ? in->index[b] : b) * H;
    const float *r = in->recurrent + b * H;
    const float *u = in->input_bias, *v = in->recurrent_bias;
    float *a = gates + b * H, *h = hidden + b * H;
    if (rectified) {
      VECTORIZE for (long j = 0; j < H; j++) {
        float s = x[j] + r[j] + (u[j] + v[j]);
        s = s < 0.0f ? 0.0f : s;
        a[j] = s, h[j] = s;
      }
    } else {
      VECTORIZE for (long j = 0; j < H; j++) {
        float s = hyperbolic_tangent(x[j] + r[j] + (u[j] + v[j]));
        a[j] = s, h[j] = s;
      }
    }
    if (hidden16) round16(H, h, hidden16 + b * H);
  }
}

static void elman_backward(
    long rows, long H, int rectified, const float *d_hidden, float *gates, uint16_t *gates16,
    float *d_bias) {
  for (long b = 0; b < rows; b++) {
    const float *dh = d_hidden + b * H;
    float *a = gates + b * H;
    if (rectified) {
      VECTORIZE for (long j = 0; j < H; j++) a[j] = a[j] > 0.0f ? dh[j] : 0.0f;
    } else {
      VECTORIZE for (long j = 0; j < H; j++) a[j] = dh[j] * (1.0f - a[j] * a[j]);
    }
    add(H, a, d_bias);
    if (gates16) round16(H, a, gates16 + b * H);
  }
}

// ---- Loss

static void cross_entropy(
    long rows, long V, float *logits, const float *bias, const int32_t *targets, float scale,
    float smoothing, float *losses) {
#pragma clang fp reassociate(on)
  for (long r = 0; r < rows; r++) {
    float *y = logits + r * V;
    const int32_t target = targets[r];
    if (target < 0 && scale != 0.0f) {
      losses[r] = 0.0f;
      memset(y, 0, (unsigned long)V * sizeof(float));
      continue;
    }
    float greatest = -__builtin_inff();
    VECTORIZE for (long j = 0; j < V; j++) y[j] += bias[j];
    VECTORIZE for (long j = 0; j < V; j++) greatest = __builtin_fmaxf(greatest, y[j]);
    float sum = 0.0f;
    VECTORIZE for (long j = 0; j < V; j++) sum += exponential(y[j] - greatest);
    const float partition = greatest + __builtin_logf(sum);
    losses[r] = target < 0 ? 0.0f : partition - y[target];
    if (scale == 0.0f) {
      VECTORIZE for (long j = 0; j < V; j++) y[j] -= partition;
    } else {
      const float spread = scale * smoothing / (float)V;
      VECTORIZE for (long j = 0; j < V; j++) {
        y[j] = scale * exponential(y[j] - partition) - spread;
      }
      y[target] -= scale * (1.0f - smoothing);
    }
  }
}

// ---- Dropout

// A 32-bit finalizer (Wellons' lowbias32): passes for random bits at a few operations a number.
INLINE uint32_t scrambled(uint32_t x) {
  x ^= x >> 16;
  x *= 0x7FEB352Du;
  x ^= x >> 15;
  x *= 0x846CA68Bu;
  return x ^ (x >> 16);
}

static void dropout(
    long rows, long columns, const float *from, float *to, uint16_t *to16, float rate,
    uint64_t seed, long first_row) {
  const float kept = 1.0f / (1.0f - rate);
  const uint32_t threshold = (uint32_t)((double)rate * 4294967296.0);
  for (long r = 0; r < rows; r++) {
    uint64_t key = (seed + (uint64_t)(first_row + r)) * 0x9E3779B97F4A7C15u;
    key = (key ^ (key >> 32)) * 0xD6E8FEB86659FD93u;
    const uint32_t low = (uint32_t)key, high = (uint32_t)(key >> 32);
    const float *x = from + r * columns;
    float *y = to + r * columns;
    VECTORIZE for (long j = 0; j < columns; j++) {
      uint32_t bits = scrambled(scrambled((uint32_t)j ^ low) + high);
      y[j] = bits >= threshold ? x[j] * kept : 0.0f;
    }
    if (to16) round16(columns, y, to16 + r * columns);
  }
}

// ---- Layer normalisation (Ba, Kiros and Hinton 2016)

static void normalize(
    long rows, long columns, const float *from, const float *gain, const float *bias,
    float *normalized, float *deviations, float *to) {
#pragma clang fp reassociate(on)
  for (long r = 0; r < rows; r++) {
    const float *x = from + r * columns;
    float *n = normalized + r * columns, *y = to + r * columns;
    float mean = 0.0f, variance = 0.0f;
    VECTORIZE for (long j = 0; j < columns; j++) mean += x[j];
    mean /= (float)columns;
    VECTORIZE for (long j = 0; j < columns; j++) variance += (x[j] - mean) * (x[j] - mean);
    const float deviation = 1.0f / __builtin_sqrtf(variance / (float)columns + 1e-5f);
    deviations[r] = deviation;
    VECTORIZE for (long j = 0; j < columns; j++) {
      float value = (x[j] - mean) * deviation;
      n[j] = value;
      y[j] = value * gain[j] + bias[j];
    }
  }
}

static void normalize_backward(
    long rows, long columns, const float *normalized, const float *deviations, const float *gain,
    float *gradient, float *d_gain, float *d_bias) {
#pragma clang fp reassociate(on)
  for (long r = 0; r < rows; r++) {
    const float *n = normalized + r * columns;
    float *d = gradient + r * columns;
    float sum = 0.0f, product = 0.0f;
    VECTORIZE for (long j = 0; j < columns; j++) {
      d_bias[j] += d[j];
      d_gain[j] += d[j] * n[j];
      float scaled = d[j] * gain[j];
      sum += scaled;
      product += scaled * n[j];
    }
    sum /= (float)columns;
    product /= (float)columns;
    const float deviation = deviations[r];
    VECTORIZE for (long j = 0; j < columns; j++) {
      d[j] = deviation * (d[j] * gain[j] - sum - n[j] * product);
    }
  }
}

// ---- Products

// Row by row in the order of k: slower than oneDNN, and the same on every machine.
static void product(
    long m, long n, long k, const float *a, long a_row, long a_column, const float *restrict b,
    float *restrict c, int accumulate) {
  const long tile = 256;
  for (long from = 0; from < k; from += tile) {
    const long to = from + tile < k ? from + tile : k;
    for (long i = 0; i < m; i++) {
      float *row = c + i * n;
      if (from == 0 && !accumulate) memset(row, 0, (unsigned long)n * sizeof(float));
      long p = from;
      for (; p + 4 <= to; p += 4) {
        const float *x = a + i * a_row + p * a_column;
        const float u = x[0], v = x[a_column], w = x[2 * a_column], z = x[3 * a_column];
        const float *s = b + p * n;
        VECTORIZE for (long j = 0; j < n; j++) {
          row[j] += u * s[j] + v * s[n + j] + w * s[2 * n + j] + z * s[3 * n + j];
        }
      }
      for (; p < to; p++) {
        const float u = a[i * a_row + p * a_column];
        VECTORIZE for (long j = 0; j < n; j++) row[j] += u * b[p * n + j];
      }
    }
  }
}

// Four rows of w at once, so that each load of x serves four products.
static void few_rows(
    long m, long n, long k, const float *restrict x, const float *restrict w, float *restrict y) {
#pragma clang fp reassociate(on)
  long r = 0;
  for (; r + 4 <= n; r += 4) {
    const float *u = w + r * k;
    for (long i = 0; i < m; i++) {
      const float *v = x + i * k;
      float a = 0.0f, b = 0.0f, c = 0.0f, d = 0.0f;
      VECTORIZE for (long j = 0; j < k; j++) {
        a += u[j] * v[j];
        b += u[k + j] * v[j];
        c += u[2 * k + j] * v[j];
        d += u[3 * k + j] * v[j];
      }
      float *to = y + i * n + r;
      to[0] = a, to[1] = b, to[2] = c, to[3] = d;
    }
  }
  for (; r < n; r++) {
    for (long i = 0; i < m; i++) {
      float sum = 0.0f;
      VECTORIZE for (long j = 0; j < k; j++) sum += w[r * k + j] * x[i * k + j];
      y[i * n + r] = sum;
    }
  }
}

static void few_rows16(
    long m, long n, long k, const uint16_t *restrict x, const uint16_t *restrict w,
    float *restrict y) {
#pragma clang fp reassociate(on)
  for (long r = 0; r < n; r++) {
    for (long i = 0; i < m; i++) {
      float sum = 0.0f;
      VECTORIZE for (long j = 0; j < k; j++) sum += widened(w[r * k + j]) * widened(x[i * k + j]);
      y[i * n + r] = sum;
    }
  }
}

// NaN becomes -1: a broken network must not break the kernel.
static void round8(long count, const float *restrict from, int8_t *restrict to) {
  VECTORIZE for (long j = 0; j < count; j++) {
    float x = from[j] > -1.0f ? from[j] : -1.0f;
    x = x < 1.0f ? x : 1.0f;
    // Adding 1.5 * 2^23 leaves the nearest integer in the low bits of the significand.
    const float shifted = x * 127.0f + 12582912.0f;
    int32_t bits;
    memcpy(&bits, &shifted, 4);
    to[j] = (int8_t)(bits - 0x4B400000);
  }
}

static double sum_of_squares(long count, const float *values) {
#pragma clang fp reassociate(on)
  double sum = 0.0;
  VECTORIZE for (long j = 0; j < count; j++) sum += (double)values[j] * (double)values[j];
  return sum;
}

const musegen_kernel_table TABLE = {
    .name = NAME,
    .lstm_forward = lstm_forward,
    .lstm_backward = lstm_backward,
    .lstm_forward16 = lstm_forward16,
    .lstm_backward16 = lstm_backward16,
    .gru_forward = gru_forward,
    .gru_backward = gru_backward,
    .elman_forward = elman_forward,
    .elman_backward = elman_backward,
    .cross_entropy = cross_entropy,
    .round16 = round16,
    .add = add,
    .add_scaled = add_scaled,
    .add_rows = add_rows,
    .scatter_rows = scatter_rows,
    .scatter_rows16 = scatter_rows16,
    .dropout = dropout,
    .normalize = normalize,
    .normalize_backward = normalize_backward,
    .product = product,
    .few_rows = few_rows,
    .few_rows16 = few_rows16,
    .int8_product = INT8_PRODUCT,
    .round8 = round8,
    .sum_of_squares = sum_of_squares,
};
