// What a client does in each of the server's cycles: it copies what others have made, and notes what comes.
//
// Nothing in a cycle allocates, frees, locks or waits. Between it and the client's other threads stand three rings of
// memory, each with one writer and one reader. Their invariant: positions only grow; what lies from the reader's up to
// the writer's belongs to the reader, all else to the writer; a position is moved on (release) by whoever has done
// with what lies before it, and looked at (acquire) before anything there is touched.
//
// Of samples the reader's position is the server's clock, which waits for nobody: where it has passed the writer's,
// there was silence, and the writer goes on from there.
//
// A server that freewheels, as workstations have it do to write a file, is in no hurry: each cycle waits until who
// listens has heeded the last one and the samples are made, and the client's time goes by cycles and not by a clock.
//
// Reference: Lamport, "Proving the Correctness of Multiprocess Programs" (1977).

#ifndef MUSEGEN_CJACK_CYCLE_H
#define MUSEGEN_CJACK_CYCLE_H

#include "shim.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <time.h>
#include <unistd.h>

enum {
  // Each a power of two: positions are cut to places by their bits.
  jack_cycle_samples = 1 << 16,
  jack_cycle_sent = 1 << 11,
  jack_cycle_heard = 1 << 13,
  // Of longer messages none is sent.
  jack_longest_message = 244
};

// A message that goes out, at a frame of the client's life.
typedef struct {
  uint64_t frame;
  uint32_t size;
  uint8_t bytes[jack_longest_message];
} jack_sent_t;

// What came: a MIDI message, or where the transport is at a cycle's beginning.
typedef struct {
  // Since the cycle was made.
  double seconds;
  // Of a message; 0 for the transport.
  uint32_t size;
  uint8_t bytes[4];
  // Of the transport: how many frames the cycle has, and whether it rolls and tells its bars.
  uint32_t frames;
  int32_t is_told;
  int32_t bar, beat, tick;
  float beats_per_bar, beat_type;
  double ticks_per_beat, beats_per_minute;
} jack_heard_t;

typedef struct {
  jack_functions_t jack;
  void *client, *input, *output, *left, *right;
  double sample_rate;
  // What is added to the system's clock: in cycles that freewheeled it went otherwise.
  double skew;
  // The time while the server freewheels: when the cycle began; less than 0 else.
  double wheeled;
  // How much more than a cycle is made ahead, in frames.
  uint32_t margin;
  struct timespec start;
  // The cycle's own: when the next one is expected, and whether the transport was told last.
  double expected;
  int32_t was_told;
  // Whether the last cycle freewheeled, and whether somebody was not waited for any more.
  int32_t was_freewheeling, has_given_up;
  // What both sides look at: when frame 0 was, in seconds; frames in a cycle; cycles without sound; the server's own xruns.
  double origin;
  uint32_t period;
  uint64_t late, xruns;
  int32_t is_closed, is_freewheeling;
  // Up to which frame who listens has done with what came; 0 where nobody listens.
  uint64_t heeded;
  // The rings, and how far their sides are.
  float *samples[2];
  uint64_t made, place;
  jack_sent_t *sent;
  uint64_t sent_written, sent_read;
  jack_heard_t *heard;
  uint64_t heard_written, heard_read;
  // What wakes whoever makes samples, and whoever listens.
  int wanted, came;
} jack_cycle_t;

#define jack_look(field) __atomic_load_n(&(field), __ATOMIC_ACQUIRE)
#define jack_tell(field, value) __atomic_store_n(&(field), (value), __ATOMIC_RELEASE)

// Memory that is there: a first touch in a cycle would wait for the kernel.
static inline void *jack_touched(size_t size) {
  volatile char *memory = malloc(size);
  if (memory) for (size_t index = 0; index < size; index++) memory[index] = 0;
  return (void *)memory;
}

static inline void jack_cycle_free(jack_cycle_t *cycle) {
  if (cycle->wanted >= 0) close(cycle->wanted);
  if (cycle->came >= 0) close(cycle->came);
  free(cycle->samples[0]), free(cycle->samples[1]);
  free(cycle->sent), free(cycle->heard), free(cycle);
}

