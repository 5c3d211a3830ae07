// A stand-in for the kernel's sequencer in tests: preloaded, it takes the place of those functions of
// alsa-lib that musegen calls, and writes what reaches the port to $MUSEGEN_TEST_SEQUENCER, a line for
// each event: its time on the queue in microseconds, its type, channel and two values.
//
// Who plays is written in $MUSEGEN_TEST_PLAYER, a line for each event as above, by time from the opening, of which the
// monotonic clock's microseconds are written to the file of that name with .opened behind it.
//
// The keyboard is port 0 of a client of its own, 128 until it goes; where its going names a channel, it comes back as that
// client, and another device as 128. Where the port that goes is not 0, it is whoever listens at 128:0: nothing reaches them
// until they are connected with again. Of a system exclusive message the second value is its length.
//
// As the kernel does, it sends events when the queue's clock shows their times, and forgets those that
// are still to come when they are dropped or when the process is gone.

#include <alsa/asoundlib.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { capacity = 65536 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static snd_seq_event_t waiting[capacity];
static int count;
static struct timespec started;
static int file = -1;
static FILE *player;
static struct timespec listened;
static snd_seq_event_t coming;
static long long coming_at = -1;
static int keyboard = 128, moves_to;
static bool is_deaf;
// As many as alsa-lib reads where nobody asks for more.
static size_t input_bytes = 500 * sizeof(snd_seq_event_t);

static int64_t microseconds_since(const struct timespec *start) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (now.tv_sec - start->tv_sec) * 1000000LL + (now.tv_nsec - start->tv_nsec) / 1000;
}

static int64_t now_in_microseconds(void) { return microseconds_since(&started); }

static int64_t time_of(const snd_seq_event_t *event) {
  return event->time.time.tv_sec * 1000000LL + event->time.time.tv_nsec / 1000;
}

static void send_event(const snd_seq_event_t *event) {
  if (is_deaf) return;
  bool is_note = event->type <= SND_SEQ_EVENT_KEYPRESS;
  int first = is_note ? event->data.note.note : (int)event->data.control.param;
  int second = is_note ? event->data.note.velocity : event->data.control.value;
  // Both structures begin with the channel.
  dprintf(file, "%lld %d %d %d %d\n", (long long)time_of(event), event->type,
          event->data.note.channel, first, second);
}

// Sends what is due.
static void send_due(void) {
  int64_t now = now_in_microseconds();
  int kept = 0;
  for (int index = 0; index < count; index++) {
    if (time_of(&waiting[index]) <= now) {
      send_event(&waiting[index]);
    } else {
      waiting[kept++] = waiting[index];
    }
  }
  count = kept;
}

static void *keep_time(void *nothing) {
  while (true) {
    pthread_mutex_lock(&lock);
    send_due();
    pthread_mutex_unlock(&lock);
    usleep(1000);
  }
  return nothing;
}

int snd_seq_open(snd_seq_t **handle, const char *name, int streams, int mode) {
  static char sequencer;
  const char *path = getenv("MUSEGEN_TEST_SEQUENCER");
  if (!path) return -ENOENT;
  file = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
  *handle = (snd_seq_t *)&sequencer;
  if (streams & SND_SEQ_OPEN_INPUT && getenv("MUSEGEN_TEST_PLAYER")) {
    player = fopen(getenv("MUSEGEN_TEST_PLAYER"), "r");
    clock_gettime(CLOCK_MONOTONIC, &listened);
    char opened[4096];
    snprintf(opened, sizeof opened, "%s.opened", getenv("MUSEGEN_TEST_PLAYER"));
    FILE *note = fopen(opened, "w");
    if (note) {
      fprintf(note, "%lld\n", listened.tv_sec * 1000000LL + listened.tv_nsec / 1000);
      fclose(note);
    }
  }
  (void)name, (void)mode;
  return file < 0 ? -errno : 0;
}

int snd_seq_close(snd_seq_t *handle) {
  pthread_mutex_lock(&lock);
  count = 0;
  pthread_mutex_unlock(&lock);
  (void)handle;
  return 0;
}

int snd_seq_set_client_name(snd_seq_t *handle, const char *name) {
  (void)handle, (void)name;
  return 0;
}

int snd_seq_set_input_buffer_size(snd_seq_t *handle, size_t size) {
  (void)handle;
  input_bytes = size;
  return 0;
}

int snd_seq_create_simple_port(
    snd_seq_t *handle, const char *name, unsigned capabilities, unsigned type) {
  (void)handle, (void)name, (void)capabilities, (void)type;
  return 0;
}

int snd_seq_parse_address(snd_seq_t *handle, snd_seq_addr_t *address, const char *name) {
  unsigned client, port;
  (void)handle;
  if (sscanf(name, "%u:%u", &client, &port) != 2) return -EINVAL;
  address->client = (unsigned char)client;
  address->port = (unsigned char)port;
  return 0;
}

int snd_seq_connect_to(snd_seq_t *handle, int port, int client, int other) {
  (void)handle, (void)port, (void)other;
  if (client != 128) return -ENXIO;
  is_deaf = false;
  return 0;
}

int snd_seq_client_id(snd_seq_t *handle) {
  (void)handle;
  return 129;
}

int snd_seq_get_port_subscription(snd_seq_t *handle, snd_seq_port_subscribe_t *subscription) {
  (void)handle, (void)subscription;
  return is_deaf ? -ENOENT : 0;
}

int snd_seq_alloc_named_queue(snd_seq_t *handle, const char *name) {
  (void)handle, (void)name;
  return 3;
}

