// The element-wise half of each cell's step, forwards and back. Included by Kernels.h.
// Numbers are those of the equations in Documentation/LSTM.md.

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

typedef struct {
  float z, f, o, cell, hidden;
} qrnn_values;

// (15) but for its product, and (16), of one unit.
INLINE qrnn_values qrnn_unit(const float *x, const float *u, long H, long j, float before) {
  qrnn_values a;
  a.z = hyperbolic_tangent(x[j] + u[j]);
  a.f = logistic(x[H + j] + u[H + j]);
  a.o = logistic(x[2 * H + j] + u[2 * H + j]);
  a.cell = a.z + a.f * (before - a.z);
  a.hidden = a.o * a.cell;
  return a;
}

// (17) of one unit; in `cell` the gradient of the cell state before.
INLINE qrnn_values qrnn_slopes(qrnn_values a, float before, float d_hidden, float d_cell) {
  qrnn_values slopes = {0};
  float d = d_cell + d_hidden * a.o;
  slopes.z = d * (1.0f - a.f) * (1.0f - a.z * a.z);
  slopes.f = d * (before - a.z) * a.f * (1.0f - a.f);
  slopes.o = d_hidden * a.cell * a.o * (1.0f - a.o);
  slopes.cell = d * a.f;
  return slopes;
}

static void qrnn_forward(
    const musegen_cell_input *in, const float *cell_before, float *gates, float *cell,
    float *hidden, uint16_t *hidden16) {
  const long H = in->hidden;
  for (long b = 0; b < in->rows; b++) {
    const float *x = in->input + (in->index ? in->index[b] : b) * 3 * H;
    const float *u = in->input_bias;
    const float *before = in->reset[b] ? in->initial + H : cell_before + b * H;
    float *a = gates + b * 3 * H, *c = cell + b * H, *h = hidden + b * H;
    VECTORIZE for (long j = 0; j < H; j++) {
      qrnn_values unit = qrnn_unit(x, u, H, j, before[j]);
      a[j] = unit.z, a[H + j] = unit.f, a[2 * H + j] = unit.o;
      c[j] = unit.cell;
      h[j] = unit.hidden;
    }
    if (hidden16) round16(H, h, hidden16 + b * H);
  }
}

static void qrnn_backward(
    long rows, long H, const uint8_t *reset, const float *initial, const float *cell_before,
    const float *cell, const float *d_hidden, float *d_cell, float *gates, uint16_t *gates16,
    float *d_bias) {
  for (long b = 0; b < rows; b++) {
    const float *before = reset[b] ? initial + H : cell_before + b * H;
    const float *c = cell + b * H, *dh = d_hidden + b * H;
    float *dc = d_cell + b * H, *a = gates + b * 3 * H;
    VECTORIZE for (long j = 0; j < H; j++) {
      qrnn_values unit = {a[j], a[H + j], a[2 * H + j], c[j], 0.0f};
      qrnn_values slopes = qrnn_slopes(unit, before[j], dh[j], dc[j]);
      dc[j] = slopes.cell;
      a[j] = slopes.z, a[H + j] = slopes.f, a[2 * H + j] = slopes.o;
    }
    add(3 * H, a, d_bias);
    if (gates16) round16(3 * H, a, gates16 + b * 3 * H);
  }
}

static void qrnn_forward16(
    const musegen_cell_input *in, const float *cell_before, uint16_t *gates, float *cell,
    float *hidden, uint16_t *hidden16) {
  const long H = in->hidden;
  for (long b = 0; b < in->rows; b++) {
    const float *x = in->input + (in->index ? in->index[b] : b) * 3 * H;
    const float *u = in->input_bias;
    const float *before = in->reset[b] ? in->initial + H : cell_before + b * H;
    uint16_t *a = gates + b * 3 * H;
    float *c = cell + b * H, *h = hidden + b * H;
    VECTORIZE for (long j = 0; j < H; j++) {
      qrnn_values unit = qrnn_unit(x, u, H, j, before[j]);
      a[j] = fixed_signed(unit.z), a[H + j] = fixed_share(unit.f);
      a[2 * H + j] = fixed_share(unit.o);
      c[j] = unit.cell;
      h[j] = unit.hidden;
    }
    round16(H, h, hidden16 + b * H);
  }
}

