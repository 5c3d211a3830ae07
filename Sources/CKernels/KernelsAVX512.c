// The kernels for x86-64 with AVX-512 (F, BW, DQ, VL).
#if defined(__x86_64__)
#pragma clang attribute push( \
    __attribute__((target("avx512f,avx512bw,avx512dq,avx512vl,avx2,fma"))), apply_to = function)
#define NAME "avx512"
#define TABLE musegen_kernels_avx512
#define INT8_PRODUCT musegen_int8_product_avx2
#include "Kernels.h"
#pragma clang attribute pop
#endif
