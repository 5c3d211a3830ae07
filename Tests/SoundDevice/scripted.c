// A sound device for tests, as a plugin of ALSA's: it takes one format, channel count and rate, keeps
// time by a clock that may run fast, writes what it is given to a file, and goes wrong once, on time. Where it is told
// to it runs dry as hardware does, and writes down when it was given what, and when it was given nothing.
//
// Reference: alsa-lib's documentation, "PCM External Plugin SDK".

#include <alsa/asoundlib.h>
#include <alsa/pcm_external.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

typedef struct {
  snd_pcm_ioplug_t io;
  int file;
  // Where a line goes for each transfer: the monotonic clock's microseconds, and the frames so far; -1 for nowhere.
  int log;
  // Where a line goes for each time that it ran dry: the monotonic clock's microseconds when it did, when that was
  // noticed, and the frames so far; -1 for nowhere.
  int dry;
  bool runs_dry;
  // What goes wrong, 0 for nothing: -EPIPE, -ESTRPIPE or -ENODEV; and after how many frames.
  int trouble;
  snd_pcm_sframes_t trouble_at;
  bool is_repeated;
  // How many times as fast as a wall's the device's clock runs.
  double speed;
  snd_pcm_sframes_t transferred;
  snd_pcm_sframes_t played;
  struct timespec started;
  bool is_started;
} device_t;

static double seconds_since(const struct timespec *then) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

static int start(snd_pcm_ioplug_t *io) {
  device_t *device = io->private_data;
  clock_gettime(CLOCK_MONOTONIC, &device->started);
  device->is_started = true;
  return 0;
}

static int stop(snd_pcm_ioplug_t *io) {
  device_t *device = io->private_data;
  device->is_started = false;
  return 0;
}

static int prepare(snd_pcm_ioplug_t *io) {
  device_t *device = io->private_data;
  // What was in the buffer when it broke off counts as played: it is in the file.
  device->played = device->transferred;
  device->is_started = false;
  return 0;
}

// As hardware that slept with its buffer and goes on where it was.
static int resume(snd_pcm_ioplug_t *io) {
  start(io);
  snd_pcm_ioplug_set_state(io, SND_PCM_STATE_RUNNING);
  return 0;
}

// The frames that have been played, never more than there were.
static snd_pcm_sframes_t position(device_t *device) {
  if (!device->is_started) return device->played;
  double frames = seconds_since(&device->started) * device->speed * device->io.rate;
  snd_pcm_sframes_t position = device->played + (snd_pcm_sframes_t)frames;
  return position < device->transferred ? position : device->transferred;
}

static void note_dry(const device_t *device) {
  if (device->dry < 0) return;
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  long long started = device->started.tv_sec * 1000000LL + device->started.tv_nsec / 1000;
  double frames = (double)(device->transferred - device->played);
  dprintf(device->dry, "%lld %lld %ld\n",
          started + (long long)(frames * 1e6 / (device->speed * device->io.rate)),
          now.tv_sec * 1000000LL + now.tv_nsec / 1000, (long)device->transferred);
}

static snd_pcm_sframes_t pointer(snd_pcm_ioplug_t *io) {
  device_t *device = io->private_data;
  if (device->runs_dry && device->is_started && position(device) == device->transferred) {
    note_dry(device);
    device->played = device->transferred;
    device->is_started = false;
    snd_pcm_ioplug_set_state(io, SND_PCM_STATE_XRUN);
    return -EPIPE;
  }
  return position(device) % (snd_pcm_sframes_t)io->buffer_size;
}

static int delay(snd_pcm_ioplug_t *io, snd_pcm_sframes_t *frames) {
  device_t *device = io->private_data;
  *frames = device->transferred - position(device);
  return 0;
}

static snd_pcm_sframes_t transfer(
    snd_pcm_ioplug_t *io, const snd_pcm_channel_area_t *areas, snd_pcm_uframes_t offset,
    snd_pcm_uframes_t size) {
  device_t *device = io->private_data;
  if (device->trouble && device->transferred >= device->trouble_at) {
    int trouble = device->trouble;
    if (!device->is_repeated) device->trouble = 0;
    device->played = position(device);
    device->is_started = false;
    snd_pcm_state_t state = trouble == -EPIPE      ? SND_PCM_STATE_XRUN
                            : trouble == -ESTRPIPE ? SND_PCM_STATE_SUSPENDED
                                                   : SND_PCM_STATE_DISCONNECTED;
    snd_pcm_ioplug_set_state(io, state);
    return trouble;
  }
  size_t frame = areas->step / 8;
  const char *bytes = (const char *)areas->addr + (areas->first + areas->step * offset) / 8;
  if (device->file >= 0 && write(device->file, bytes, frame * size) < 0) return -errno;
  device->transferred += (snd_pcm_sframes_t)size;
  if (device->log >= 0) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    dprintf(device->log, "%lld %ld\n", now.tv_sec * 1000000LL + now.tv_nsec / 1000,
            (long)device->transferred);
  }
  return (snd_pcm_sframes_t)size;
}