// Null where memory does not suffice; ports are put in by whoever asks.
static inline jack_cycle_t *jack_cycle_make(const jack_functions_t *jack, void *client) {
  jack_cycle_t *cycle = jack_touched(sizeof *cycle);
  if (!cycle) return NULL;
  cycle->jack = *jack;
  cycle->client = client;
  cycle->wheeled = -1;
  cycle->sample_rate = jack->sample_rate(client);
  cycle->period = jack->buffer_size(client);
  // Swift's ContinuousClock is this one.
  clock_gettime(CLOCK_BOOTTIME, &cycle->start);
  for (int side = 0; side < 2; side++)
    cycle->samples[side] = jack_touched(jack_cycle_samples * sizeof(float));
  cycle->sent = jack_touched(jack_cycle_sent * sizeof(jack_sent_t));
  cycle->heard = jack_touched(jack_cycle_heard * sizeof(jack_heard_t));
  cycle->wanted = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  cycle->came = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
  if (!cycle->samples[0] || !cycle->samples[1] || !cycle->sent || !cycle->heard ||
      cycle->wanted < 0 || cycle->came < 0) {
    jack_cycle_free(cycle);
    return NULL;
  }
  return cycle;
}

static inline double jack_system_seconds(const jack_cycle_t *cycle) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  return (double)(now.tv_sec - cycle->start.tv_sec) +
         (double)(now.tv_nsec - cycle->start.tv_nsec) / 1e9;
}

static inline double jack_cycle_seconds(const jack_cycle_t *cycle) {
  double wheeled, skew;
  __atomic_load(&cycle->wheeled, &wheeled, __ATOMIC_ACQUIRE);
  if (wheeled >= 0) return wheeled;
  __atomic_load(&cycle->skew, &skew, __ATOMIC_ACQUIRE);
  return jack_system_seconds(cycle) + skew;
}

// Wakes who waits; never waits itself.
static inline void jack_ring_bell(int bell) {
  uint64_t one = 1;
  if (write(bell, &one, sizeof one) < 0) return;
}

static inline void jack_wait_for_bell(int bell, double seconds) {
  struct pollfd descriptor = {.fd = bell, .events = POLLIN};
  uint64_t rings;
  poll(&descriptor, 1, (int)(seconds * 1000));
  if (read(bell, &rings, sizeof rings) < 0) return;
}

// The cycle.

// When a cycle begins that freewheels: behind the last one, however much time has passed.
static inline double jack_cycle_wheel(jack_cycle_t *cycle, uint32_t frames) {
  double began = cycle->expected > 0 ? cycle->expected : jack_cycle_seconds(cycle);
  cycle->was_freewheeling = 1;
  cycle->expected = began + frames / cycle->sample_rate;
  __atomic_store(&cycle->wheeled, &began, __ATOMIC_RELEASE);
  return began;
}

// Time goes by the clock again, from where it has come to.
static inline void jack_cycle_end_wheeling(jack_cycle_t *cycle) {
  double skew = cycle->expected - jack_system_seconds(cycle), none = -1;
  cycle->was_freewheeling = 0;
  cycle->has_given_up = 0;
  __atomic_store(&cycle->skew, &skew, __ATOMIC_RELEASE);
  __atomic_store(&cycle->wheeled, &none, __ATOMIC_RELEASE);
}

// Waits, in a cycle that freewheels, until the others have done their part of it; for four seconds at the most, and then no
// more: whoever does not come must not keep the server.
static inline void jack_cycle_await(jack_cycle_t *cycle, uint32_t frames) {
  if (!cycle->was_freewheeling || cycle->has_given_up) return;
  uint64_t most = jack_cycle_samples / 2, place = cycle->place;
  uint64_t wanted = place + (frames < most ? frames : most);
  struct timespec moment = {.tv_nsec = 20000};
  double end = jack_system_seconds(cycle) + 4;
  if (jack_look(cycle->made) < wanted) jack_ring_bell(cycle->wanted);
  while (jack_system_seconds(cycle) < end) {
    uint64_t heeded = jack_look(cycle->heeded);
    if ((!heeded || heeded >= place) && jack_look(cycle->made) >= wanted) return;
    nanosleep(&moment, NULL);
  }
  cycle->has_given_up = 1;
}

