"""What a large collection costs: reading it, starting again, adding to it, training on it: Benchmarks/volumes.md.

    python Benchmarks/volumes.py --musegen .build/release/musegen --files 50000 piano-midi-de/ pop909/

Makes so many files of real ones, in each of which the pitches within every third are exchanged with each other at random,
so that no two are near-duplicates; trains a small network for a few steps, twice, and once more with some files added.
All is compared with `musegen bench parse` on some of the files, one process a core. Needs NumPy; what it makes is
removed.
"""

import argparse
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import time

import numpy

LETTERS = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")


def pitch_places(data):
    """The places of all pitches of notes but drums in a MIDI file's bytes; none where it is odd."""
    places, place = [], 14
    while place + 8 <= len(data):
        kind, size = data[place:place + 4], int.from_bytes(data[place + 4:place + 8], "big")
        end = min(place + 8 + size, len(data))
        at, status = place + 8, 0
        place = end
        if kind != b"MTrk":
            continue
        try:
            while at < end:
                while data[at] & 0x80:
                    at += 1
                at += 1
                if data[at] & 0x80:
                    status = data[at]
                    at += 1
                if status in (0xFF, 0xF0, 0xF7):
                    at += status == 0xFF
                    length = 0
                    while True:
                        length = length << 7 | data[at] & 0x7F
                        at += 1
                        if not data[at - 1] & 0x80:
                            break
                    at += length
                    continue
                if status < 0x80:
                    return []
                if status & 0xF0 in (0x80, 0x90, 0xA0) and status & 0xF != 9:
                    places.append(at)
                at += 1 if status & 0xF0 in (0xC0, 0xD0) else 2
        except IndexError:
            return []
    return places


def make(sources, folder, numbers, random):
    """Writes varied files, a thousand in each folder."""
    size = 0
    for number in numbers:
        data, places = sources[number % len(sources)]
        table = numpy.arange(128, dtype=numpy.uint8)
        for low in range(0, 128, 4):
            random.shuffle(table[low:low + 4])
        varied = data.copy()
        varied[places] = table[varied[places] & 127]
        below = folder / f"{number // 1000:04}"
        below.mkdir(parents=True, exist_ok=True)
        (below / f"{number:07}.mid").write_bytes(varied.tobytes())
        size += len(varied)
    return size


class Run:
    """A training run: when it said what, and what it took."""

    def __init__(self, command, environment):
        start = time.monotonic()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environment)
        self.lines = []
        for line in process.stdout:
            self.lines.append((time.monotonic() - start, LETTERS.sub("", line).strip()))
        _, status, usage = os.wait4(process.pid, 0)
        self.seconds = time.monotonic() - start
        self.processor = usage.ru_utime + usage.ru_stime
        self.megabytes = usage.ru_maxrss / 1024
        if status != 0:
            raise SystemExit("\n".join(line for _, line in self.lines))

    def time(self, pattern):
        """When a line was said, and what of it was asked for."""
        for seconds, line in self.lines:
            found = re.search(pattern, line)
            if found:
                return seconds, found
        return None, None


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--musegen", default=".build/release/musegen")
    parser.add_argument("--files", type=int, default=5_000)
    parser.add_argument("--steps", type=int, default=20)
    parser.add_argument("--least-bytes", type=int, default=0, help="leave out smaller files")
    parser.add_argument("--folder", help="where the files are made; a temporary one if left out")
    parser.add_argument("music", nargs="+")
    arguments = parser.parse_args()

    sources = []
    for name in arguments.music:
        for path in sorted(pathlib.Path(name).rglob("*.mid")):
            data = path.read_bytes()
            places = pitch_places(data)
            if places and len(data) >= arguments.least_bytes:
                sources.append(
                    (numpy.frombuffer(data, numpy.uint8), numpy.array(places, numpy.int64)))
    print(f"{len(sources)} real files", flush=True)
    work = pathlib.Path(tempfile.mkdtemp(prefix="volumes-", dir=arguments.folder))
    try:
        measure(arguments, sources, work)
    finally:
        shutil.rmtree(work)


def measure(arguments, sources, work):
    random = numpy.random.default_rng(1)
    music = work / "music"
    size = make(sources, music, range(arguments.files), random)
    print(f"{arguments.files:,} files, {size / 1e6:,.0f} MB", flush=True)
    environment = dict(os.environ, XDG_CACHE_HOME=str(work / "cache"))

    # As much music for each core as is read in some seconds.
    cores = len(os.sched_getaffinity(0))
    samples = [str(music / f"{number:04}") for number in range(max(1, min(3, arguments.files // 1000)))]
    parsers = [
        subprocess.Popen(
            [arguments.musegen, "bench", "parse", "--passes", "3", *samples],
            stdout=subprocess.PIPE, text=True) for _ in range(cores)]
    texts = [parser.communicate()[0] for parser in parsers]
    joint = sum(float(re.search(r"parse to score +([\d.]+)", text)[1]) for text in texts)
    print(f"parsers      {joint:8.1f} MB/s on {cores} cores", flush=True)

    def train(name, what):
        run = Run(
            [arguments.musegen, "train", str(music), "--run", str(work / name), "-o",
             str(work / f"{name}.safetensors"), "--steps", str(arguments.steps), "--layers", "1",
             "--hidden", "64", "--embedding", "32", "--batch", "16", "--window", "64", "--valid",
             str(min(0.1, 50 / arguments.files))],
            environment)
        started, counts = run.time(r"([\d,]+) pieces?, ([\d,]+) events")
        _, reading = run.time(r"read ([\d,]+) files? in ([\d.]+) s")
        text = f"{what:12} begins after {started:7.1f} s"
        if reading:
            seconds = float(reading[2])
            files = int(reading[1].replace(",", ""))
            share = size / 1e6 / seconds
            text += (f"; read in {seconds:.1f} s: {files / seconds:,.0f} files/s")
            if files == arguments.files:
                events = int(counts[2].replace(",", ""))
                text += (f", {events / seconds / 1e6:.1f} million events/s, {share:.1f} MB/s, "
                         f"{share / joint:.2f} of the parsers")
        print(f"{text}; {run.processor:.1f} processor seconds, peak {run.megabytes:,.0f} MB", flush=True)
        return counts

    counts = train("first", "first")
    print(f"             {counts[1]} pieces, {counts[2]} events", flush=True)
    bytes_kept = sum(path.stat().st_size for path in (work / "cache").rglob("*") if path.is_file())
    print(f"             {bytes_kept / 1e6:,.0f} MB kept", flush=True)
    train("again", "again")
    same = (work / "first.safetensors").read_bytes() == (work / "again.safetensors").read_bytes()
    print(f"             the same model: {'yes' if same else 'no'}", flush=True)
    make(sources, music, range(arguments.files, arguments.files + max(1, arguments.files // 100)), random)
    train("added", "1 % added")


if __name__ == "__main__":
    main()