static int poll_revents(
    snd_pcm_ioplug_t *io, struct pollfd *descriptors, unsigned int count, unsigned short *events) {
  uint64_t ticks;
  if (count != 1 || read(descriptors[0].fd, &ticks, sizeof ticks) < 0) ticks = 0;
  *events = POLLOUT;
  (void)io;
  return 0;
}

static int close_device(snd_pcm_ioplug_t *io) {
  device_t *device = io->private_data;
  if (device->file >= 0) close(device->file);
  if (device->log >= 0) close(device->log);
  if (device->dry >= 0) close(device->dry);
  close(io->poll_fd);
  free(device);
  return 0;
}

static const snd_pcm_ioplug_callback_t callbacks = {
    .start = start, .stop = stop, .prepare = prepare, .resume = resume, .pointer = pointer,
    .delay = delay, .transfer = transfer, .poll_revents = poll_revents, .close = close_device};

static int limit(snd_pcm_ioplug_t *io, snd_pcm_format_t format, unsigned channels, unsigned rate) {
  unsigned access = SND_PCM_ACCESS_RW_INTERLEAVED, code = (unsigned)format;
  int error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_ACCESS, 1, &access);
  if (!error) error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_FORMAT, 1, &code);
  if (!error) error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_CHANNELS, 1, &channels);
  if (!error) error = snd_pcm_ioplug_set_param_list(io, SND_PCM_IOPLUG_HW_RATE, 1, &rate);
  return error;
}

static int trouble_named(const char *name) {
  if (!strcmp(name, "underrun")) return -EPIPE;
  if (!strcmp(name, "suspend")) return -ESTRPIPE;
  return strcmp(name, "loss") ? 0 : -ENODEV;
}

SND_PCM_PLUGIN_DEFINE_FUNC(scripted) {
  const char *path = NULL, *log = NULL, *dry = NULL, *format = "FLOAT_LE", *trouble = "none";
  long channels = 2, rate = 44100, trouble_at = 0, is_repeated = 0, runs_dry = 0;
  double speed = 1;
  snd_config_iterator_t at, next;
  snd_config_for_each(at, next, conf) {
    snd_config_t *entry = snd_config_iterator_entry(at);
    const char *key;
    if (snd_config_get_id(entry, &key) < 0) continue;
    if (!strcmp(key, "path")) snd_config_get_string(entry, &path);
    if (!strcmp(key, "log")) snd_config_get_string(entry, &log);
    if (!strcmp(key, "dry")) snd_config_get_string(entry, &dry);
    if (!strcmp(key, "runs_dry")) snd_config_get_integer(entry, &runs_dry);
    if (!strcmp(key, "format")) snd_config_get_string(entry, &format);
    if (!strcmp(key, "channels")) snd_config_get_integer(entry, &channels);
    if (!strcmp(key, "rate")) snd_config_get_integer(entry, &rate);
    if (!strcmp(key, "speed")) snd_config_get_ireal(entry, &speed);
    if (!strcmp(key, "trouble")) snd_config_get_string(entry, &trouble);
    if (!strcmp(key, "trouble_at")) snd_config_get_integer(entry, &trouble_at);
    if (!strcmp(key, "is_repeated")) snd_config_get_integer(entry, &is_repeated);
  }
  device_t *device = calloc(1, sizeof *device);
  if (!device) return -ENOMEM;
  device->file = path ? open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
  device->log = log ? open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
  device->dry = dry ? open(dry, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600) : -1;
  device->runs_dry = runs_dry;
  device->trouble = trouble_named(trouble);
  device->trouble_at = trouble_at;
  device->is_repeated = is_repeated;
  device->speed = speed;
  device->io.version = SND_PCM_IOPLUG_VERSION;
  device->io.name = "a scripted device";
  device->io.callback = &callbacks;
  device->io.private_data = device;
  device->io.poll_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
  device->io.poll_events = POLLIN;
  struct itimerspec often = {.it_interval.tv_nsec = 1000000, .it_value.tv_nsec = 1000000};
  timerfd_settime(device->io.poll_fd, 0, &often, NULL);
  int error = snd_pcm_ioplug_create(&device->io, name, stream, mode);
  if (!error) {
    error = limit(&device->io, snd_pcm_format_value(format), (unsigned)channels, (unsigned)rate);
    if (error) snd_pcm_ioplug_delete(&device->io);
  }
  if (!error) *pcmp = device->io.pcm;
  (void)root;
  return error;
}

SND_PCM_PLUGIN_SYMBOL(scripted);
