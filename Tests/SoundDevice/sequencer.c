// A stand-in for the kernel's sequencer in tests: preloaded, it takes the place of those functions of
// alsa-lib that musegen calls, and writes what reaches the port to $MUSEGEN_TEST_SEQUENCER, a line for
// each event: its time on the queue in microseconds, its type, channel and two values.
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
#include <time.h>
#include <unistd.h>

enum { capacity = 65536 };

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static snd_seq_event_t waiting[capacity];
static int count;
static struct timespec started;
static int file = -1;

static int64_t now_in_microseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (now.tv_sec - started.tv_sec) * 1000000LL + (now.tv_nsec - started.tv_nsec) / 1000;
}

static int64_t time_of(const snd_seq_event_t *event) {
  return event->time.time.tv_sec * 1000000LL + event->time.time.tv_nsec / 1000;
}

static void send_event(const snd_seq_event_t *event) {
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
  (void)name, (void)streams, (void)mode;
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
  return client == 128 ? 0 : -ENXIO;
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
