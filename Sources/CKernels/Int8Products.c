// Products of 8-bit weights by 8-bit activations. Sums are whole numbers and exact, so every
// instruction set, number of rows and order of summing gives the same bits.
#include <math.h>
#include <string.h>

#include "CKernels.h"

// Weights stand in blocks of 64 outputs: for each four of the inner dimension 64 times four bytes,
// padded with zeros. Scales and sums of the outputs' weights follow.
enum { BLOCK = 64 };

static long blocks(long n) { return (n + BLOCK - 1) / BLOCK; }
static long quads(long k) { return (k + 3) / 4; }
static long weight_bytes(long n, long k) { return blocks(n) * quads(k) * 4 * BLOCK; }

long musegen_int8_bytes(long n, long k) { return weight_bytes(n, k) + blocks(n) * BLOCK * 8; }

void musegen_int8_pack(
    long n, long k, const float *values, long row, long column, void *packed) {
  memset(packed, 0, musegen_int8_bytes(n, k));
  int8_t *weights = packed;
  float *scales = (float *)(weights + weight_bytes(n, k));
  int32_t *sums = (int32_t *)(scales + blocks(n) * BLOCK);
  for (long c = 0; c < n; c++) {
    float largest = 0;
    for (long r = 0; r < k; r++) largest = fmaxf(largest, fabsf(values[r * row + c * column]));
    // The 127th of the least numbers is 0.
    const float scale = largest / 127 > 0 ? largest / 127 : 1;
    int8_t *block = weights + c / BLOCK * quads(k) * 4 * BLOCK + c % BLOCK * 4;
    for (long r = 0; r < k; r++) {
      float share = values[r * row + c * column] / scale;
      // A scale of few digits may leave more than 127, and NaN has no nearest whole number.
      share = share == share ? share : 0;
      share = share < 127 ? share : 127;
      share = share > -127 ? share : -127;
      const int8_t weight = (int8_t)lrintf(share);
      block[r / 4 * 4 * BLOCK + r % 4] = weight;
      sums[c] += weight;
    }
    // Activations count 127ths.
    scales[c] = scale / 127;
  }
}

static const float *scales_of(long n, long k, const void *packed) {
  return (const float *)((const int8_t *)packed + weight_bytes(n, k));
}

static inline __attribute__((always_inline)) void plain_product(
    long m, long n, long k, const int8_t *x, const void *packed, float *y) {
  const float *scales = scales_of(n, k, packed);
  for (long first = 0; first < n; first += BLOCK) {
    const int8_t *block = (const int8_t *)packed + first * quads(k) * 4;
    const long width = n - first < BLOCK ? n - first : BLOCK;
    for (long i = 0; i < m; i++) {
      int32_t sums[BLOCK] = {0};
      for (long r = 0; r < k; r++) {
        const int8_t *weights = block + r / 4 * 4 * BLOCK + r % 4;
        const int32_t value = x[i * k + r];
        for (int c = 0; c < BLOCK; c++) sums[c] += value * weights[4 * c];
      }
      for (long c = 0; c < width; c++) y[i * n + first + c] = (float)sums[c] * scales[first + c];
    }
  }
}

void musegen_int8_product_portable(
    long m, long n, long k, const int8_t *x, const void *packed, float *y) {
  plain_product(m, n, k, x, packed, y);
}

#if defined(__x86_64__)
#include <immintrin.h>

__attribute__((target("avx2"))) void musegen_int8_product_avx2(
    long m, long n, long k, const int8_t *x, const void *packed, float *y) {
  plain_product(m, n, k, x, packed, y);
}

#define VNNI __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512vnni")))

// Four bytes of the inner dimension of one row, raised by 128: the instruction takes unsigned by
// signed bytes, and 128 times the sum of the weights comes off again.
#define MULTIPLY(M, LOAD)                                                                    \
  for (int v = 0; v < 4; v++) weights[v] = _mm512_loadu_si512(w + 64 * v);                   \
  for (int i = 0; i < M; i++) {                                                              \
    int32_t four = 0;                                                                        \
    memcpy(&four, x + i * k + j, LOAD);                                                      \
    const __m512i value = _mm512_xor_si512(_mm512_set1_epi32(four), raise);                  \
    for (int v = 0; v < 4; v++)                                                              \
      sums[i][v] = _mm512_dpbusd_epi32(sums[i][v], value, weights[v]);                       \
  }

// M rows by one block of outputs.
#define ONE_BLOCK(M)                                                                         \
  VNNI static void one_block_##M(                                                            \
      long n, long k, long width, const int8_t *x, const int8_t *w, const float *scales,     \
      const int32_t *weight_sums, float *y) {                                                \
    const __m512i raise = _mm512_set1_epi8((char)0x80);                                      \
    __m512i sums[M][4], weights[4];                                                          \
    for (int i = 0; i < M; i++)                                                              \
      for (int v = 0; v < 4; v++)                                                            \
        sums[i][v] = _mm512_mullo_epi32(                                                     \
            _mm512_loadu_si512(weight_sums + 16 * v), _mm512_set1_epi32(-128));              \
    long j = 0;                                                                              \
    for (; j + 4 <= k; j += 4, w += 4 * BLOCK) { MULTIPLY(M, 4) }                            \
    if (j < k) { MULTIPLY(M, (size_t)(k - j)) }                                              \
    for (int v = 0; v < 4 && 16 * v < width; v++) {                                          \
      const long rest = width - 16 * v;                                                      \
      const __mmask16 here = rest >= 16 ? 0xFFFF : (__mmask16)((1 << rest) - 1);             \
      const __m512 scale = _mm512_loadu_ps(scales + 16 * v);                                 \
      for (int i = 0; i < M; i++)                                                            \
        _mm512_mask_storeu_ps(                                                               \
            y + i * n + 16 * v, here, _mm512_mul_ps(_mm512_cvtepi32_ps(sums[i][v]), scale)); \
    }                                                                                        \
  }

ONE_BLOCK(1)
ONE_BLOCK(2)
ONE_BLOCK(6)

void musegen_int8_product_vnni(
    long m, long n, long k, const int8_t *x, const void *packed, float *y) {
  const float *scales = scales_of(n, k, packed);
  const int32_t *sums = (const int32_t *)(scales + blocks(n) * BLOCK);
  for (long first = 0; first < n; first += BLOCK) {
    const int8_t *block = (const int8_t *)packed + first * quads(k) * 4;
    const long width = n - first < BLOCK ? n - first : BLOCK;
    for (long i = 0; i < m;) {
      const int8_t *rows = x + i * k;
      float *to = y + i * n + first;
      if (m - i >= 6) {
        one_block_6(n, k, width, rows, block, scales + first, sums + first, to);
        i += 6;
      } else if (m - i >= 2) {
        one_block_2(n, k, width, rows, block, scales + first, sums + first, to);
        i += 2;
      } else {
        one_block_1(n, k, width, rows, block, scales + first, sums + first, to);
        i += 1;
      }
    }
  }
}
#endif
