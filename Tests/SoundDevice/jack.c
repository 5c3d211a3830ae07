// A stand-in for JACK in tests: preloaded and taken for libjack.so.0, it is a server in the client's own process that asks for what
// servers ask for seldom: cycles of no frames, of one, of more than any buffer has, and others from one moment to the next.
//
// Who plays strikes keys for two seconds, one in a cycle at the most, and once more while the server freewheels. When the client leaves, a line is written to
// $MUSEGEN_TEST_JACK: how many cycles there were; how often memory was asked for or given back in one, and a lock; how
// many of them had sound; how many messages were sent, and how many of them out of order or place; and what the client has
// told of latency: the range of its left port's capture, that of its play port's playback, how often it had them looked at; and how many of the strikes
// while it freewheeled were passed on exactly as late as it had told.

#include "../../Sources/CJack/shim.h"

#include <math.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

enum { rate = 48000, most = 200000 };
enum { play, music, left, right, port_count };

static const char *const names[port_count] = {
    "musegen:play", "musegen:music", "musegen:left", "musegen:right"};
static float samples[2][most];
static uint32_t frames_now;
static long place, last_offset;
static int (*process)(uint32_t, void *), (*missed)(void *);
static void *process_context, *missed_context;
static pthread_t thread;
static atomic_bool is_leaving;
static long cycles, sounding, sent, misplaced;
static atomic_long memory, locks;
static void (*latency)(int, void *);
static void *latency_context;
static long recomputed;
static void (*freewheel)(int, void *);
static void *freewheel_context;
static bool is_wheeling;
// Where the time begins in which keys are struck.
static long keys_from;
static long passed;
// Of each port capture and playback: who plays is some frames away, and so are the loudspeakers; nobody else is connected.
static jack_latency_range_t ranges[port_count][2] = {
    [play] = {{10, 20}}, [left] = {{0}, {100, 110}}, [right] = {{0}, {90, 130}}};
static _Thread_local bool is_in_cycle;

// What a cycle must not do.

extern void *__libc_malloc(size_t);
extern void *__libc_calloc(size_t, size_t);
extern void *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

static void note(atomic_long *count) {
  if (is_in_cycle) atomic_fetch_add(count, 1);
}

void *malloc(size_t size) { return note(&memory), __libc_malloc(size); }
void *calloc(size_t count, size_t size) { return note(&memory), __libc_calloc(count, size); }
void *realloc(void *old, size_t size) { return note(&memory), __libc_realloc(old, size); }
void free(void *old) { note(&memory), __libc_free(old); }

int pthread_mutex_lock(pthread_mutex_t *mutex) {
  static int (*lock)(pthread_mutex_t *);
  if (!lock) lock = (int (*)(pthread_mutex_t *))dlsym(RTLD_NEXT, "pthread_mutex_lock");
  note(&locks);
  return lock(mutex);
}

// Its functions stand before the library's, which FluidSynth brings along.
void *dlopen(const char *name, int mode) {
  void *(*open)(const char *, int) = (void *(*)(const char *, int))dlsym(RTLD_NEXT, "dlopen");
  return open(name && strcmp(name, "libjack.so.0") == 0 ? NULL : name, mode);
}

// The server.

static void run_cycle(void) {
  last_offset = 0;
  memset(samples, 0, sizeof samples);
  is_in_cycle = true;
  process(frames_now, process_context);
  is_in_cycle = false;
  cycles++;
  for (uint32_t frame = 0; frame < frames_now; frame++)
    if (samples[0][frame] != 0 && isfinite(samples[1][frame])) {
      sounding++;
      break;
    }
  place += frames_now;
}

// Four seconds of sound as fast as the client lets it.
static void wheel(void) {
  freewheel(1, freewheel_context);
  is_wheeling = true;
  frames_now = 64;
  keys_from = place + rate;
  for (int cycle = 0; cycle < 4 * rate / 64 && !atomic_load(&is_leaving); cycle++) run_cycle();
  is_wheeling = false;
  freewheel(0, freewheel_context);
}

static void *run_cycles(void *nothing) {
  static const uint32_t sizes[] = {64, 0, 256, 1, 1024, 0, 100000, 64, 48, 8192, 64};
  struct timespec next;
  clock_gettime(CLOCK_MONOTONIC, &next);
  for (int change = 0; !atomic_load(&is_leaving); change++) {
    frames_now = sizes[change % (sizeof sizes / sizeof *sizes)];
    for (int cycle = 0; cycle < (frames_now > 1024 ? 1 : 40) && !atomic_load(&is_leaving); cycle++) {
      run_cycle();
      next.tv_nsec += (long)(frames_now * 1e9 / rate);
      next.tv_sec += next.tv_nsec / 1000000000;
      next.tv_nsec %= 1000000000;
      clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &next, NULL);
    }
    if (change == 3) missed(missed_context);
    if (!keys_from && place > 3 * rate) {
      wheel();
      clock_gettime(CLOCK_MONOTONIC, &next);
    }
  }
  return nothing;
}

