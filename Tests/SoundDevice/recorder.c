// A client of JACK for tests that keeps what another one plays.

#include "../../Sources/CJack/shim.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static jack_functions_t jack;
static void *client, *ports[2];
static float *kept[2];
static long capacity;
static atomic_long count, missed;
static int has_wheeled;

static int keep(uint32_t frames, void *context) {
  long place = atomic_load(&count);
  uint32_t room = place + frames > capacity ? (uint32_t)(capacity - place) : frames;
  for (int side = 0; side < 2; side++)
    memcpy(kept[side] + place, jack.port_buffer(ports[side], frames), room * sizeof(float));
  atomic_store(&count, place + room);
  (void)context;
  return 0;
}

static int miss(void *context) {
  atomic_fetch_add(&missed, 1);
  (void)context;
  return 0;
}

static void stay_silent(void *context) { (void)context; }

// Begins to keep what the ports called LEFT and RIGHT play, so many frames at the most; 0 where that cannot be.
int begin_recording(const char *left, const char *right, long frames) {
  int status;
  if (!find_jack(&jack)) return 0;
  client = jack.open("recorder", jack_no_start_server, &status);
  if (!client) return 0;
  capacity = frames;
  atomic_store(&count, 0);
  atomic_store(&missed, 0);
  has_wheeled = 0;
  const char *sources[2] = {left, right}, *names[2] = {"left", "right"};
  for (int side = 0; side < 2; side++) {
    kept[side] = calloc((size_t)frames, sizeof(float));
    ports[side] = jack.register_port(client, names[side], "32 bit float mono audio", jack_port_is_input, 0);
    if (!kept[side] || !ports[side]) return 0;
  }
  jack.on_shutdown(client, stay_silent, NULL);
  jack.set_xrun(client, miss, NULL);
  if (jack.set_process(client, keep, NULL) || jack.activate(client)) return 0;
  for (int side = 0; side < 2; side++)
    if (jack.connect(client, sources[side], jack.port_name(ports[side]))) return 0;
  return 1;
}

// Has the server freewheel, as a workstation does to write a file, or go by the clock again; 0 where it does.
int set_freewheeling(int is_wanted) {
  void *library = dlopen("libjack.so.0", RTLD_NOW);
  int (*set)(void *, int) = (int (*)(void *, int))dlsym(library, "jack_set_freewheel");
  has_wheeled = 1;
  return set ? set(client, is_wanted) : -1;
}

// Ends it, and writes what was kept, interleaved; how many frames that is, or how often a cycle was missed, below 0,
// where the server went by the clock all the time.
long end_recording(float *samples) {
  jack.close(client);
  long frames = atomic_load(&count);
  for (long frame = 0; frame < frames; frame++)
    for (int side = 0; side < 2; side++) samples[2 * frame + side] = kept[side][frame];
  free(kept[0]), free(kept[1]);
  return atomic_load(&missed) && !has_wheeled ? -atomic_load(&missed) : frames;
}
