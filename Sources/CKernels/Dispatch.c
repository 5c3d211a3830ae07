// Which kernels run: the widest that the CPU and MUSEGEN_ISA allow.
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "CKernels.h"

extern const musegen_kernel_table musegen_kernels_portable;
#if defined(__x86_64__)
extern const musegen_kernel_table musegen_kernels_avx2;
extern const musegen_kernel_table musegen_kernels_avx512;
void musegen_few_rows_bfloat16(
    long m, long n, long k, const uint16_t *x, const uint16_t *w, float *y);
void musegen_int8_product_vnni(
    long m, long n, long k, const int8_t *x, const void *w, float *y);
static musegen_kernel_table extended;
#endif

static const musegen_kernel_table *chosen = &musegen_kernels_portable;
static pthread_once_t once = PTHREAD_ONCE_INIT;

static void choose(void) {
#if defined(__x86_64__)
  const char *wanted = getenv("MUSEGEN_ISA");
  if (wanted != NULL && strcmp(wanted, "portable") == 0) return;
  __builtin_cpu_init();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")) {
    chosen = &musegen_kernels_avx2;
  }
  if (wanted != NULL && strcmp(wanted, "avx2") == 0) return;
  if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
      __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl")) {
    chosen = &musegen_kernels_avx512;
  }
  if (chosen != &musegen_kernels_avx512) return;
  extended = musegen_kernels_avx512;
  if (__builtin_cpu_supports("avx512bf16")) extended.few_rows16 = musegen_few_rows_bfloat16;
  if (__builtin_cpu_supports("avx512vnni")) {
    extended.int8_product = musegen_int8_product_vnni;
    extended.multiplies_int8 = 1;
  }
  chosen = &extended;
#endif
}

const musegen_kernel_table *musegen_kernels(void) {
  pthread_once(&once, choose);
  return chosen;
}