static void qrnn_backward16(
    long rows, long H, const uint8_t *reset, const float *initial, const float *cell_before,
    const float *cell, const float *d_hidden, float *d_cell, uint16_t *gates, float *d_bias) {
  for (long b = 0; b < rows; b++) {
    const float *before = reset[b] ? initial + H : cell_before + b * H;
    const float *c = cell + b * H, *dh = d_hidden + b * H;
    float *dc = d_cell + b * H;
    uint16_t *a = gates + b * 3 * H;
    VECTORIZE for (long j = 0; j < H; j++) {
      qrnn_values unit = {
          signed_share(a[j]), share(a[H + j]), share(a[2 * H + j]), c[j], 0.0f};
      qrnn_values slopes = qrnn_slopes(unit, before[j], dh[j], dc[j]);
      dc[j] = slopes.cell;
      d_bias[j] += slopes.z, d_bias[H + j] += slopes.f, d_bias[2 * H + j] += slopes.o;
      a[j] = rounded(slopes.z), a[H + j] = rounded(slopes.f);
      a[2 * H + j] = rounded(slopes.o);
    }
  }
}

// (18) but for its products, and (19).
static void rru_forward_inner(
    const musegen_cell_input *in, float *gates, float *scales, float *rectified) {
#pragma clang fp reassociate(on)
  const long W = 4 * in->hidden;
  for (long b = 0; b < in->rows; b++) {
    const float *x = in->input + (in->index ? in->index[b] : b) * W;
    const float *r = in->recurrent + b * W, *u = in->input_bias;
    float *a = gates + b * W, *p = rectified + b * W;
    float squares = 0.0f;
    VECTORIZE for (long j = 0; j < W; j++) {
      float s = x[j] + r[j] + u[j];
      a[j] = s;
      squares += s * s;
    }
    float scale = 1.0f / __builtin_sqrtf(squares / (float)W + 1e-6f);
    scales[b] = scale;
    VECTORIZE for (long j = 0; j < W; j++) {
      float n = a[j] * scale;
      a[j] = n;
      p[j] = n < 0.0f ? 0.0f : n;
    }
  }
}

// The share of the memory that a step keeps: S is a tenth of its logit, so that an optimiser whose
// steps know no scale moves it ten times as fast.
INLINE float rru_kept(float s) { return logistic(10.0f * s); }

// (20) but for its product, and (21).
static void rru_forward_outer(
    long rows, long H, const float *sums, const float *bias, const float *retention,
    const float *candidate_scale, const float *before, float *candidates, float *memory,
    float *hidden, uint16_t *hidden16) {
  for (long b = 0; b < rows; b++) {
    const float *s = sums + b * 2 * H, *m = before + b * H;
    float *c = candidates + b * H, *after = memory + b * H, *h = hidden + b * H;
    VECTORIZE for (long j = 0; j < H; j++) {
      float candidate = s[j] + bias[j];
      c[j] = candidate;
      after[j] = rru_kept(retention[j]) * m[j] + candidate_scale[j] * candidate;
      h[j] = s[H + j] + bias[H + j];
    }
    if (hidden16) round16(H, h, hidden16 + b * H);
  }
}

// (22).
static void rru_backward_outer(
    long rows, long H, const float *before, const float *candidates, const float *d_hidden,
    const float *retention, const float *candidate_scale, float *d_memory, float *d_sums,
    float *d_bias, float *d_retention, float *d_candidate_scale) {
  for (long b = 0; b < rows; b++) {
    const float *m = before + b * H, *c = candidates + b * H, *dh = d_hidden + b * H;
    float *dm = d_memory + b * H, *ds = d_sums + b * 2 * H;
    VECTORIZE for (long j = 0; j < H; j++) {
      float kept = rru_kept(retention[j]), d = dm[j];
      ds[j] = d * candidate_scale[j];
      ds[H + j] = dh[j];
      d_candidate_scale[j] += d * c[j];
      d_retention[j] += d * m[j] * kept * (1.0f - kept) * 10.0f;
      dm[j] = d * kept;
    }
    add(2 * H, ds, d_bias);
  }
}

// (23) but for its product.
static void rru_backward_inner(
    long rows, long W, const float *scales, const float *d_rectified, float *gates,
    uint16_t *gates16, float *d_bias) {
#pragma clang fp reassociate(on)
  for (long b = 0; b < rows; b++) {
    const float *dp = d_rectified + b * W;
    float *a = gates + b * W;
    float along = 0.0f;
    VECTORIZE for (long j = 0; j < W; j++) along += a[j] > 0.0f ? dp[j] * a[j] : 0.0f;
    const float mean = along / (float)W, scale = scales[b];
    VECTORIZE for (long j = 0; j < W; j++) {
      float d = a[j] > 0.0f ? dp[j] : 0.0f;
      a[j] = scale * (d - a[j] * mean);
    }
    add(W, a, d_bias);
    if (gates16) round16(W, a, gates16 + b * W);
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