// When a cycle begins: cycles come evenly, and their threads do not.
//
// Reference: Adriaensen, "Using a DLL to Filter Time" (2005), of which this is the first order.
static inline double jack_cycle_begin(jack_cycle_t *cycle, uint32_t frames) {
  if (jack_look(cycle->is_freewheeling)) return jack_cycle_wheel(cycle, frames);
  if (cycle->was_freewheeling) jack_cycle_end_wheeling(cycle);
  double period = frames / cycle->sample_rate, now = jack_cycle_seconds(cycle), began = now;
  double late = now - cycle->expected;
  if (late > -4 * period && late < 4 * period) began = cycle->expected + 0.05 * late;
  cycle->expected = began + period;
  return began;
}

// The place for what came next; null where nobody has listened for long.
static inline jack_heard_t *jack_next_heard(jack_cycle_t *cycle) {
  uint64_t written = cycle->heard_written;
  if (written - jack_look(cycle->heard_read) >= jack_cycle_heard) return NULL;
  return &cycle->heard[written % jack_cycle_heard];
}

static inline void jack_hear_transport(jack_cycle_t *cycle, double began, uint32_t frames) {
  jack_position_t position;
  position.valid = 0;
  int state = cycle->jack.transport(cycle->client, &position);
  int is_told = state == jack_transport_rolling && position.valid & jack_position_bbt;
  // That it has stopped is told once.
  if (!is_told && !cycle->was_told) return;
  jack_heard_t *heard = jack_next_heard(cycle);
  if (!heard) return;
  cycle->was_told = is_told;
  heard->seconds = began;
  heard->size = 0;
  heard->frames = frames;
  heard->is_told = is_told;
  heard->bar = position.bar, heard->beat = position.beat, heard->tick = position.tick;
  heard->beats_per_bar = position.beats_per_bar, heard->beat_type = position.beat_type;
  heard->ticks_per_beat = position.ticks_per_beat;
  heard->beats_per_minute = position.beats_per_minute;
  jack_tell(cycle->heard_written, cycle->heard_written + 1);
}

static inline void jack_hear_messages(jack_cycle_t *cycle, double began, uint32_t frames) {
  void *buffer = cycle->jack.port_buffer(cycle->input, frames);
  uint32_t count = buffer ? cycle->jack.event_count(buffer) : 0;
  for (uint32_t index = 0; index < count; index++) {
    jack_midi_event_t event;
    // What is longer is no music.
    if (cycle->jack.event(&event, buffer, index) || event.size < 1 || event.size > 3) continue;
    jack_heard_t *heard = jack_next_heard(cycle);
    if (!heard) return;
    heard->seconds = began + event.time / cycle->sample_rate;
    heard->size = (uint32_t)event.size;
    memcpy(heard->bytes, event.buffer, event.size);
    jack_tell(cycle->heard_written, cycle->heard_written + 1);
  }
}

static inline void jack_send_messages(jack_cycle_t *cycle, void *buffer, uint32_t frames) {
  uint64_t read = cycle->sent_read, written = jack_look(cycle->sent_written);
  while (read != written) {
    const jack_sent_t *sent = &cycle->sent[read % jack_cycle_sent];
    if (sent->frame >= cycle->place + frames) break;
    // What was made too late goes out at once; what does not fit into the cycle is left out.
    uint64_t offset = sent->frame > cycle->place ? sent->frame - cycle->place : 0;
    if (buffer) cycle->jack.write(buffer, (uint32_t)offset, sent->bytes, sent->size);
    jack_tell(cycle->sent_read, ++read);
  }
}

