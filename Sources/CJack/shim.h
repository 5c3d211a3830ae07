// JACK's client library, found when it is wanted: musegen is built and runs where there is none.
//
// Declared is what musegen calls of <jack/jack.h>, <jack/midiport.h> and <jack/transport.h>, whose layouts are the
// same in JACK 1, JACK 2 and PipeWire; all three are found under one name.

#ifndef MUSEGEN_CJACK_H
#define MUSEGEN_CJACK_H

#include <dlfcn.h>
#include <stdint.h>
#include <stddef.h>

typedef struct {
  uint32_t time;
  size_t size;
  uint8_t *buffer;
} jack_midi_event_t;

// The beginning of jack_position_t, and room for the rest of any version's.
typedef struct {
  uint64_t unique_1;
  uint64_t usecs;
  uint32_t frame_rate;
  uint32_t frame;
  uint32_t valid;
  int32_t bar, beat, tick;
  double bar_start_tick;
  float beats_per_bar, beat_type;
  double ticks_per_beat, beats_per_minute;
  uint64_t rest[32];
} jack_position_t;

// Of all ways from a source, or to a loudspeaker, the shortest and the longest, in frames.
typedef struct {
  uint32_t min, max;
} jack_latency_range_t;

enum {
  jack_no_start_server = 1,
  jack_port_is_input = 1,
  jack_port_is_output = 2,
  jack_port_is_physical = 4,
  jack_transport_rolling = 1,
  jack_position_bbt = 0x10,
  // Which latency: how long before a port was a sound played, and how long behind it is it heard.
  jack_capture_latency = 0,
  jack_playback_latency = 1
};

typedef struct {
  void *(*open)(const char *, int, int *, ...);
  int (*close)(void *);
  int (*activate)(void *);
  const char *(*client_name)(void *);
  uint32_t (*sample_rate)(void *);
  uint32_t (*buffer_size)(void *);
  int (*set_process)(void *, int (*)(uint32_t, void *), void *);
  int (*set_xrun)(void *, int (*)(void *), void *);
  int (*set_latency)(void *, void (*)(int, void *), void *);
  int (*set_freewheel)(void *, void (*)(int, void *), void *);
  void (*on_shutdown)(void *, void (*)(void *), void *);
  void *(*register_port)(void *, const char *, const char *, unsigned long, unsigned long);
  const char *(*port_name)(const void *);
  void *(*port_buffer)(void *, uint32_t);
  const char **(*ports)(void *, const char *, const char *, unsigned long);
  void (*free)(void *);
  int (*connect)(void *, const char *, const char *);
  int (*connected_to)(const void *, const char *);
  int (*connected)(const void *);
  void (*latency)(void *, int, jack_latency_range_t *);
  void (*tell_latency)(void *, int, jack_latency_range_t *);
  int (*recompute_latency)(void *);
  uint32_t (*event_count)(void *);
  int (*event)(jack_midi_event_t *, void *, uint32_t);
  void (*clear)(void *);
  int (*write)(void *, uint32_t, const uint8_t *, size_t);
  int (*transport)(const void *, jack_position_t *);
  void (*set_error)(void (*)(const char *));
  void (*set_info)(void (*)(const char *));
} jack_functions_t;

// Finds the library; 0 where there is none, or one that lacks something.
static inline int find_jack(jack_functions_t *jack) {
  void *library = dlopen("libjack.so.0", RTLD_NOW | RTLD_LOCAL);
  if (!library) return 0;
  static const char *const names[] = {
      "jack_client_open", "jack_client_close", "jack_activate", "jack_get_client_name",
      "jack_get_sample_rate", "jack_get_buffer_size", "jack_set_process_callback",
      "jack_set_xrun_callback", "jack_set_latency_callback",
      "jack_set_freewheel_callback", "jack_on_shutdown", "jack_port_register", "jack_port_name", "jack_port_get_buffer",
      "jack_get_ports", "jack_free", "jack_connect", "jack_port_connected_to",
      "jack_port_connected", "jack_port_get_latency_range", "jack_port_set_latency_range",
      "jack_recompute_total_latencies",
      "jack_midi_get_event_count", "jack_midi_event_get", "jack_midi_clear_buffer",
      "jack_midi_event_write", "jack_transport_query", "jack_set_error_function",
      "jack_set_info_function"};
  void **functions = (void **)jack;
  for (size_t index = 0; index < sizeof names / sizeof *names; index++) {
    functions[index] = dlsym(library, names[index]);
    if (!functions[index]) return 0;
  }
  return 1;
}

// Swift calls no function of variable arguments.
static inline void *open_jack_client(const jack_functions_t *jack, const char *name, int *status) {
  return jack->open(name, jack_no_start_server, status);
}

static inline void ignore_jack_words(const char *words) { (void)words; }

// What went wrong is told by whoever called, once.
static inline void silence_jack(const jack_functions_t *jack) {
  jack->set_error(ignore_jack_words);
  jack->set_info(ignore_jack_words);
}

#endif
