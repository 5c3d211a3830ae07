// One surface over oneDNN 2 (Debian 12) and 3: what differs between them is the descriptors of
// memory (a struct by value, then an opaque handle) and of operations (two steps, then one).
// Everything here is `static inline` because Swift cannot branch on DNNL_VERSION_MAJOR.
#ifndef MUSEGEN_ONEDNN_SHIM_H
#define MUSEGEN_ONEDNN_SHIM_H

#include <oneapi/dnnl/dnnl.h>
#include <stdlib.h>

// A memory descriptor on the heap, owned by the caller.
#if DNNL_VERSION_MAJOR >= 3
typedef struct dnnl_memory_desc musegen_layout;
#else
typedef dnnl_memory_desc_t musegen_layout;
#endif

// A matrix whose element (r, c) lies at r * row_stride + c * column_stride.
// With row_stride 0 the library chooses the format (format_tag::any).
static inline musegen_layout *_Nullable musegen_layout_create(
    long rows, long columns, dnnl_data_type_t type, long row_stride, long column_stride) {
  dnnl_dims_t dims = {rows, columns};
  dnnl_dims_t strides = {row_stride, column_stride};
#if DNNL_VERSION_MAJOR >= 3
  dnnl_memory_desc_t layout = NULL;
  dnnl_status_t status =
      row_stride == 0
          ? dnnl_memory_desc_create_with_tag(&layout, 2, dims, type, dnnl_format_tag_any)
          : dnnl_memory_desc_create_with_strides(&layout, 2, dims, type, strides);
  return status == dnnl_success ? layout : NULL;
#else
  musegen_layout *layout = (musegen_layout *)malloc(sizeof(musegen_layout));
  if (layout == NULL) return NULL;
  dnnl_status_t status =
      row_stride == 0
          ? dnnl_memory_desc_init_by_tag(layout, 2, dims, type, dnnl_format_tag_any)
          : dnnl_memory_desc_init_by_strides(layout, 2, dims, type, strides);
  if (status == dnnl_success) return layout;
  free(layout);
  return NULL;
#endif
}

static inline void musegen_layout_destroy(musegen_layout *_Nullable layout) {
#if DNNL_VERSION_MAJOR >= 3
  if (layout != NULL) dnnl_memory_desc_destroy(layout);
#else
  free(layout);
#endif
}

static inline size_t musegen_layout_size(const musegen_layout *_Nonnull layout) {
  return dnnl_memory_desc_get_size(layout);
}

static inline int musegen_layouts_equal(
    const musegen_layout *_Nonnull a, const musegen_layout *_Nonnull b) {
  return dnnl_memory_desc_equal(a, b);
}

static inline musegen_layout *_Nullable musegen_query_layout(
    const_dnnl_primitive_desc_t _Nonnull description, dnnl_query_t what) {
  int index = what == dnnl_query_exec_arg_md ? DNNL_ARG_SCRATCHPAD : 0;
#if DNNL_VERSION_MAJOR >= 3
  dnnl_memory_desc_t copy = NULL;
  const_dnnl_memory_desc_t found = dnnl_primitive_desc_query_md(description, what, index);
  if (found == NULL || dnnl_memory_desc_clone(&copy, found) != dnnl_success) return NULL;
  return copy;
#else
  const dnnl_memory_desc_t *found = dnnl_primitive_desc_query_md(description, what, index);
  if (found == NULL) return NULL;
  musegen_layout *copy = (musegen_layout *)malloc(sizeof(musegen_layout));
  if (copy != NULL) *copy = *found;
  return copy;
#endif
}

static inline dnnl_memory_t _Nullable musegen_memory_create(
    const musegen_layout *_Nonnull layout, dnnl_engine_t _Nonnull engine) {
  dnnl_memory_t memory = NULL;
  return dnnl_memory_create(&memory, layout, engine, DNNL_MEMORY_NONE) == dnnl_success ? memory
                                                                                     : NULL;
}

