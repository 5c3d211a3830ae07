#include "CMPI.h"

#include <stdio.h>

#ifdef MUSEGEN_MPI

#include <dlfcn.h>
#include <limits.h>
#include <mpi.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

// What a closed terminal does to this process: ends it, or nothing, as nohup has it. UCX, which comes with MPICH, takes
// that signal as soon as it is loaded: what was there is looked up before any library begins, and put back after, and
// what comes meanwhile waits. Volatile, as a compiler takes them for 0 when constructors begin.
static volatile int ignores_hangup, holds_hangup;

static void look_up_hangup(int count, char **arguments, char **environment) {
  (void)count, (void)arguments, (void)environment;
  struct sigaction action;
  ignores_hangup = !sigaction(SIGHUP, NULL, &action) && action.sa_handler == SIG_IGN;
  sigset_t hangup, before;
  sigemptyset(&hangup);
  sigaddset(&hangup, SIGHUP);
  holds_hangup = !sigprocmask(SIG_BLOCK, &hangup, &before) && !sigismember(&before, SIGHUP);
}

__attribute__((used, section(".preinit_array"))) static void (*const before_libraries)(int, char **, char **) =
    look_up_hangup;

__attribute__((constructor)) static void put_hangup_back(void) {
  // The first sigaction in the process is UCX's, which keeps the signals that it took.
  void *libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  if (libc) {
    int (*change)(int, const struct sigaction *, struct sigaction *) = dlsym(libc, "sigaction");
    struct sigaction before = {.sa_handler = ignores_hangup ? SIG_IGN : SIG_DFL};
    if (change) change(SIGHUP, &before, NULL);
    dlclose(libc);
  }
  if (!holds_hangup) return;
  sigset_t hangup;
  sigemptyset(&hangup);
  sigaddset(&hangup, SIGHUP);
  sigprocmask(SIG_UNBLOCK, &hangup, NULL);
}

static MPI_Comm world;

// Transfers by their numbers; a slot of MPI_REQUEST_NULL is free unless what has come is held back.
static MPI_Request *transfers;
static int capacity;

// For how many seconds what has come is held back, and since when each transfer has been; 0 for not yet.
static double delay;
static double *arrivals;
static char *incoming;

// The number of a free slot, or minus the number of an error.
static int free_slot(void) {
  for (int slot = 0; slot < capacity; slot++)
    if (transfers[slot] == MPI_REQUEST_NULL && arrivals[slot] == 0) return slot;
  int wanted = capacity ? capacity * 2 : 64;
  MPI_Request *grown = realloc(transfers, (size_t)wanted * sizeof *grown);
  if (!grown) return -MPI_ERR_NO_MEM;
  transfers = grown;
  double *times = realloc(arrivals, (size_t)wanted * sizeof *times);
  if (!times) return -MPI_ERR_NO_MEM;
  arrivals = times;
  char *kinds = realloc(incoming, (size_t)wanted);
  if (!kinds) return -MPI_ERR_NO_MEM;
  incoming = kinds;
  for (int slot = capacity; slot < wanted; slot++) {
    transfers[slot] = MPI_REQUEST_NULL;
    arrivals[slot] = 0;
    incoming[slot] = 0;
  }
  int slot = capacity;
  capacity = wanted;
  return slot;
}

int musegen_mpi_is_built(void) { return 1; }

int musegen_mpi_join(void) {
  int provided;
  int error = MPI_Init_thread(NULL, NULL, MPI_THREAD_SERIALIZED, &provided);
  put_hangup_back();
  if (error) return error;
  if (provided < MPI_THREAD_SERIALIZED) return MPI_ERR_UNSUPPORTED_OPERATION;
  const char *wanted = getenv("MUSEGEN_MPI_DELAY");
  delay = wanted ? atof(wanted) * 1e-6 : 0;
  // A world of our own, so that nothing else's messages are taken for ours; errors come back as numbers.
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  error = MPI_Comm_dup(MPI_COMM_WORLD, &world);
  if (error) return error;
  return MPI_Comm_set_errhandler(world, MPI_ERRORS_RETURN);
}

void musegen_mpi_leave(void) {
  MPI_Comm_free(&world);
  MPI_Finalize();
}

int musegen_mpi_rank(void) {
  int rank = 0;
  MPI_Comm_rank(world, &rank);
  return rank;
}

int musegen_mpi_count(void) {
  int count = 1;
  MPI_Comm_size(world, &count);
  return count;
}

int musegen_mpi_local_count(void) {
  MPI_Comm local;
  int count = 1;
  if (MPI_Comm_split_type(world, MPI_COMM_TYPE_SHARED, 0, MPI_INFO_NULL, &local)) return 1;
  MPI_Comm_size(local, &count);
  MPI_Comm_free(&local);
  return count;
}

