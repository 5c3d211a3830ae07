// Products of a few rows by bfloat16 weights in hardware (AVX512_BF16): bound by the reading of the
// weights, which is why each is read once for all rows.
#if defined(__x86_64__)
#include <immintrin.h>

#include "CKernels.h"

#define BFLOAT16 __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx512bf16")))

// Four rows of w by M rows of x; the last, partial vector of k is masked.
#define FOUR_ROWS(M)                                                                       \
  BFLOAT16 static void four_rows_##M(                                                      \
      long n, long k, const uint16_t *x, const uint16_t *w, float *y) {                    \
    __m512 sums[M][4];                                                                     \
    for (int i = 0; i < M; i++)                                                            \
      for (int r = 0; r < 4; r++) sums[i][r] = _mm512_setzero_ps();                        \
    for (long j = 0; j < k; j += 32) {                                                     \
      const __mmask32 here = k - j >= 32 ? ~(__mmask32)0 : ((__mmask32)1 << (k - j)) - 1;  \
      __m512bh rows[4];                                                                    \
      for (int r = 0; r < 4; r++) {                                                        \
        _mm_prefetch((const char *)(w + r * k + j + 1024), _MM_HINT_T0);                   \
        rows[r] = (__m512bh)_mm512_maskz_loadu_epi16(here, w + r * k + j);                 \
      }                                                                                    \
      for (int i = 0; i < M; i++) {                                                        \
        const __m512bh v = (__m512bh)_mm512_maskz_loadu_epi16(here, x + i * k + j);        \
        for (int r = 0; r < 4; r++) sums[i][r] = _mm512_dpbf16_ps(sums[i][r], rows[r], v); \
      }                                                                                    \
    }                                                                                      \
    for (int i = 0; i < M; i++)                                                            \
      for (int r = 0; r < 4; r++) y[i * n + r] = _mm512_reduce_add_ps(sums[i][r]);         \
  }

FOUR_ROWS(1)
FOUR_ROWS(2)

BFLOAT16 static float one_row(long k, const uint16_t *x, const uint16_t *w) {
  __m512 sum = _mm512_setzero_ps();
  for (long j = 0; j < k; j += 32) {
    const __mmask32 here = k - j >= 32 ? ~(__mmask32)0 : ((__mmask32)1 << (k - j)) - 1;
    const __m512bh row = (__m512bh)_mm512_maskz_loadu_epi16(here, w + j);
    sum = _mm512_dpbf16_ps(sum, row, (__m512bh)_mm512_maskz_loadu_epi16(here, x + j));
  }
  return _mm512_reduce_add_ps(sum);
}

void musegen_few_rows_bfloat16(
    long m, long n, long k, const uint16_t *x, const uint16_t *w, float *y) {
  long r = 0;
  for (; r + 4 <= n; r += 4) {
    const uint16_t *rows = w + r * k;
    if (m == 1) four_rows_1(n, k, x, rows, y + r);
    if (m == 2) four_rows_2(n, k, x, rows, y + r);
  }
  for (; r < n; r++) {
    for (long i = 0; i < m; i++) y[i * n + r] = one_row(k, x + i * k, w + r * k);
  }
}
#endif
