// A workstation's transport for tests: a client of JACK that tells bars of four beats at a tempo, and rolls.

#include "../../Sources/CJack/shim.h"

static double tempo;
static const double ticks = 1920;

static void tell_place(int state, uint32_t frames, jack_position_t *position, int is_new, void *context) {
  double beats = (double)position->frame / position->frame_rate * tempo / 60;
  int bar = (int)(beats / 4);
  position->valid = jack_position_bbt;
  position->bar = bar + 1;
  position->beat = (int)(beats - 4 * bar) + 1;
  position->tick = (int)((beats - (int)beats) * ticks);
  position->bar_start_tick = 4 * ticks * bar;
  position->beats_per_bar = 4;
  position->beat_type = 4;
  position->ticks_per_beat = ticks;
  position->beats_per_minute = tempo;
  (void)state, (void)frames, (void)is_new, (void)context;
}

// Begins to roll; the client, or nothing where there is no server.
void *begin_transport(double quarters_per_minute) {
  static jack_functions_t jack;
  int status;
  tempo = quarters_per_minute;
  if (!find_jack(&jack)) return NULL;
  void *library = dlopen("libjack.so.0", RTLD_NOW);
  int (*lead)(void *, int, void (*)(int, uint32_t, jack_position_t *, int, void *), void *) =
      (int (*)(void *, int, void (*)(int, uint32_t, jack_position_t *, int, void *), void *))dlsym(
          library, "jack_set_timebase_callback");
  void (*roll)(void *) = (void (*)(void *))dlsym(library, "jack_transport_start");
  void *client = jack.open("workstation", jack_no_start_server, &status);
  if (!client || !lead || !roll) return NULL;
  if (jack.activate(client) || lead(client, 0, tell_place, NULL)) return NULL;
  roll(client);
  return client;
}
