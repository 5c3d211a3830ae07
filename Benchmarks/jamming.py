"""How soon `musegen jam` is heard, what it bears, and whether it listens: Benchmarks/jamming.md.

    python Benchmarks/jamming.py keys floods --musegen .build/release/musegen -m folk piano
    python Benchmarks/jamming.py blocks --minutes 60 --frames 64 --modes rest duet --in-turn -m folk
    python Benchmarks/jamming.py answers -m folk piano band chorales
    python Benchmarks/jamming.py accompaniments --given chords.safetensors --tunes held/*.mid

A script plays at a stand-in for the kernel's sequencer (Tests/SoundDevice/sequencer.c) and is heard through a sound
device that keeps time and runs dry as hardware does (scripted.c), both with the monotonic clock's times. Needed are
clang, alsa-lib's headers, NumPy, mido and a SoundFont; for the blocks of JACK jackd.
"""

import argparse
import concurrent.futures
import math
import multiprocessing
import os
import pathlib
import re
import resource
import signal
import subprocess
import sys
import tempfile
import time

import mido
import numpy

ROOT = pathlib.Path(__file__).resolve().parent.parent
DEVICES = ROOT / "Tests" / "SoundDevice"
RATE = 44_100
ON, OFF, CONTROLLER, SENSING, START, CLOCK = 6, 7, 10, 42, 30, 36
DRUMS, BLOCK = 9, 76


