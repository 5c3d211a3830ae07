// Persistent threads, woken for each piece of work: a step is far too short for threads made anew,
// and OpenMP's setting of one thread per worker must last between steps. Members look out for work
// for a moment before they sleep, because a generator's next step comes at once.
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "CKernels.h"

// About 50 microseconds: longer than a step's gaps, shorter than anyone would notice.
enum { LOOKS = 2000, LOOKS_BEFORE_YIELD = 500 };

static inline void pause_briefly(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("yield");
#endif
}

int musegen_bound_cores(void) {
  cpu_set_t cores;
  return sched_getaffinity(0, sizeof cores, &cores) ? 0 : CPU_COUNT(&cores);
}

int musegen_set_openmp_threads(int threads) {
  void (*set)(int) = (void (*)(int))dlsym(RTLD_DEFAULT, "omp_set_num_threads");
  int (*get)(void) = (int (*)(void))dlsym(RTLD_DEFAULT, "omp_get_max_threads");
  if (set == NULL || get == NULL) return 0;
  int before = get();
  if (threads > 0) set(threads);
  return before;
}

struct musegen_team {
  int members;
  pthread_t *threads;
  pthread_mutex_t mutex;
  pthread_cond_t begun, ended;
  atomic_long round;
  atomic_int remaining, stopping;
  atomic_int arrived;
  atomic_long barrier;
  void (*work)(void *, int);
  void *context;
};

typedef struct {
  musegen_team *team;
  int member;
} membership;

static int has_work(musegen_team *team, long seen) {
  return atomic_load_explicit(&team->round, memory_order_acquire) != seen ||
         atomic_load_explicit(&team->stopping, memory_order_acquire);
}

static void *serve(void *argument) {
  membership self = *(membership *)argument;
  free(argument);
  musegen_team *team = self.team;
  musegen_set_openmp_threads(1);
  long seen = 0;
  for (;;) {
    for (int look = 0; look < LOOKS && !has_work(team, seen); look++) pause_briefly();
    if (!has_work(team, seen)) {
      pthread_mutex_lock(&team->mutex);
      while (!has_work(team, seen)) pthread_cond_wait(&team->begun, &team->mutex);
      pthread_mutex_unlock(&team->mutex);
    }
    if (atomic_load_explicit(&team->stopping, memory_order_acquire)) return NULL;
    seen = atomic_load_explicit(&team->round, memory_order_acquire);
    team->work(team->context, self.member);
    if (atomic_fetch_sub_explicit(&team->remaining, 1, memory_order_acq_rel) == 1) {
      pthread_mutex_lock(&team->mutex);
      pthread_cond_signal(&team->ended);
      pthread_mutex_unlock(&team->mutex);
    }
  }
}

musegen_team *musegen_team_create(int members) {
  musegen_team *team = calloc(1, sizeof(musegen_team));
  if (team == NULL) return NULL;
  team->threads = calloc((size_t)members, sizeof(pthread_t));
  pthread_mutex_init(&team->mutex, NULL);
  pthread_cond_init(&team->begun, NULL);
  pthread_cond_init(&team->ended, NULL);
  team->members = 1;
  for (int member = 1; team->threads != NULL && member < members; member++) {
    membership *self = malloc(sizeof(membership));
    if (self == NULL) break;
    *self = (membership){team, member};
    if (pthread_create(&team->threads[member], NULL, serve, self) != 0) {
      free(self);
      break;
    }
    team->members++;
  }
  if (team->members == members) return team;
  musegen_team_destroy(team);
  return NULL;
}

void musegen_team_destroy(musegen_team *team) {
  pthread_mutex_lock(&team->mutex);
  atomic_store_explicit(&team->stopping, 1, memory_order_release);
  pthread_cond_broadcast(&team->begun);
  pthread_mutex_unlock(&team->mutex);
  for (int member = 1; member < team->members; member++) pthread_join(team->threads[member], NULL);
  pthread_cond_destroy(&team->begun);
  pthread_cond_destroy(&team->ended);
  pthread_mutex_destroy(&team->mutex);
  free(team->threads);
  free(team);
}

void musegen_team_run(musegen_team *team, void (*work)(void *, int), void *context) {
  team->work = work;
  team->context = context;
  atomic_store_explicit(&team->remaining, team->members - 1, memory_order_relaxed);
  pthread_mutex_lock(&team->mutex);
  atomic_fetch_add_explicit(&team->round, 1, memory_order_release);
  pthread_cond_broadcast(&team->begun);
  pthread_mutex_unlock(&team->mutex);
  const int before = musegen_set_openmp_threads(1);
  work(context, 0);
  if (before > 0) musegen_set_openmp_threads(before);
  for (int look = 0; look < LOOKS; look++) {
    if (atomic_load_explicit(&team->remaining, memory_order_acquire) == 0) return;
    pause_briefly();
  }
  pthread_mutex_lock(&team->mutex);
  while (atomic_load_explicit(&team->remaining, memory_order_acquire) > 0) {
    pthread_cond_wait(&team->ended, &team->mutex);
  }
  pthread_mutex_unlock(&team->mutex);
}

void musegen_team_meet(musegen_team *team) {
  const long meeting = atomic_load_explicit(&team->barrier, memory_order_acquire);
  if (atomic_fetch_add_explicit(&team->arrived, 1, memory_order_acq_rel) == team->members - 1) {
    atomic_store_explicit(&team->arrived, 0, memory_order_relaxed);
    atomic_fetch_add_explicit(&team->barrier, 1, memory_order_release);
    return;
  }
  for (int look = 0; atomic_load_explicit(&team->barrier, memory_order_acquire) == meeting;) {
    pause_briefly();
    // Another program may hold the core of whoever is missing.
    if (++look >= LOOKS_BEFORE_YIELD) sched_yield();
  }
}