// The beginning of a text in single blanks: some add the options with which they were built, in further lines or behind
// a comma, and MPICH's version stands behind a tab.
static void copy_text(const char *found, char *text, size_t size) {
  size_t end = strcspn(found, "\n\r,");
  size_t length = 0;
  for (size_t place = 0; place < end && length + 1 < size; place++) {
    char letter = found[place] == '\t' ? ' ' : found[place];
    if (letter == ' ' && (length == 0 || text[length - 1] == ' ')) continue;
    text[length++] = letter;
  }
  text[length] = 0;
}

void musegen_mpi_library(char *text, size_t size) {
  char found[MPI_MAX_LIBRARY_VERSION_STRING] = "";
  int length;
  MPI_Get_library_version(found, &length);
  copy_text(found, text, size);
}

void musegen_mpi_host(char *text, size_t size) {
  char found[MPI_MAX_PROCESSOR_NAME] = "";
  int length;
  MPI_Get_processor_name(found, &length);
  copy_text(found, text, size);
}

void musegen_mpi_error(int number, char *text, size_t size) {
  char found[MPI_MAX_ERROR_STRING] = "";
  int length;
  if (MPI_Error_string(number, found, &length)) snprintf(found, sizeof found, "error %d", number);
  // MPICH tells where it was in several lines, and in the last of them what is wrong.
  size_t end = strlen(found);
  while (end > 0 && (found[end - 1] == '\n' || found[end - 1] == '\r')) found[--end] = 0;
  const char *last = strrchr(found, '\n');
  snprintf(text, size, "%s", last ? last + 1 : found);
}

int musegen_mpi_send(const void *bytes, size_t count, int to, int tag) {
  int slot = free_slot();
  if (slot < 0) return slot;
  if (count > INT_MAX) return -MPI_ERR_COUNT;
  int error = MPI_Isend(bytes, (int)count, MPI_BYTE, to, tag, world, &transfers[slot]);
  return error ? -error : slot;
}

int musegen_mpi_receive(void *bytes, size_t count, int from, int tag) {
  int slot = free_slot();
  if (slot < 0) return slot;
  if (count > INT_MAX) return -MPI_ERR_COUNT;
  int error = MPI_Irecv(bytes, (int)count, MPI_BYTE, from, tag, world, &transfers[slot]);
  if (!error) incoming[slot] = 1;
  return error ? -error : slot;
}

int musegen_mpi_sum(const float *values, float *sums, size_t count) {
  int slot = free_slot();
  if (slot < 0) return slot;
  if (count > INT_MAX) return -MPI_ERR_COUNT;
  int error = MPI_Iallreduce(
      values, sums, (int)count, MPI_FLOAT, MPI_SUM, world, &transfers[slot]);
  return error ? -error : slot;
}

// Looks which messages have come, so that the delays of several run side by side.
static void note_arrivals(void) {
  for (int slot = 0; slot < capacity; slot++) {
    int done = 0;
    if (!incoming[slot] || arrivals[slot] > 0) continue;
    if (!MPI_Test(&transfers[slot], &done, MPI_STATUS_IGNORE) && done) arrivals[slot] = MPI_Wtime();
  }
}

int musegen_mpi_is_done(int transfer) {
  if (delay > 0) note_arrivals();
  if (transfer < 0 || transfer >= capacity) return -MPI_ERR_REQUEST;
  int done = 0;
  int error = MPI_Test(&transfers[transfer], &done, MPI_STATUS_IGNORE);
  if (error) return -error;
  if (!done) return 0;
  if (delay > 0 && incoming[transfer]) {
    // It may have come since arrivals were noted.
    if (arrivals[transfer] == 0) arrivals[transfer] = MPI_Wtime();
    if (MPI_Wtime() - arrivals[transfer] < delay) return 0;
  }
  arrivals[transfer] = 0;
  incoming[transfer] = 0;
  return 1;
}

#else

int musegen_mpi_is_built(void) { return 0; }
int musegen_mpi_join(void) { return 1; }
void musegen_mpi_leave(void) {}
int musegen_mpi_rank(void) { return 0; }
int musegen_mpi_count(void) { return 1; }
int musegen_mpi_local_count(void) { return 1; }

static void without(char *text, size_t size) { snprintf(text, size, "built without MPI"); }
void musegen_mpi_library(char *text, size_t size) { without(text, size); }
void musegen_mpi_host(char *text, size_t size) { without(text, size); }
void musegen_mpi_error(int number, char *text, size_t size) {
  (void)number;
  without(text, size);
}

int musegen_mpi_send(const void *bytes, size_t count, int to, int tag) {
  (void)bytes, (void)count, (void)to, (void)tag;
  return -1;
}
int musegen_mpi_receive(void *bytes, size_t count, int from, int tag) {
  (void)bytes, (void)count, (void)from, (void)tag;
  return -1;
}
int musegen_mpi_sum(const float *values, float *sums, size_t count) {
  (void)values, (void)sums, (void)count;
  return -1;
}
int musegen_mpi_is_done(int transfer) {
  (void)transfer;
  return -1;
}

#endif