class Stage:
    """A sequencer and a device, in a folder of their own."""

    def __init__(self, events, keeps_sound=True, speed=1.0):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="jamming-"))
        for name in ("scripted", "sequencer"):
            subprocess.run(
                ["clang", "-std=c11", "-D_GNU_SOURCE", "-DPIC", "-fPIC", "-shared", "-o",
                 self.folder / f"{name}.so", DEVICES / f"{name}.c", "-lasound", "-lpthread"],
                check=True)
        lines = [f"{int(at * 1e6)} {kind} {channel} {number} {value}"
                 for at, kind, channel, number, value in sorted(events, key=lambda e: e[0])]
        (self.folder / "player").write_text("\n".join(lines) + "\n")
        kept = f'path "{self.folder}/played.raw" log "{self.folder}/transfers"' if keeps_sound else ""
        (self.folder / "asound.conf").write_text(f"""</usr/share/alsa/alsa.conf>
pcm_type.scripted {{ lib "{self.folder}/scripted.so" }}
pcm.scripted {{ type scripted {kept} dry "{self.folder}/dry" speed {speed:.3f} runs_dry 1 }}
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
        try:
            process.wait(seconds + 1)
            print(f"a jam ended by itself: exit {process.returncode}", file=sys.stderr)
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGINT)
        self.interrupted = time.monotonic()
        try:
            said, _ = process.communicate(timeout=60)
        except subprocess.TimeoutExpired:
            process.kill()
            said, _ = process.communicate()
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

    def dry(self):
        """When the device ran dry until it was stopped, and when the player came: seconds of the monotonic clock."""
        moments = numpy.loadtxt(self.folder / "dry", ndmin=2).reshape(-1, 3)[:, :2] / 1e6
        return [(dry, noticed) for dry, noticed in moments if dry < self.interrupted]

    def sounds(self):
        """When each sound behind silence reached the device, in seconds from the opening of the sequencer."""
        samples = numpy.fromfile(self.folder / "played.raw", numpy.float32).reshape(-1, 2)
        loud = numpy.flatnonzero(numpy.abs(samples).max(axis=1) > 1e-3)
        starts = loud[numpy.diff(loud, prepend=-RATE) > 0.1 * RATE]
        transfers = numpy.loadtxt(self.folder / "transfers", dtype=numpy.int64, ndmin=2)
        places = numpy.searchsorted(transfers[:, 1], starts, side="right")
        return transfers[numpy.minimum(places, len(transfers) - 1), 0] / 1e6 - self.opened


class Watch:
    """Notes when each of the machine's processors stands still, and for how long.

    A process for each sleeps a millisecond again and again, ahead of all that plays where the system allows it, so that
    whatever wakes it late is none of theirs.
    """

    LEAST = 0.001

    def __init__(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="watch-"))
        fork = multiprocessing.get_context("fork")
        for processor in sorted(os.sched_getaffinity(0)):
            fork.Process(
                target=self.watch, args=(processor, self.folder / str(processor), os.getpid()), daemon=True).start()

    @classmethod
    def watch(cls, processor, path, parent):
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        os.sched_setaffinity(0, {processor})
        try:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(50))
        except PermissionError:
            print(f"processor {processor} is watched without precedence: waiting for others counts as standing still",
                  file=sys.stderr)
        with open(path, "w", buffering=1) as log:
            while os.getppid() == parent:
                due = time.monotonic() + 0.001
                time.sleep(0.001)
                woken = time.monotonic()
                if woken - due > cls.LEAST:
                    log.write(f"{due} {woken}\n")

    def standstills(self, start, end):
        """Those of any processor in a stretch of the monotonic clock's time; what overlaps is one."""
        moments = sorted(
            (float(due), float(woken)) for path in self.folder.iterdir()
            for due, woken in (line.split() for line in path.read_text().splitlines() if line.count(" ") == 1))
        joined = []
        for due, woken in moments:
            if woken < start or due > end:
                continue
            if joined and due <= joined[-1][1]:
                joined[-1] = joined[-1][0], max(joined[-1][1], woken)
            else:
                joined.append((due, woken))
        return joined


def stood_still(standstills, start, end):
    """For how much of a stretch of time the machine stood still."""
    return sum(max(0, min(woken, end) - max(due, start)) for due, woken in standstills)


def wood_blocks(times):
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
    stage = Stage(wood_blocks(times)).jam(
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


def floods(musegen, model):
    print("\n| what comes | exit | notes passed | processor | MB |\n|---|---|---|---|---|")
    flood = [(1 + index / 10_000, ON, 0, index * 7 % 128, 90) for index in range(100_000)]
    bears(musegen, model, "10,000 notes a second for 10 seconds", flood, 15)
    wheel = [(1 + index / 10_000, CONTROLLER, 0, 1, index % 128) for index in range(100_000)]
    bears(musegen, model, "10,000 controllers a second for 10 seconds", wheel, 15)
    sense = [(0.3 * index, SENSING, 0, 0, 0) for index in range(10)]
    stuck = sense + [(1, ON, 0, 60, 90)]
    bears(musegen, model, "active sensing that ends with a key down", stuck, 8)
    clocks = [(1 + index / 48, CLOCK, 0, 0, 0) for index in range(200)]
    clocks += [(6 + index / 1e6, CLOCK, 0, 0, 0) for index in range(50_000)]
    bears(musegen, model, "a clock that bursts", clocks, 10, ["--follow", "clock"])


def blocks(musegen, model, mode, extra, options, watch):
    """How often a device of so many frames a block runs dry in some minutes of playing and silence by turns."""
    seconds = 60 * options.minutes
    # Eight seconds of playing, and as many in which it is answered.
    times = [at for at in numpy.arange(2, seconds, 0.25) if at % 16 < 8]
    notes = [event for index, at in enumerate(times) for event in (
        (at, ON, 0, 60 + index * 5 % 24, 90), (at + 0.2, OFF, 0, 60 + index * 5 % 24, 0))]
    # PCMDevice asks for a buffer of eight periods.
    latency = 8 * options.frames / RATE
    stage = Stage(notes, keeps_sound=False, speed=options.speed).jam(
        musegen, ["-m", model, "--mode", mode, "--seed", "1", "--latency", f"{latency:.5f}", *extra], seconds)
    played = stage.interrupted - stage.opened
    standstills = watch.standstills(stage.opened, stage.interrupted)
    late, excused = stage.dry(), 0
    for dry, noticed in late:
        # Had the machine not stood still since the buffer was full, the block would have come in time.
        stood = stood_still(standstills, dry - latency / options.speed, noticed)
        excused += stood >= noticed - dry
        print(f"{mode}: {dry - stage.opened:.3f} s: {1_000 * (noticed - dry):.1f} ms late; of the "
              f"{1_000 * (noticed - dry + latency / options.speed):.1f} ms before, the machine stood still "
              f"{1_000 * stood:.1f}", file=sys.stderr)
    count = played * RATE * options.speed / options.frames
    return (f"| {mode} | {pathlib.Path(model).stem} | {played * options.speed / 60:.1f} | {count:,.0f} | {len(late)} | "
            f"{excused} | {len(late) - excused} | {told(standstills, latency / options.speed)} |")


def told(standstills, buffer):
    """How many there were, how many of them longer than a buffer, and the longest in milliseconds."""
    lengths = [woken - due for due, woken in standstills]
    return (f"{len(lengths):,} | {sum(length > buffer for length in lengths):,} | "
            f"{1_000 * max(lengths, default=0):.1f}")


def rest(options, watch):
    """How often the machine stands still for as long while nobody plays."""
    start = time.monotonic()
    time.sleep(60 * options.minutes)
    end = time.monotonic()
    return (f"| nobody | – | {(end - start) / 60:.1f} | – | – | – | – | "
            f"{told(watch.standstills(start, end), 8 * options.frames / RATE)} |")


def blocks_of_jack(musegen, model, options, watch):
    """The same at a JACK server that has no card and waits as one would; when it was late it does not tell."""
    seconds = 60 * options.minutes
    folder = tempfile.mkdtemp(prefix="jamming-")
    environment = {"PATH": "/usr/bin:/bin", "JACK_DEFAULT_SERVER": f"jamming-{os.getpid()}", "HOME": folder}
    server = subprocess.Popen(
        ["jackd", "-n", environment["JACK_DEFAULT_SERVER"], "-r", "-d", "dummy", "-r", "48000", "-p",
         str(options.frames)],
        env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    time.sleep(2)
    start = time.monotonic()
    process = subprocess.Popen(
        list(map(str, [musegen, "jam", "--jack", "-m", model, "--mode", "duet", "--seed", "1"])),
        env=environment, cwd=folder, text=True, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT)
    try:
        process.wait(seconds)
        print(f"a jam ended by itself: exit {process.returncode}", file=sys.stderr)
    except subprocess.TimeoutExpired:
        process.send_signal(signal.SIGINT)
    played = time.monotonic() - start
    said, _ = process.communicate(timeout=60)
    server.terminate()
    found = re.search(r"the sound was late ([\d,]+) time", said)
    return (f"| duet, JACK | {pathlib.Path(model).stem} | {played / 60:.1f} | "
            f"{played * 48_000 / options.frames:,.0f} | {found[1] if found else 0} | – | – | "
            f"{told(watch.standstills(start, start + played), 2 * options.frames / 48_000)} |")


def sections(path):
    """The notes of each track of a file that has some, with the track's name, in beats, drums left out."""
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
            found.append((track.name, sorted(notes)))
    return found


def metre(path):
    """The one metre of a file; nil where it has several."""
    metres = {(m.numerator, m.denominator) for track in mido.MidiFile(path).tracks
              for m in track if m.type == "time_signature"} or {(4, 4)}
    return metres.pop() if len(metres) == 1 else None


def played(musegen, model, notes, bar, extra, beats, seed):
    """Plays notes in beats by a clock of 240 beats a minute, and returns what of both stands in the file.

    Both are in beats from where the notes' own time begins.
    """
    first, beat = 1.5, 0.25
    events = [(first + index * beat / 24, CLOCK, 0, 0, 0) for index in range(int(24 * beats) + 1)]
    events.append((first - 0.002, START, 0, 0, 0))
    for start, end, pitch in notes:
        events.append((first + 0.003 + start * beat, ON, 0, pitch, 90))
        events.append((first + 0.003 + max(start + 0.05, end - 0.06) * beat, OFF, 0, pitch, 0))
    stage = Stage(events).jam(
        musegen, ["-m", model, "--tempo", "240", "--follow", "clock", "--seed", str(seed), *extra],
        first + beats * beat, device=False)
    if not (stage.folder / "jam.mid").exists():
        return None, stage.said
    own, other = [], []
    for name, group in sections(stage.folder / "jam.mid"):
        (own if name == "Played" else other).extend(group)
    if not own or not other:
        return None, stage.said
    # The start was put on a bar line.
    shift = bar * round((own[0][0] - notes[0][0]) / bar)
    return [[(start - shift, end - shift, pitch) for start, end, pitch in group]
            for group in (own, other)], stage.said


# The tunes of the collection that ships with one metre, and by how much each is moved, so that each has a key of its own.
REELS = [("auld-lang-syne", 2), ("harvest-home", 0), ("lightly-row", 1), ("the-boys-of-bluehill", 5),
         ("early-one-morning", -3), ("deck-the-halls", -2), ("drowsy-maggie", 3), ("oh-susanna", -1)]
JIGS = [("the-irish-washerwoman", 0), ("the-kesh-jig", -3), ("the-swallowtail-jig", 2), ("haste-to-the-wedding", 4)]
BARS = 8

# How much each degree belongs to a key: Krumhansl and Kessler 1982.
MAJOR = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88]
MINOR = [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17]


class Passage:
    """What is compared of a call and an answer."""

    def __init__(self, notes, beats):
        weights = numpy.zeros(12)
        for start, end, pitch in notes:
            weights[pitch % 12] += end - start
        self.classes = weights / weights.sum()
        profiles = [numpy.roll(profile, tonic) for profile in (MAJOR, MINOR) for tonic in range(12)]
        self.key = int(numpy.argmax([numpy.corrcoef(self.classes, profile)[0, 1] for profile in profiles]))
        # What is struck together counts once: a tune may be answered with its chords.
        onsets = {round(12 * start) for start, _, _ in notes}
        self.density = len(onsets) / beats
        # How many more of them lie on dotted quarters than on quarters.
        self.compound = (sum(onset % 18 == 0 for onset in onsets) - sum(onset % 12 == 0 for onset in onsets)) / len(onsets)


def exchange(musegen, model, name, moved, seed):
    """A tune's first bars, played as a call, and the answer; nil where there was none."""
    path = ROOT / "midi" / f"{name}.mid"
    numerator, denominator = metre(path)
    bar = 4 * numerator / denominator
    length = BARS * bar
    tops = {}
    for start, end, pitch in (note for _, group in sections(path) for note in group):
        if start < length and pitch > tops.get(start, (0, 0))[1]:
            tops[start] = (min(end, length), pitch)
    starts = sorted(tops)
    notes = [(start, min(tops[start][0], following), tops[start][1] + moved)
             for start, following in zip(starts, starts[1:] + [length])]
    found, said = played(
        musegen, model, notes, bar, ["--metre", f"{numerator}/{denominator}", "--answer-bars", str(BARS)],
        2 * length + 2.5 * bar, seed)
    if found is None or len(found[1]) < 5:
        return None
    return Passage(notes, length), Passage(found[1], length)


def spread(values, digits=2):
    """The mean of the seeds' means, and their standard deviation."""
    return f"{numpy.mean(values):.{digits}f} ± {numpy.std(values, ddof=1):.{digits}f}" if len(values) > 1 else (
        f"{numpy.mean(values):.{digits}f}")


def answers(musegen, models, seeds, together):
    print("\n| model | answered | pitch classes in common | with other calls | in the call's key | in another call's | "
          "density, times | of other calls | jigs more compound than reels |\n|---|---|---|---|---|---|---|---|---|")
    for model in models:
        jobs = [(seed, kind, name, moved) for seed in seeds for kind, tunes in (("reel", REELS), ("jig", JIGS))
                for name, moved in tunes]
        with concurrent.futures.ThreadPoolExecutor(together) as pool:
            found = list(pool.map(lambda job: exchange(musegen, model, job[2], job[3], job[0]), jobs))
        columns = [[] for _ in range(7)]
        for seed in seeds:
            of_seed = [(job[1], pair) for job, pair in zip(jobs, found) if job[0] == seed and pair]
            own, other = [], []
            for index, (_, (_, answer)) in enumerate(of_seed):
                for place, (_, (call, _)) in enumerate(of_seed):
                    (own if place == index else other).append((
                        numpy.minimum(answer.classes, call.classes).sum(), answer.key == call.key,
                        abs(math.log(answer.density / call.density))))
            for place, rows in enumerate((own, other)):
                for measure, values in enumerate(zip(*rows)):
                    columns[2 * measure + place].append(numpy.mean(values))
            pairs = [(jig.compound > reel.compound) + 0.5 * (jig.compound == reel.compound)
                     for kind, (_, jig) in of_seed if kind == "jig"
                     for other_kind, (_, reel) in of_seed if other_kind == "reel"]
            if pairs:
                columns[6].append(numpy.mean(pairs))
        cells = [spread(column) for column in columns[:4]] + [
            spread(numpy.exp(column)) for column in columns[4:6]] + [
            spread(columns[6]) if columns[6] else "knows no 6/8"]
        print(f"| {pathlib.Path(model).stem} | {sum(pair is not None for pair in found)} of {len(jobs)} | "
              + " | ".join(cells) + " |", flush=True)


def beats(notes, count):
    """The pitch classes that sound in each beat, of notes in beats."""
    classes = [set() for _ in range(count)]
    for start, end, pitch in notes:
        for beat in range(max(0, int(start + 0.05)), min(count, int(numpy.ceil(end - 0.1)))):
            classes[beat].add(pitch % 12)
    return classes


def accompanied(musegen, model, path, count, seed):
    """What is written to a tune that is played live, and to one that is known to its end."""
    groups = [group for _, group in sections(path)]
    tune = [note for note in groups[0] if note[0] < count]
    live, _ = played(
        musegen, model, tune, 4, ["--mode", "accompany", "--temperature", "0.5"], count + 2, seed)
    folder = pathlib.Path(tempfile.mkdtemp(prefix="jamming-"))
    subprocess.run([musegen, "accompany", path, "-m", model, "--part", "1", "--temperature", "0.5",
                    "--seed", str(seed), "-o", folder / "whole.mid"], check=True, capture_output=True)
    whole = [group for _, group in sections(folder / "whole.mid")]
    if live is None:
        return None
    return [beats(group, count) for group in (
        live[1], sum(whole[1:], []), sum(groups[1:], []), tune)]


def overlap(first, second):
    """How much of the pitch classes of either both have, over all beats from the second bar on."""
    both = sum(len(a & b) for a, b in zip(first[4:], second[4:]))
    either = sum(len(a | b) for a, b in zip(first[4:], second[4:]))
    return both / max(1, either)


def fits(part, tune):
    """How much of what the tune sounds in each beat the accompaniment has as well."""
    both = sum(len(a & b) for a, b in zip(part[4:], tune[4:]))
    return both / max(1, sum(len(b) for b in tune[4:]))


def accompaniments(musegen, model, tunes, seeds, together, count=64):
    tunes = [path for path in tunes if metre(path) == (4, 4) and len(sections(path)) > 1]
    jobs = [(seed, path) for seed in seeds for path in tunes]
    with concurrent.futures.ThreadPoolExecutor(together) as pool:
        found = list(pool.map(lambda job: accompanied(musegen, model, job[1], count, job[0]), jobs))
    print("\n| chords of | common with the original's | of the tune's own pitch classes |\n|---|---|---|")
    for name, index, turn in (
            ("the tune that is played live", 0, 0), ("the tune that is known to its end", 1, 0),
            ("another tune that is played live", 0, 1), ("the original", 2, 0), ("another original", 2, 1)):
        common, fit = [], []
        for seed in seeds:
            rows = [row for job, row in zip(jobs, found) if job[0] == seed and row]
            if len(rows) < 2:
                continue
            pairs = list(zip(rows[turn:] + rows[:turn], rows))
            common.append(numpy.mean([overlap(row[index], own[2]) for row, own in pairs]))
            fit.append(numpy.mean([fits(row[index], own[3]) for row, own in pairs]))
        print(f"| {name} | {spread(common, 3)} | {spread(fit, 3)} |", flush=True)
    print(f"\n{len(tunes)} tunes, {count} beats of each, {len(seeds)} seeds; {sum(map(bool, found))} of {len(jobs)} were "
          "accompanied.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("tables", nargs="*", help="keys, floods, blocks, answers, accompaniments (default: keys floods)")
    parser.add_argument("--musegen", default="musegen")
    parser.add_argument("-m", "--models", nargs="+", default=["folk"])
    parser.add_argument("--given", help="a model of train --given, for accompany")
    parser.add_argument("--tunes", nargs="+", default=[], help="MIDI files for it, the tune their first part")
    parser.add_argument("--seconds", type=float, default=60, help="of each row of keys")
    parser.add_argument("--modes", nargs="+", choices=["answer", "continue", "duet", "accompany", "jack", "rest"],
                        default=["answer", "continue", "duet", "accompany", "jack"],
                        help="of keys and blocks; for blocks also jack, a duet at JACK's server, and rest: nobody plays")
    parser.add_argument("--minutes", type=float, default=10, help="of each row of blocks")
    parser.add_argument("--in-turn", action="store_true", help="one row of blocks after another, not all at once")
    parser.add_argument("--frames", type=int, default=64, help="in a block")
    parser.add_argument("--speed", type=float, default=1, help="how many times as fast the device's clock runs")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--together", type=int, default=4, help="how many answers are asked for at once")
    options = parser.parse_args()
    tables = options.tables or ["keys", "floods"]
    unknown = set(tables) - {"keys", "floods", "blocks", "answers", "accompaniments"}
    if unknown:
        parser.error(f"no table is called {', '.join(sorted(unknown))}")
    musegen = pathlib.Path(options.musegen).resolve()
    models = [str(pathlib.Path(model).resolve()) if pathlib.Path(model).exists() else model
              for model in options.models]
    given = str(pathlib.Path(options.given).resolve()) if options.given else None
    modes = [(model, mode, extra) for model in models for mode, extra in (
        ("answer", ["--answer-bars", "16"]), ("continue", []), ("duet", []))]
    modes += [(given, "accompany", [])] if given else []
    modes = [row for row in modes if row[1] in options.modes]
    seeds = range(1, options.seeds + 1)
    if "keys" in tables:
        print("| mode | model | keys heard | median ms | 95 % ms | longest ms | late |\n|---|---|---|---|---|---|---|")
        for model, mode, extra in modes:
            keys(musegen, model, mode, extra, options.seconds)
    if "floods" in tables:
        floods(musegen, models[0])
    if "blocks" in tables:
        print(f"\n| mode | model | minutes | blocks of {options.frames} | late | the machine stood still | ours | "
              "standstills | beyond the buffer | longest ms |\n|---|---|---|---|---|---|---|---|---|---|", flush=True)
        watch = Watch()
        with concurrent.futures.ThreadPoolExecutor(1 if options.in_turn else len(modes) + 2) as pool:
            rows = [pool.submit(rest, options, watch)] if "rest" in options.modes else []
            rows += [pool.submit(blocks, musegen, *row, options, watch) for row in modes]
            if options.speed == 1 and "jack" in options.modes:
                rows.append(pool.submit(blocks_of_jack, musegen, models[0], options, watch))
            for row in rows:
                print(row.result(), flush=True)
    if "answers" in tables:
        answers(musegen, models, seeds, options.together)
    if "accompaniments" in tables:
        accompaniments(musegen, given, [pathlib.Path(tune).resolve() for tune in options.tunes], seeds,
                       options.together)


if __name__ == "__main__":
    main()