// The key that is struck or let go in this cycle, if there is one.
static bool find_key(jack_midi_event_t *event) {
  static uint8_t bytes[3];
  for (long key = 4; key < 20; key++) {
    long frame = keys_from + key * rate / 8;
    if (frame < place || frame >= place + frames_now) continue;
    bytes[0] = key % 2 ? 0x80 : 0x90, bytes[1] = (uint8_t)(60 + key / 2), bytes[2] = 90;
    event->time = (uint32_t)(frame - place), event->size = 3, event->buffer = bytes;
    return true;
  }
  return false;
}

void *jack_client_open(const char *name, int options, int *status, ...) {
  (void)name, (void)options, (void)status;
  return samples;
}

int jack_client_close(void *client) {
  atomic_store(&is_leaving, true);
  pthread_join(thread, NULL);
  FILE *report = fopen(getenv("MUSEGEN_TEST_JACK"), "w");
  if (report) {
    fprintf(report, "%ld %ld %ld %ld %ld %ld %u %u %u %u %ld %ld\n", cycles, atomic_load(&memory),
            atomic_load(&locks), sounding, sent, misplaced, ranges[left][0].min, ranges[left][0].max,
            ranges[play][1].min, ranges[play][1].max, recomputed, passed);
    fclose(report);
  }
  (void)client;
  return 0;
}

int jack_activate(void *client) {
  (void)client;
  for (int mode = jack_capture_latency; mode <= jack_playback_latency; mode++)
    latency(mode, latency_context);
  return pthread_create(&thread, NULL, run_cycles, NULL);
}

const char *jack_get_client_name(void *client) { return (void)client, "musegen"; }
uint32_t jack_get_sample_rate(void *client) { return (void)client, rate; }
uint32_t jack_get_buffer_size(void *client) { return (void)client, 64; }

int jack_set_process_callback(void *client, int (*callback)(uint32_t, void *), void *context) {
  process = callback, process_context = context;
  return (void)client, 0;
}

int jack_set_xrun_callback(void *client, int (*callback)(void *), void *context) {
  missed = callback, missed_context = context;
  return (void)client, 0;
}

int jack_set_latency_callback(void *client, void (*callback)(int, void *), void *context) {
  latency = callback, latency_context = context;
  return (void)client, 0;
}

void jack_port_get_latency_range(void *port, int mode, jack_latency_range_t *range) {
  *range = ranges[(uintptr_t)port - 1][mode];
}

void jack_port_set_latency_range(void *port, int mode, jack_latency_range_t *range) {
  ranges[(uintptr_t)port - 1][mode] = *range;
}

int jack_set_freewheel_callback(void *client, void (*callback)(int, void *), void *context) {
  freewheel = callback, freewheel_context = context;
  return (void)client, 0;
}

int jack_recompute_total_latencies(void *client) { return (void)client, recomputed++, 0; }

void jack_on_shutdown(void *client, void (*callback)(void *), void *context) {
  (void)client, (void)callback, (void)context;
}

// A port is its number, from 1.
void *jack_port_register(void *client, const char *name, const char *type, unsigned long flags,
                         unsigned long size) {
  (void)client, (void)type, (void)flags, (void)size;
  for (uintptr_t port = 0; port < port_count; port++)
    if (!strcmp(strchr(names[port], ':') + 1, name)) return (void *)(port + 1);
  return NULL;
}

const char *jack_port_name(const void *port) { return names[(uintptr_t)port - 1]; }

void *jack_port_get_buffer(void *port, uint32_t frames) {
  uintptr_t number = (uintptr_t)port - 1;
  (void)frames;
  return number < left ? port : samples[number - left];
}

const char **jack_get_ports(void *client, const char *name, const char *type, unsigned long flags) {
  (void)client, (void)name, (void)type, (void)flags;
  return NULL;
}

void jack_free(void *memory) { free(memory); }
int jack_connect(void *client, const char *from, const char *to) { return (void)client, (void)from, (void)to, 0; }
int jack_port_connected(const void *port) { return (uintptr_t)port - 1 != music; }
int jack_port_connected_to(const void *port, const char *name) { return (void)port, (void)name, 1; }

uint32_t jack_midi_get_event_count(void *buffer) {
  jack_midi_event_t event;
  return (void)buffer, find_key(&event);
}

int jack_midi_event_get(jack_midi_event_t *event, void *buffer, uint32_t index) {
  (void)buffer, (void)index;
  return !find_key(event);
}

void jack_midi_clear_buffer(void *buffer) { (void)buffer; }

// Whether a strike comes two cycles of 64 frames and 3 ms behind its key, to the frame.
static bool is_in_time(long frame, uint8_t pitch) {
  return pitch >= 62 && pitch < 70 && frame - 2 * 64 - 144 == keys_from + (pitch - 60) * 2 * rate / 8;
}

int jack_midi_event_write(void *buffer, uint32_t offset, const uint8_t *bytes, size_t size) {
  (void)buffer, (void)size;
  sent++;
  if (is_wheeling && bytes[0] == 0x90 && bytes[2] && is_in_time(place + offset, bytes[1])) passed++;
  if (offset >= frames_now || offset < last_offset || bytes[0] < 0x80) misplaced++;
  last_offset = offset;
  return 0;
}

int jack_transport_query(const void *client, jack_position_t *position) { return (void)client, (void)position, 0; }
void jack_set_error_function(void (*function)(const char *)) { (void)function; }
void jack_set_info_function(void (*function)(const char *)) { (void)function; }
