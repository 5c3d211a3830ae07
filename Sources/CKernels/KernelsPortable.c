// The kernels for any CPU: SSE2 on x86-64, NEON on ARM64, by the compiler's own baseline.
#if defined(__aarch64__)
#define NAME "neon"
#else
#define NAME "portable"
#endif
#define TABLE musegen_kernels_portable
#define INT8_PRODUCT musegen_int8_product_portable
#include "Kernels.h"