// destination = left * right, or destination += with `accumulate`; the caller gives the scratchpad,
// so that a primitive may be made on one thread and run on another.
static inline dnnl_primitive_desc_t _Nullable musegen_product_description(
    dnnl_engine_t _Nonnull engine, const musegen_layout *_Nonnull left,
    const musegen_layout *_Nonnull right, const musegen_layout *_Nonnull destination,
    int accumulate) {
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_post_ops_t after = NULL;
  dnnl_primitive_desc_t description = NULL;
  if (dnnl_primitive_attr_create(&attributes) != dnnl_success) return NULL;
  dnnl_status_t status =
      dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  if (status == dnnl_success && accumulate) {
    status = dnnl_post_ops_create(&after);
#if DNNL_VERSION_MAJOR >= 3
    if (status == dnnl_success)
      status = dnnl_post_ops_append_sum(after, 1.0f, 0, dnnl_data_type_undef);
#else
    if (status == dnnl_success) status = dnnl_post_ops_append_sum(after, 1.0f);
#endif
    if (status == dnnl_success) status = dnnl_primitive_attr_set_post_ops(attributes, after);
  }
  if (status == dnnl_success) {
#if DNNL_VERSION_MAJOR >= 3
    status = dnnl_matmul_primitive_desc_create(
        &description, engine, left, right, NULL, destination, attributes);
#else
    dnnl_matmul_desc_t operation;
    status = dnnl_matmul_desc_init(&operation, left, right, NULL, destination);
    if (status == dnnl_success)
      status = dnnl_primitive_desc_create(&description, &operation, attributes, engine, NULL);
#endif
  }
  if (after != NULL) dnnl_post_ops_destroy(after);
  dnnl_primitive_attr_destroy(attributes);
  return status == dnnl_success ? description : NULL;
}

static inline dnnl_primitive_desc_t _Nullable musegen_reorder_description(
    dnnl_engine_t _Nonnull engine, const musegen_layout *_Nonnull from,
    const musegen_layout *_Nonnull to) {
  dnnl_primitive_attr_t attributes = NULL;
  dnnl_primitive_desc_t description = NULL;
  if (dnnl_primitive_attr_create(&attributes) != dnnl_success) return NULL;
  dnnl_primitive_attr_set_scratchpad_mode(attributes, dnnl_scratchpad_mode_user);
  dnnl_status_t status =
      dnnl_reorder_primitive_desc_create(&description, from, engine, to, engine, attributes);
  dnnl_primitive_attr_destroy(attributes);
  return status == dnnl_success ? description : NULL;
}

static inline dnnl_primitive_t _Nullable musegen_primitive_create(
    const_dnnl_primitive_desc_t _Nonnull description) {
  dnnl_primitive_t primitive = NULL;
  return dnnl_primitive_create(&primitive, description) == dnnl_success ? primitive : NULL;
}

// Runs on the calling thread and returns when done. A reorder takes its operands as from and to.
static inline int musegen_execute_product(
    dnnl_primitive_t _Nonnull primitive, dnnl_stream_t _Nonnull stream,
    dnnl_memory_t _Nonnull left, dnnl_memory_t _Nonnull right, dnnl_memory_t _Nonnull destination,
    dnnl_memory_t _Nonnull scratchpad) {
  dnnl_exec_arg_t arguments[4] = {
      {DNNL_ARG_SRC, left},
      {DNNL_ARG_WEIGHTS, right},
      {DNNL_ARG_DST, destination},
      {DNNL_ARG_SCRATCHPAD, scratchpad},
  };
  if (dnnl_primitive_execute(primitive, stream, 4, arguments) != dnnl_success) return 0;
  return dnnl_stream_wait(stream) == dnnl_success;
}

static inline int musegen_execute_reorder(
    dnnl_primitive_t _Nonnull primitive, dnnl_stream_t _Nonnull stream,
    dnnl_memory_t _Nonnull from, dnnl_memory_t _Nonnull to, dnnl_memory_t _Nonnull scratchpad) {
  dnnl_exec_arg_t arguments[3] = {
      {DNNL_ARG_FROM, from},
      {DNNL_ARG_TO, to},
      {DNNL_ARG_SCRATCHPAD, scratchpad},
  };
  if (dnnl_primitive_execute(primitive, stream, 3, arguments) != dnnl_success) return 0;
  return dnnl_stream_wait(stream) == dnnl_success;
}

#endif
