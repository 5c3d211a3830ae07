// Element-wise kernels of the recurrent engine, chosen by CPU at run time.
//
// Every kernel is written once, in Kernels.h, as plain loops that the compiler vectorises; the
// file is compiled once per instruction set. `MUSEGEN_ISA=portable` (or avx2) in the environment
// holds the choice down. Matrices are row-major and dense; gates stand in PyTorch's order
// (LSTM i f g o, GRU r z n, QRNN z f o). `rows` counts streams, `hidden` is H, `d_` marks a gradient.
#ifndef MUSEGEN_KERNELS_H
#define MUSEGEN_KERNELS_H

#include <stdint.h>

// OpenMP's threads for the calling thread, through whichever OpenMP runtime oneDNN brought along.
// Returns the number before, or 0 where there is no such runtime.
int musegen_set_openmp_threads(int threads);

// How many cores this process may run on; 0 where the system does not tell.
int musegen_bound_cores(void);

// A team of persistent threads. The caller of `run` is member 0; `run` returns when every member
// has returned from `work`.
typedef struct musegen_team musegen_team;
musegen_team *_Nullable musegen_team_create(int members);
void musegen_team_destroy(musegen_team *_Nonnull team);
void musegen_team_run(
    musegen_team *_Nonnull team,
    void (*_Nonnull work)(void *_Nonnull context, int member), void *_Nonnull context);
// Called from `work` by every member: returns when all have called it.
void musegen_team_meet(musegen_team *_Nonnull team);

// What a cell reads at one time step beside its own state.
typedef struct {
  long rows, hidden;
  // Input product: row b stands at row (index ? index[b] : b), of gates * hidden floats.
  const float *_Nonnull input;
  const int32_t *_Nullable index;
  const float *_Nonnull input_bias;
  // Recurrent product, [rows, gates * hidden], and its bias; null for cells that have none.
  const float *_Nullable recurrent;
  const float *_Nullable recurrent_bias;
  // Streams that start anew at this step, [rows], and the hidden and cell state they start from,
  // [2, hidden].
  const uint8_t *_Nonnull reset;
  const float *_Nonnull initial;
} musegen_cell_input;