static inline void jack_give_samples(jack_cycle_t *cycle, uint32_t frames) {
  void *ports[2] = {cycle->left, cycle->right};
  if (!cycle->left || !cycle->right) return;
  uint64_t made = jack_look(cycle->made), place = cycle->place;
  uint64_t there = made > place ? made - place : 0;
  uint64_t count = there < frames ? there : frames;
  for (int side = 0; side < 2; side++) {
    float *to = cycle->jack.port_buffer(ports[side], frames);
    if (!to) continue;
    uint64_t first = place % jack_cycle_samples, end = jack_cycle_samples - first;
    uint64_t run = count < end ? count : end;
    memcpy(to, cycle->samples[side] + first, run * sizeof *to);
    memcpy(to + run, cycle->samples[side], (count - run) * sizeof *to);
    memset(to + count, 0, (frames - count) * sizeof *to);
  }
  if (count < frames && made) jack_tell(cycle->late, cycle->late + 1);
}

static inline int jack_cycle_run(uint32_t frames, void *context) {
  jack_cycle_t *cycle = context;
  void *output = cycle->jack.port_buffer(cycle->output, frames);
  if (output) cycle->jack.clear(output);
  // A server that changes its settings may ask for nothing.
  if (!frames) return 0;
  uint64_t heard = cycle->heard_written;
  double began = jack_cycle_begin(cycle, frames);
  double origin = began - cycle->place / cycle->sample_rate;
  __atomic_store(&cycle->origin, &origin, __ATOMIC_RELEASE);
  jack_tell(cycle->period, frames);
  jack_cycle_await(cycle, frames);
  jack_hear_transport(cycle, began, frames);
  jack_hear_messages(cycle, began, frames);
  jack_send_messages(cycle, output, frames);
  jack_give_samples(cycle, frames);
  jack_tell(cycle->place, cycle->place + frames);
  jack_ring_bell(cycle->wanted);
  if (cycle->heard_written != heard || cycle->was_freewheeling) jack_ring_bell(cycle->came);
  return 0;
}

static inline void jack_cycle_set_freewheeling(int is_starting, void *context) {
  jack_cycle_t *cycle = context;
  jack_tell(cycle->is_freewheeling, is_starting);
}

static inline int jack_cycle_missed(void *context) {
  jack_cycle_t *cycle = context;
  __atomic_add_fetch(&cycle->xruns, 1, __ATOMIC_RELAXED);
  return 0;
}

static inline void jack_cycle_shut(void *context) {
  jack_cycle_t *cycle = context;
  jack_tell(cycle->is_closed, 1);
  jack_ring_bell(cycle->wanted);
  jack_ring_bell(cycle->came);
}

// How many frames are made ahead of where the server's clock is.
static inline uint64_t jack_cycle_ahead(const jack_cycle_t *cycle) {
  uint64_t frames = (uint64_t)jack_look(cycle->period) + cycle->margin;
  return frames < jack_cycle_samples / 2 ? frames : jack_cycle_samples / 2;
}

// How many frames behind what came it sounds and is passed on: in a cycle what came in the last one has been thought over.
static inline uint64_t jack_cycle_delay(const jack_cycle_t *cycle) {
  return jack_cycle_ahead(cycle) + jack_look(cycle->period);
}

// Tells how old what goes out is, or how much later what comes will be heard: workstations line up by that what they
// play and record. Called by a thread of the library's, beside the cycles.
static inline void jack_cycle_tell_latency(int mode, void *context) {
  jack_cycle_t *cycle = context;
  const jack_functions_t *jack = &cycle->jack;
  void *outputs[] = {cycle->output, cycle->left, cycle->right};
  uint32_t delay = (uint32_t)jack_cycle_delay(cycle);
  jack_latency_range_t whole = {0, 0}, range;
  if (mode == jack_capture_latency) {
    jack->latency(cycle->input, mode, &range);
    range.min += delay, range.max += delay;
    for (int port = 0; port < 3; port++)
      if (outputs[port]) jack->tell_latency(outputs[port], mode, &range);
    return;
  }
  int is_first = 1;
  for (int port = 0; port < 3; port++) {
    if (!outputs[port] || !jack->connected(outputs[port])) continue;
    jack->latency(outputs[port], mode, &range);
    if (is_first || range.min < whole.min) whole.min = range.min;
    if (is_first || range.max > whole.max) whole.max = range.max;
    is_first = 0;
  }
  whole.min += delay, whole.max += delay;
  jack->tell_latency(cycle->input, mode, &whole);
}

