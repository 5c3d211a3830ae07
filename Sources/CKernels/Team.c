// Persistent threads, woken for each piece of work: a training step is far too short for threads
// made anew, and OpenMP's own setting of one thread per worker must last between steps.
#if !defined(_GNU_SOURCE)
#define _GNU_SOURCE
#endif
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>

#include "CKernels.h"

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
  long round;
  int remaining, stopping;
  void (*work)(void *, int);
  void *context;
};

typedef struct {
  musegen_team *team;
  int member;
} membership;

static void *serve(void *argument) {
  membership self = *(membership *)argument;
  free(argument);
  musegen_team *team = self.team;
  musegen_set_openmp_threads(1);
  long seen = 0;
  pthread_mutex_lock(&team->mutex);
  for (;;) {
    while (team->round == seen && !team->stopping) pthread_cond_wait(&team->begun, &team->mutex);
    if (team->stopping) break;
    seen = team->round;
    pthread_mutex_unlock(&team->mutex);
    team->work(team->context, self.member);
    pthread_mutex_lock(&team->mutex);
    if (--team->remaining == 0) pthread_cond_signal(&team->ended);
  }
  pthread_mutex_unlock(&team->mutex);
  return NULL;
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
  team->stopping = 1;
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
  pthread_mutex_lock(&team->mutex);
  team->work = work;
  team->context = context;
  team->remaining = team->members - 1;
  team->round++;
  pthread_cond_broadcast(&team->begun);
  pthread_mutex_unlock(&team->mutex);
  const int before = musegen_set_openmp_threads(1);
  work(context, 0);
  if (before > 0) musegen_set_openmp_threads(before);
  pthread_mutex_lock(&team->mutex);
  while (team->remaining > 0) pthread_cond_wait(&team->ended, &team->mutex);
  pthread_mutex_unlock(&team->mutex);
}
