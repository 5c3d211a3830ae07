#include <alsa/asoundlib.h>
#include <stdarg.h>
#include <stdio.h>

// ALSA reports errors to a handler with C variadic arguments, a type that Swift cannot import: the
// message is formatted here and passed on as one string. One handler a process, as ALSA has it.
typedef void (*musegen_alsa_receiver)(const char *message);

// Where the receiver is kept: a static of a function, for Swift emits no static of a header.
static inline musegen_alsa_receiver *musegen_alsa_receiver_slot(void) {
  static musegen_alsa_receiver receiver;
  return &receiver;
}

static inline void musegen_alsa_handler(
    const char *file, int line, const char *function, int error, const char *format, ...) {
  (void)file;
  (void)line;
  char text[512], message[640];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  snprintf(message, sizeof message, "%s: %s%s%s", function, text, error ? ": " : "",
           error ? snd_strerror(error) : "");
  musegen_alsa_receiver receiver = *musegen_alsa_receiver_slot();
  if (receiver) receiver(message);
}

static inline void musegen_forward_alsa_errors(musegen_alsa_receiver receiver) {
  *musegen_alsa_receiver_slot() = receiver;
  snd_lib_error_set_handler(musegen_alsa_handler);
}