// Has the server run the cycle; 0 where it does.
static inline int jack_cycle_enter(jack_cycle_t *cycle) {
  const jack_functions_t *jack = &cycle->jack;
  jack->set_xrun(cycle->client, jack_cycle_missed, cycle);
  jack->set_latency(cycle->client, jack_cycle_tell_latency, cycle);
  jack->set_freewheel(cycle->client, jack_cycle_set_freewheeling, cycle);
  jack->on_shutdown(cycle->client, jack_cycle_shut, cycle);
  if (jack->set_process(cycle->client, jack_cycle_run, cycle)) return -1;
  return jack->activate(cycle->client);
}

// What the client's other threads ask of it.

static inline int jack_cycle_is_closed(const jack_cycle_t *cycle) { return jack_look(cycle->is_closed); }
static inline uint32_t jack_cycle_period(const jack_cycle_t *cycle) { return jack_look(cycle->period); }
static inline uint64_t jack_cycle_late(const jack_cycle_t *cycle) {
  return jack_look(cycle->late) + jack_look(cycle->xruns);
}
static inline int jack_cycle_is_freewheeling(const jack_cycle_t *cycle) {
  return jack_look(cycle->is_freewheeling);
}
static inline uint64_t jack_cycle_place(const jack_cycle_t *cycle) { return jack_look(cycle->place); }

static inline double jack_cycle_origin(const jack_cycle_t *cycle) {
  double origin;
  __atomic_load(&cycle->origin, &origin, __ATOMIC_ACQUIRE);
  return origin;
}

// Whether all that was sent has gone out.
static inline int jack_cycle_is_idle(const jack_cycle_t *cycle) {
  return jack_look(cycle->sent_read) == jack_look(cycle->sent_written);
}

// Where the next samples belong that are made: behind the last ones, or where the server's clock is by now.
static inline uint64_t jack_cycle_next(const jack_cycle_t *cycle) {
  uint64_t place = jack_look(cycle->place);
  return cycle->made > place ? cycle->made : place;
}

// Puts down so many frames, interleaved, at the place that was told last; null for a client without sound.
static inline void jack_cycle_put(
    jack_cycle_t *cycle, uint64_t place, const float *samples, uint32_t frames) {
  for (uint32_t frame = 0; samples && frame < frames; frame++)
    for (int side = 0; side < 2; side++)
      cycle->samples[side][(place + frame) % jack_cycle_samples] = samples[2 * frame + side];
  jack_tell(cycle->made, place + frames);
}

// Puts down a message to be sent; 0 where there is no room for it.
static inline int jack_cycle_send(
    jack_cycle_t *cycle, uint64_t frame, const uint8_t *bytes, size_t size) {
  uint64_t written = cycle->sent_written;
  if (size > jack_longest_message || written - jack_look(cycle->sent_read) >= jack_cycle_sent) return 0;
  jack_sent_t *sent = &cycle->sent[written % jack_cycle_sent];
  sent->frame = frame;
  sent->size = (uint32_t)size;
  memcpy(sent->bytes, bytes, size);
  jack_tell(cycle->sent_written, written + 1);
  return 1;
}

// Takes what came next; 0 where nothing has.
static inline int jack_cycle_take(jack_cycle_t *cycle, jack_heard_t *heard) {
  uint64_t read = cycle->heard_read;
  if (read == jack_look(cycle->heard_written)) return 0;
  *heard = cycle->heard[read % jack_cycle_heard];
  jack_tell(cycle->heard_read, read + 1);
  return 1;
}

// Tells that who listens has done with all that came before a frame; the last of all where nobody listens any more.
static inline void jack_cycle_heed(jack_cycle_t *cycle, uint64_t place) {
  jack_tell(cycle->heeded, place);
}

static inline void jack_wait_until_wanted(jack_cycle_t *cycle, double seconds) {
  jack_wait_for_bell(cycle->wanted, seconds);
}

static inline void jack_wait_until_came(jack_cycle_t *cycle, double seconds) {
  jack_wait_for_bell(cycle->came, seconds);
}

#endif
