// The kernels for x86-64 with AVX2 and fused multiply-add.
#if defined(__x86_64__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#define NAME "avx2"
#define TABLE musegen_kernels_avx2
#define INT8_PRODUCT musegen_int8_product_avx2
#include "Kernels.h"
#pragma clang attribute pop
#endif
