// The kernels, once. Included by Kernels<instruction set>.c with TABLE naming the table to define.
//
// The loops are written for the vectoriser: no branch inside, no library call, restrict pointers
// where they hold. `assume_safety` stands where a kernel may work in place element by element.

#include <string.h>

#include "CKernels.h"

#define INLINE static inline __attribute__((always_inline))
#define VECTORIZE _Pragma("clang loop vectorize(assume_safety) interleave(enable)")

#include "Elementary.h"

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
    float factor, float *restrict table) {
  for (long r = 0; r < rows; r++)
    if (index[r] >= 0) add_scaled(columns, factor, from + r * columns, table + index[r] * columns);
}

static void scatter_rows16(
    long rows, long columns, const uint16_t *restrict from, const int32_t *restrict index,
    float factor, float *restrict table) {
  for (long r = 0; r < rows; r++) {
    if (index[r] < 0) continue;
    const uint16_t *x = from + r * columns;
    float *to = table + index[r] * columns;
    VECTORIZE for (long j = 0; j < columns; j++) to[j] += factor * widened(x[j]);
  }
}

#include "Cells.h"

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
    .qrnn_forward = qrnn_forward,
    .qrnn_backward = qrnn_backward,
    .qrnn_forward16 = qrnn_forward16,
    .qrnn_backward16 = qrnn_backward16,
    .rru_forward_inner = rru_forward_inner,
    .rru_forward_outer = rru_forward_outer,
    .rru_backward_outer = rru_backward_outer,
    .rru_backward_inner = rru_backward_inner,
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
