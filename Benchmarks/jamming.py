"""How soon `musegen jam` is heard, and what it bears: Benchmarks/jamming.md.

    python Benchmarks/jamming.py --musegen .build/release/musegen -m folk

A script plays at a stand-in for the kernel's sequencer (Tests/SoundDevice/sequencer.c) and is heard through a sound
device that keeps time and runs dry as hardware does (scripted.c), both with the monotonic clock's times. Needed are
clang, alsa-lib's headers, NumPy, mido and a SoundFont; for the last table jackd.
"""

import argparse
import concurrent.futures
import pathlib
import re
import resource
import signal
import subprocess
import tempfile
import time

import mido
import numpy

DEVICES = pathlib.Path(__file__).resolve().parent.parent / "Tests" / "SoundDevice"
RATE = 44_100
ON, OFF, CONTROLLER, SENSING, CLOCK, GONE = 6, 7, 10, 42, 36, 67
DRUMS, BLOCK = 9, 76


class Stage:
    """A sequencer and a device, in a folder of their own."""

    def __init__(self, events, buffer_frames=None):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jamming-"))
        for name in ("scripted", "sequencer"):
            subprocess.run(
                ["clang", "-std=c11", "-D_GNU_SOURCE", "-DPIC", "-fPIC", "-shared", "-o",
                 self.folder / f"{name}.so", DEVICES / f"{name}.c", "-lasound", "-lpthread"],
                check=True)
        lines = [f"{int(at * 1e6)} {kind} {channel} {number} {value}"
                 for at, kind, channel, number, value in sorted(events, key=lambda e: e[0])]
        (self.folder / "player").write_text("\n".join(lines) + "\n")
        (self.folder / "asound.conf").write_text(f"""</usr/share/alsa/alsa.conf>
pcm_type.scripted {{ lib "{self.folder}/scripted.so" }}
pcm.scripted {{ type scripted path "{self.folder}/played.raw" log "{self.folder}/transfers" speed 1.0 runs_dry 1 }}
""")
        self.environment = {
            "PATH": "/usr/bin:/bin", "HOME": str(self.folder),
            "ALSA_CONFIG_PATH": str(self.folder / "asound.conf"),
            "LD_PRELOAD": str(self.folder / "sequencer.so"),
            "MUSEGEN_TEST_SEQUENCER": str(self.folder / "events"),
            "MUSEGEN_TEST_PLAYER": str(self.folder / "player"),
        }
        (self.folder / "events").write_text("")

    def jam(self, musegen, arguments, seconds, device=True):
        """Runs a jam, and returns what it said and what it took."""
        command = [musegen, "jam", "--in", "128:0", "-o", self.folder / "jam.mid", *arguments]
        command += ["--device", "scripted", "--reverb", "0", "--chorus", "0"] if device else [
            "--out", "128:0"]
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        process = subprocess.Popen(
            list(map(str, command)), env=self.environment, cwd=self.folder, text=True,
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        while process.poll() is None and not (self.folder / "player.opened").exists():
            time.sleep(0.1)
        time.sleep(seconds + 1)
        process.send_signal(signal.SIGINT)
        said, _ = process.communicate(timeout=60)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        self.said, self.code = said, process.returncode
        self.processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
        self.megabytes = after.ru_maxrss / 1024
        return self

    @property
    def late(self):
        """How often the sound was late."""
        found = re.search(r"the sound was late ([\d,]+) time", self.said)
        return int(found[1].replace(",", "")) if found else 0

    @property
    def opened(self):
        return int((self.folder / "player.opened").read_text()) / 1e6

    def sounds(self):
        """When each sound behind silence reached the device, in seconds from the opening of the sequencer."""
        samples = numpy.fromfile(self.folder / "played.raw", numpy.float32).reshape(-1, 2)
        loud = numpy.flatnonzero(numpy.abs(samples).max(axis=1) > 1e-3)
        starts = loud[numpy.diff(loud, prepend=-RATE) > 0.1 * RATE]
        transfers = numpy.loadtxt(self.folder / "transfers", dtype=numpy.int64, ndmin=2)
        places = numpy.searchsorted(transfers[:, 1], starts, side="right")
        return transfers[numpy.minimum(places, len(transfers) - 1), 0] / 1e6 - self.opened


def blocks(times):
    """A wood block at each of the times, and nothing heard of the model but its thinking."""
    quiet = [(0.3, CONTROLLER, channel, 7, 0) for channel in range(1, 16) if channel != DRUMS]
    return quiet + [event for at in times for event in (
        (at, ON, DRUMS, BLOCK, 100), (at + 0.05, OFF, DRUMS, BLOCK, 64))]


def delays(stage, times):
    heard = stage.sounds()
    found = []
    for at in times:
        place = numpy.searchsorted(heard, at)
        if place < len(heard) and heard[place] < at + 0.3:
            found.append(heard[place] - at)
    return 1_000 * numpy.array(found)


def keys(musegen, model, mode, extra, seconds):
    # On no grid: each comes at another moment of what the model does.
    times = numpy.arange(2, seconds - 1, 0.347)
    stage = Stage(blocks(times)).jam(
        musegen, ["-m", model, "--mode", mode, "--seed", "1", *extra], seconds)
    found = delays(stage, times)
    print(f"| {mode} | {pathlib.Path(model).stem} | {len(found)} of {len(times)} | {numpy.median(found):.1f} | "
          f"{numpy.quantile(found, 0.95):.1f} | {found.max():.1f} | {stage.late} |", flush=True)


def bears(musegen, model, name, events, seconds, extra=()):
    stage = Stage(events).jam(
        musegen, ["-m", model, "--seed", "1", *extra], seconds, device=False)
    sent = [line.split() for line in (stage.folder / "events").read_text().splitlines()]
    strikes = sum(1 for line in sent if line[1] == str(ON) and line[4] != "0")
    print(f"| {name} | {stage.code} | {strikes:,} | {100 * stage.processor / seconds:.0f} % | "
          f"{stage.megabytes:.0f} |", flush=True)


def beats(notes, count):
    """The pitch classes that sound in each beat, of notes in beats."""
    classes = [set() for _ in range(count)]
    for start, end, pitch in notes:
        for beat in range(int(start + 0.05), min(count, int(numpy.ceil(end - 0.1)))):
            classes[beat].add(pitch % 12)
    return classes


def parts(path):
    """The notes of each track of a file that has some, in beats, drums left out."""
    file = mido.MidiFile(path)
    found = []
    for track in file.tracks:
        now, down, notes = 0, {}, []
        for message in track:
            now += message.time
            if message.type not in ("note_on", "note_off") or message.channel == 9:
                continue
            if message.note in down:
                start = down.pop(message.note)
                notes.append((start, now / file.ticks_per_beat, message.note))
            if message.type == "note_on" and message.velocity > 0:
                down[message.note] = now / file.ticks_per_beat
        if notes:
            found.append(sorted(notes))
    return found


def is_common(path):
    return all((m.numerator, m.denominator) == (4, 4) for track in mido.MidiFile(path).tracks
               for m in track if m.type == "time_signature")


def accompanied(musegen, model, path, count):
    """What is written to a tune that is played live, and to one that is known to its end."""
    tune = [note for note in parts(path)[0] if note[0] < count]
    events = [event for start, end, pitch in tune for event in (
        (start / 2, ON, 0, pitch, 90), (max(start / 2 + 0.02, end / 2 - 0.02), OFF, 0, pitch, 0))]
    stage = Stage(events).jam(
        musegen, ["-m", model, "--mode", "accompany", "--temperature", "0.5", "--seed", "1"],
        count / 2 + 2, device=False)
    live = parts(stage.folder / "jam.mid")[1:]
    whole = stage.folder / "whole.mid"
    subprocess.run([musegen, "accompany", path, "-m", model, "--part", "1", "--temperature", "0.5",
                    "--seed", "1", "-o", whole], check=True, capture_output=True)
    return [beats(sum(group, []), count) for group in (
        live, parts(whole)[1:], parts(path)[1:], [tune])]


def overlap(first, second):
    """How much of the pitch classes of either both have, over all beats from the second bar on."""
    both = sum(len(a & b) for a, b in zip(first[4:], second[4:]))
    either = sum(len(a | b) for a, b in zip(first[4:], second[4:]))
    return both / max(1, either)


def fits(part, tune):
    """How much of what the tune sounds in each beat the accompaniment has as well."""
    both = sum(len(a & b) for a, b in zip(part[4:], tune[4:]))
    return both / max(1, sum(len(b) for b in tune[4:]))


def accompaniments(musegen, model, tunes, count=64):
    tunes = [path for path in tunes if is_common(path) and len(parts(path)) > 1]
    with concurrent.futures.ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda path: accompanied(musegen, model, path, count), tunes))
    other = found[1:] + found[:1]
    print("\n| chords of | common with the original's | of the tune's own pitch classes |\n|---|---|---|")
    for name, index, rows in (
            ("a tune that is played live", 0, found), ("a tune that is known to its end", 1, found),
            ("another tune that is played live", 0, other), ("the original", 2, found)):
        common = [overlap(row[index], own[2]) for row, own in zip(rows, found)]
        fit = [fits(row[index], own[3]) for row, own in zip(rows, found)]
        print(f"| {name} | {numpy.mean(common):.3f} | {numpy.mean(fit):.3f} |", flush=True)
    print(f"\n{len(tunes)} tunes, {count} beats of each.")