typedef struct {
  const char *_Nonnull name;
  // Whether `int8_product` has an instruction of its own.
  int multiplies_int8;

  // Activations into `gates` (may be `input`), the new cell and hidden state; `hidden16` may be
  // null. The hidden state is also written rounded to bfloat16 where that is asked for.
  void (*_Nonnull lstm_forward)(
      const musegen_cell_input *_Nonnull in, const float *_Nonnull cell_before,
      float *_Nonnull gates, float *_Nonnull cell, float *_Nonnull hidden,
      uint16_t *_Nullable hidden16);
  // Gradients of the pre-activations in place of `gates`; `d_cell` goes from after the step to
  // before it; `d_bias` is added to.
  void (*_Nonnull lstm_backward)(
      long rows, long hidden, const uint8_t *_Nonnull reset, const float *_Nonnull initial,
      const float *_Nonnull cell_before, const float *_Nonnull cell, const float *_Nonnull d_hidden,
      float *_Nonnull d_cell, float *_Nonnull gates, uint16_t *_Nullable gates16,
      float *_Nonnull d_bias);
  // The same with activations kept in 16 bits of fixed point, which is finer than bfloat16 by far,
  // and gradients as bfloat16 in their place: a third of the memory where products read bfloat16.
  void (*_Nonnull lstm_forward16)(
      const musegen_cell_input *_Nonnull in, const float *_Nonnull cell_before,
      uint16_t *_Nonnull gates, float *_Nonnull cell, float *_Nonnull hidden,
      uint16_t *_Nonnull hidden16);
  void (*_Nonnull lstm_backward16)(
      long rows, long hidden, const uint8_t *_Nonnull reset, const float *_Nonnull initial,
      const float *_Nonnull cell_before, const float *_Nonnull cell, const float *_Nonnull d_hidden,
      float *_Nonnull d_cell, uint16_t *_Nonnull gates, float *_Nonnull d_bias);
  // As for LSTM, both ways, with neither recurrent product nor a hidden state that is read.
  void (*_Nonnull qrnn_forward)(
      const musegen_cell_input *_Nonnull in, const float *_Nonnull cell_before,
      float *_Nonnull gates, float *_Nonnull cell, float *_Nonnull hidden,
      uint16_t *_Nullable hidden16);
  void (*_Nonnull qrnn_backward)(
      long rows, long hidden, const uint8_t *_Nonnull reset, const float *_Nonnull initial,
      const float *_Nonnull cell_before, const float *_Nonnull cell, const float *_Nonnull d_hidden,
      float *_Nonnull d_cell, float *_Nonnull gates, uint16_t *_Nullable gates16,
      float *_Nonnull d_bias);
  void (*_Nonnull qrnn_forward16)(
      const musegen_cell_input *_Nonnull in, const float *_Nonnull cell_before,
      uint16_t *_Nonnull gates, float *_Nonnull cell, float *_Nonnull hidden,
      uint16_t *_Nonnull hidden16);
  void (*_Nonnull qrnn_backward16)(
      long rows, long hidden, const uint8_t *_Nonnull reset, const float *_Nonnull initial,
      const float *_Nonnull cell_before, const float *_Nonnull cell, const float *_Nonnull d_hidden,
      float *_Nonnull d_cell, uint16_t *_Nonnull gates, float *_Nonnull d_bias);
  // Between the RRU's two products: sums of 4 * hidden a row, without recurrent bias, normalised into
  // `gates` (may be `input`) by the reciprocal of their root mean square, which goes to `scales`.
  void (*_Nonnull rru_forward_inner)(
      const musegen_cell_input *_Nonnull in, float *_Nonnull gates, float *_Nonnull scales,
      float *_Nonnull rectified);
  // After the second, whose sums are the candidate and the output, [rows, 2 * hidden].
  void (*_Nonnull rru_forward_outer)(
      long rows, long hidden, const float *_Nonnull sums, const float *_Nonnull bias,
      const float *_Nonnull retention, const float *_Nonnull candidate_scale,
      const float *_Nonnull before, float *_Nonnull candidates, float *_Nonnull memory,
      float *_Nonnull hidden_state, uint16_t *_Nullable hidden16);
  // `d_memory` goes from after the step to before it, but for what the first product sends back.
  void (*_Nonnull rru_backward_outer)(
      long rows, long hidden, const float *_Nonnull before, const float *_Nonnull candidates,
      const float *_Nonnull d_hidden, const float *_Nonnull retention,
      const float *_Nonnull candidate_scale, float *_Nonnull d_memory, float *_Nonnull d_sums,
      float *_Nonnull d_bias, float *_Nonnull d_retention, float *_Nonnull d_candidate_scale);
  // Gradients of the sums in place of `gates`, `width` of them a row.
  void (*_Nonnull rru_backward_inner)(
      long rows, long width, const float *_Nonnull scales, const float *_Nonnull d_rectified,
      float *_Nonnull gates, uint16_t *_Nullable gates16, float *_Nonnull d_bias);
  // `candidate` keeps W_hn h + b_hn, the part of n that the reset gate multiplies.
  void (*_Nonnull gru_forward)(
      const musegen_cell_input *_Nonnull in, const float *_Nonnull hidden_before,
      float *_Nonnull gates, float *_Nonnull candidate, float *_Nonnull hidden,
      uint16_t *_Nullable hidden16);
  // As for LSTM; the recurrent product's gradient differs from the input product's in n and goes
  // to `recurrent`. `d_hidden` becomes the gradient that passes by the products, d_h * z.
  void (*_Nonnull gru_backward)(
      long rows, long hidden, const uint8_t *_Nonnull reset, const float *_Nonnull initial,
      const float *_Nonnull hidden_before, const float *_Nonnull candidate,
      float *_Nonnull d_hidden, float *_Nonnull gates, float *_Nonnull recurrent,
      uint16_t *_Nullable gates16, uint16_t *_Nullable recurrent16, float *_Nonnull d_input_bias,
      float *_Nonnull d_recurrent_bias);
  void (*_Nonnull elman_forward)(
      const musegen_cell_input *_Nonnull in, int rectified, float *_Nonnull gates,
      float *_Nonnull hidden, uint16_t *_Nullable hidden16);
  void (*_Nonnull elman_backward)(
      long rows, long hidden, int rectified, const float *_Nonnull d_hidden, float *_Nonnull gates,
      uint16_t *_Nullable gates16, float *_Nonnull d_bias);

  // Softmax cross-entropy. `losses` in nats, 0 where the target is negative; with `scale` other
  // than 0 the logits become their gradient times `scale`, else they become log-probabilities.
  void (*_Nonnull cross_entropy)(
      long rows, long vocabulary, float *_Nonnull logits, const float *_Nonnull bias,
      const int32_t *_Nonnull targets, float scale, float smoothing, float *_Nonnull losses);

  // Rounds to the nearest bfloat16, ties to even.
  void (*_Nonnull round16)(long count, const float *_Nonnull from, uint16_t *_Nonnull to);
  // to += from.
  void (*_Nonnull add)(long count, const float *_Nonnull from, float *_Nonnull to);
  // to += factor * from.
  void (*_Nonnull add_scaled)(
      long count, float factor, const float *_Nonnull from, float *_Nonnull to);
  // sums[c] += sum over rows of from[r][c].
  void (*_Nonnull add_rows)(
      long rows, long columns, const float *_Nonnull from, float *_Nonnull sums);
  // table[index[r]] += factor * from[r], where the index is not negative.
  void (*_Nonnull scatter_rows)(
      long rows, long columns, const float *_Nonnull from, const int32_t *_Nonnull index,
      float factor, float *_Nonnull table);
  void (*_Nonnull scatter_rows16)(
      long rows, long columns, const uint16_t *_Nonnull from, const int32_t *_Nonnull index,
      float factor, float *_Nonnull table);
  // Inverted dropout: element j of row r survives by the hash of (seed, first_row + r, j), so that
  // the mask depends neither on shards nor on threads, and need not be kept. May run in place.
  void (*_Nonnull dropout)(
      long rows, long columns, const float *_Nonnull from, float *_Nonnull to,
      uint16_t *_Nullable to16, float rate, uint64_t seed, long first_row);
  // Layer normalisation of rows, in place allowed; `normalized` keeps (x - mean) / deviation.
  void (*_Nonnull normalize)(
      long rows, long columns, const float *_Nonnull from, const float *_Nonnull gain,
      const float *_Nonnull bias, float *_Nonnull normalized, float *_Nonnull deviations,
      float *_Nonnull to);
  // Gradient of it, in place of `gradient`.
  void (*_Nonnull normalize_backward)(
      long rows, long columns, const float *_Nonnull normalized, const float *_Nonnull deviations,
      const float *_Nonnull gain, float *_Nonnull gradient, float *_Nonnull d_gain,
      float *_Nonnull d_bias);

  // c = a b, or c += a b: a is [m, k] with the strides given, b [k, n] and c [m, n] dense.
  void (*_Nonnull product)(
      long m, long n, long k, const float *_Nonnull a, long a_row, long a_column,
      const float *_Nonnull b, float *_Nonnull c, int accumulate);
  // y = x w^T for a few rows of x [m, k], with w [n, k] and y [m, n]: reads w once.
  void (*_Nonnull few_rows)(
      long m, long n, long k, const float *_Nonnull x, const float *_Nonnull w, float *_Nonnull y);
  void (*_Nonnull few_rows16)(
      long m, long n, long k, const uint16_t *_Nonnull x, const uint16_t *_Nonnull w,
      float *_Nonnull y);

  // y = x w^T for rows of x [m, k] in 127ths, with w [n, k] as `musegen_int8_pack` packs it.
  void (*_Nonnull int8_product)(
      long m, long n, long k, const int8_t *_Nonnull x, const void *_Nonnull w, float *_Nonnull y);
  // Rounds to the nearest 127th, ties to even; beyond -1 and 1 to these.
  void (*_Nonnull round8)(long count, const float *_Nonnull from, int8_t *_Nonnull to);

  double (*_Nonnull sum_of_squares)(long count, const float *_Nonnull values);
} musegen_kernel_table;

// `int8_product` by plain loops, for any processor and for AVX2.
void musegen_int8_product_portable(
    long m, long n, long k, const int8_t *_Nonnull x, const void *_Nonnull w, float *_Nonnull y);
void musegen_int8_product_avx2(
    long m, long n, long k, const int8_t *_Nonnull x, const void *_Nonnull w, float *_Nonnull y);

// The kernels for this CPU: always the same pointer.
const musegen_kernel_table *_Nonnull musegen_kernels(void);

// How many bytes [n, k] 8-bit weights take, with their scales.
long musegen_int8_bytes(long n, long k);
// Rounds weights to 127ths of the largest of their output; element (r, c), of k by n, stands at
// values[r * row + c * column].
void musegen_int8_pack(
    long n, long k, const float *_Nonnull values, long row, long column, void *_Nonnull packed);

// The greatest m of `few_rows`.
#define MUSEGEN_FEW_ROWS 2

#endif
