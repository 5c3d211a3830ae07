// How many steps the Swift code of this program has taken, as the compiler's own counters know it: with
// `-profile-generate` each function, loop and branch counts how often it runs. Nothing is written into
// the sources for it, nothing is forgotten, and a build without the flag pays nothing.
#ifndef STEP_COUNTS_H
#define STEP_COUNTS_H

#include <stddef.h>
#include <stdint.h>

// Defined by the compiler's runtime in a program that counts.
extern char *_Nonnull __llvm_profile_begin_counters(void) __attribute__((weak));
extern char *_Nonnull __llvm_profile_end_counters(void) __attribute__((weak));

// Whether this program counts.
static inline int step_counts_are_kept(void) { return __llvm_profile_begin_counters != NULL; }

// The sum of all counters; 0 in a program that does not count.
int64_t step_count(void);

#endif