def jack(musegen, model, seconds):
    server = subprocess.Popen(
        ["jackd", "-n", "jamming", "-r", "-d", "dummy", "-r", "48000", "-p", "64"],
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(2)
    folder = tempfile.mkdtemp(prefix="jamming-")
    process = subprocess.Popen(
        list(map(str, [musegen, "jam", "--jack", "-m", model, "--mode", "duet", "--seed", "1"])),
        env={"PATH": "/usr/bin:/bin", "JACK_DEFAULT_SERVER": "jamming", "HOME": folder}, cwd=folder,
        text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    time.sleep(seconds)
    process.send_signal(signal.SIGINT)
    said, _ = process.communicate(timeout=60)
    server.terminate()
    found = re.search(r"the sound was late ([\d,]+) time", said)
    print(f"| {seconds / 60:.1f} | {found[1] if found else 0} |", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--musegen", default="musegen")
    parser.add_argument("-m", "--models", nargs="+", default=["folk"])
    parser.add_argument("--given", help="a model of train --given, for accompany")
    parser.add_argument("--tunes", nargs="+", default=[], help="MIDI files for it, the tune their first part")
    parser.add_argument("--seconds", type=float, default=60, help="of each row of the first table")
    parser.add_argument("--jack", type=float, default=0, help="seconds at a JACK server without a card")
    options = parser.parse_args()
    musegen = pathlib.Path(options.musegen).resolve()
    models = [str(pathlib.Path(model).resolve()) if pathlib.Path(model).exists() else model
              for model in options.models]
    print("| mode | model | keys heard | median ms | 95 % ms | longest ms | late |\n|---|---|---|---|---|---|---|")
    for model in models:
        for mode, extra in (("answer", ["--answer-bars", "16"]), ("continue", []), ("duet", [])):
            keys(musegen, model, mode, extra, options.seconds)
    if options.given:
        keys(musegen, str(pathlib.Path(options.given).resolve()), "accompany", [], options.seconds)
    print("\n| what comes | exit | notes passed | processor | MB |\n|---|---|---|---|---|")
    flood = [(1 + index / 10_000, ON, 0, index * 7 % 128, 90) for index in range(100_000)]
    bears(musegen, models[0], "10,000 notes a second for 10 seconds", flood, 15)
    wheel = [(1 + index / 10_000, CONTROLLER, 0, 1, index % 128) for index in range(100_000)]
    bears(musegen, models[0], "10,000 controllers a second for 10 seconds", wheel, 15)
    sense = [(0.3 * index, SENSING, 0, 0, 0) for index in range(10)]
    stuck = sense + [(1, ON, 0, 60, 90)]
    bears(musegen, models[0], "active sensing that ends with a key down", stuck, 8)
    clocks = [(1 + index / 48, CLOCK, 0, 0, 0) for index in range(200)]
    clocks += [(6 + index / 1e6, CLOCK, 0, 0, 0) for index in range(50_000)]
    bears(musegen, models[0], "a clock that bursts", clocks, 10, ["--follow", "clock"])
    if options.given and options.tunes:
        accompaniments(musegen, str(pathlib.Path(options.given).resolve()),
                       [pathlib.Path(tune).resolve() for tune in options.tunes])
    if options.jack:
        print("\n| minutes at 64 frames | late |\n|---|---|")
        jack(musegen, models[0], options.jack)


if __name__ == "__main__":
    main()