int snd_seq_control_queue(
    snd_seq_t *handle, int queue, int type, int value, snd_seq_event_t *event) {
  pthread_t thread;
  (void)handle, (void)queue, (void)value, (void)event;
  if (type != SND_SEQ_EVENT_START) return -EINVAL;
  clock_gettime(CLOCK_MONOTONIC, &started);
  return -pthread_create(&thread, NULL, keep_time, NULL);
}

int snd_seq_get_queue_status(snd_seq_t *handle, int queue, snd_seq_queue_status_t *status) {
  (void)handle, (void)status;
  return queue == 3 ? 0 : -EINVAL;
}

const snd_seq_real_time_t *snd_seq_queue_status_get_real_time(const snd_seq_queue_status_t *status) {
  static _Thread_local snd_seq_real_time_t time;
  int64_t now = now_in_microseconds();
  time.tv_sec = (unsigned)(now / 1000000);
  time.tv_nsec = (unsigned)(now % 1000000 * 1000);
  (void)status;
  return &time;
}

int snd_seq_event_output(snd_seq_t *handle, snd_seq_event_t *event) {
  (void)handle;
  // To whoever listens to our port, by real time from the queue's start.
  if (event->queue != 3 || event->dest.client != SND_SEQ_ADDRESS_SUBSCRIBERS) return -EINVAL;
  if ((event->flags & SND_SEQ_TIME_STAMP_MASK) != SND_SEQ_TIME_STAMP_REAL) return -EINVAL;
  pthread_mutex_lock(&lock);
  bool fits = count < capacity;
  if (fits) waiting[count++] = *event;
  pthread_mutex_unlock(&lock);
  return fits ? 0 : -ENOMEM;
}

int snd_seq_drain_output(snd_seq_t *handle) {
  pthread_mutex_lock(&lock);
  if (started.tv_sec) send_due();
  pthread_mutex_unlock(&lock);
  (void)handle;
  return 0;
}

int snd_seq_drop_output(snd_seq_t *handle) {
  pthread_mutex_lock(&lock);
  count = 0;
  pthread_mutex_unlock(&lock);
  (void)handle;
  return 0;
}

int snd_seq_connect_from(snd_seq_t *handle, int port, int client, int other) {
  (void)handle, (void)port, (void)other;
  // Of another device nothing is ever heard.
  if (client == 128 && keyboard != 128 && player) fclose(player), player = NULL;
  return client == 128 || client == keyboard ? 0 : -ENXIO;
}

int snd_seq_query_next_client(snd_seq_t *handle, snd_seq_client_info_t *info) {
  int client = snd_seq_client_info_get_client(info) < 128 ? 128 : keyboard;
  (void)handle;
  if (client <= snd_seq_client_info_get_client(info)) return -ENOENT;
  snd_seq_client_info_set_client(info, client);
  snd_seq_client_info_set_name(info, client == keyboard ? "Keyboard" : "Drum machine");
  return 0;
}

int snd_seq_query_next_port(snd_seq_t *handle, snd_seq_port_info_t *info) {
  (void)handle;
  // It is asked for behind number -1, of which a port's number keeps eight bits.
  if (snd_seq_port_info_get_port(info) == 0) return -ENOENT;
  snd_seq_port_info_set_port(info, 0);
  snd_seq_port_info_set_name(info, "MIDI 1");
  snd_seq_port_info_set_capability(
      info, SND_SEQ_PORT_CAP_READ | SND_SEQ_PORT_CAP_SUBS_READ | SND_SEQ_PORT_CAP_WRITE |
                SND_SEQ_PORT_CAP_SUBS_WRITE);
  return 0;
}

int snd_seq_poll_descriptors_count(snd_seq_t *handle, short events) {
  (void)handle, (void)events;
  return 0;
}

// Reads the player's next event, if there is one.
static bool read_next(void) {
  int type, channel, first, second;
  if (coming_at >= 0) return true;
  if (!player || fscanf(player, "%lld %d %d %d %d", &coming_at, &type, &channel, &first,
                        &second) != 5) {
    coming_at = -1;
    return false;
  }
  memset(&coming, 0, sizeof coming);
  coming.type = (unsigned char)type;
  if (type <= SND_SEQ_EVENT_KEYPRESS) {
    coming.data.note.channel = (unsigned char)channel;
    coming.data.note.note = (unsigned char)first;
    coming.data.note.velocity = (unsigned char)second;
  } else if (type == SND_SEQ_EVENT_PORT_UNSUBSCRIBED) {
    coming.data.connect.sender.client = (unsigned char)first;
    coming.data.connect.sender.port = (unsigned char)second;
    moves_to = channel;
  } else if (type == SND_SEQ_EVENT_SYSEX) {
    coming.flags = SND_SEQ_EVENT_LENGTH_VARIABLE;
    coming.data.ext.len = (unsigned)second;
  } else {
    coming.data.control.channel = (unsigned char)channel;
    coming.data.control.param = (unsigned)first;
    coming.data.control.value = second;
  }
  return true;
}

int snd_seq_event_input_pending(snd_seq_t *handle, int fetch) {
  (void)handle, (void)fetch;
  return read_next() && coming_at <= microseconds_since(&listened);
}

int snd_seq_event_input(snd_seq_t *handle, snd_seq_event_t **event) {
  static snd_seq_event_t given;
  if (!snd_seq_event_input_pending(handle, 0)) return -EAGAIN;
  // The kernel has no event read in parts.
  if (coming.type == SND_SEQ_EVENT_SYSEX && sizeof coming + coming.data.ext.len > input_bytes)
    return -EAGAIN;
  given = coming;
  coming_at = -1;
  if (moves_to) keyboard = moves_to, moves_to = 0;
  if (given.type == SND_SEQ_EVENT_PORT_UNSUBSCRIBED && given.data.connect.sender.port)
    is_deaf = true;
  *event = &given;
  return 1;
}
