#!/usr/bin/env python3
"""Measures how fast musegen, symusic (C++) and mido read MIDI files, on one core, in one run.

    Benchmarks/compare_symusic.py FOLDER... [--rounds 5] [--passes 3]      (pip install symusic mido)
    Benchmarks/compare_symusic.py --each FOLDER...                         a row for every folder, without mido

The files are in memory before any clock starts. Rounds take turns, so that a busy machine slows all
alike; in each, both read all files so many times, and the best pass counts. Speeds are those of the best
round, ratios the median of the rounds': of times by the clock, and of the processor's, which other work
disturbs less. mido, which is slow, reads every fortieth file.
"""

import argparse
import io
import json
import os
import statistics
import subprocess
import time

import symusic

ENDINGS = (".mid", ".midi", ".kar", ".rmi")


def midi_files(folder):
    for parent, _, names in os.walk(folder):
        for name in names:
            if name.lower().endswith(ENDINGS):
                yield os.path.join(parent, name)


def load(folders):
    """The bytes of all files that symusic can read."""
    contents = []
    for path in sorted(path for folder in folders for path in midi_files(folder)):
        with open(path, "rb") as file:
            data = file.read()
        try:
            symusic.Score.from_midi(data)
            contents.append(data)
        except Exception as error:
            print(f"{path}: left out for all but musegen: {error}")
    return contents


def symusic_pass(contents):
    """Seconds by the clock, those of the processor, and how many notes were read."""
    notes = 0
    start, processor = time.perf_counter(), time.process_time()
    for data in contents:
        notes += symusic.Score.from_midi(data).note_num()
    return time.perf_counter() - start, time.process_time() - processor, notes


def mido_rate(contents):
    """Megabytes a second, of those of every fortieth file that mido can read."""
    import mido

    size = 0
    seconds = 0
    for data in contents[::40]:
        start = time.perf_counter()
        try:
            mido.MidiFile(file=io.BytesIO(data))
        except Exception:
            continue
        seconds += time.perf_counter() - start
        size += len(data)
    return size / 1e6 / seconds


class Comparison:
    """musegen and symusic on the files of some folders."""

    def __init__(self, folders, arguments):
        self.contents = load(folders)
        self.size = sum(map(len, self.contents)) / 1e6
        self.events = self.score = self.symusic = 0
        self.ratios, self.processor_ratios = [], []
        command = [arguments.musegen, "bench", "parse", "--json", "--passes", str(arguments.passes)]
        for _ in range(arguments.rounds):
            run = subprocess.run(command + folders, stdout=subprocess.PIPE, check=True)
            ours = json.loads(run.stdout)
            passes = [symusic_pass(self.contents) for _ in range(arguments.passes)]
            seconds, processor, self.notes = map(min, zip(*passes))
            size = ours["bytes"] / 1e6
            self.events = max(self.events, ours["parseMegabytesPerSecond"])
            self.score = max(self.score, ours["scoreMegabytesPerSecond"])
            self.symusic = max(self.symusic, self.size / seconds)
            self.ratios.append(size / ours["scoreSeconds"] / (self.size / seconds))
            self.processor_ratios.append(
                size / ours["scoreProcessorSeconds"] / (self.size / processor))
            self.musegen_notes = ours["notes"]
        self.ratio = statistics.median(self.ratios)
        self.processor_ratio = statistics.median(self.processor_ratios)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--each", action="store_true", help="a row for every folder, without mido")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--passes", type=int, default=3)
    parser.add_argument("--musegen", default=".build/release/musegen", help="the program measured")
    arguments = parser.parse_args()

    if arguments.each:
        print("| folder | files | MB | events, MB/s | score, MB/s | symusic, MB/s | ratio | processor |")
        print("|---|---|---|---|---|---|---|---|")
        for folder in arguments.folders:
            found = Comparison([folder], arguments)
            name = os.path.basename(os.path.normpath(folder))
            print(
                f"| {name} | {len(found.contents)} | {found.size:.1f} | {found.events:.0f} "
                f"| {found.score:.0f} | {found.symusic:.0f} | {found.ratio:.2f} "
                f"| {found.processor_ratio:.2f} |", flush=True)
        return

    found = Comparison(arguments.folders, arguments)
    mido = max(mido_rate(found.contents) for _ in range(arguments.rounds))
    print(
        f"{len(found.contents)} files, {found.size:.1f} MB, {found.notes} notes (symusic), "
        f"{found.musegen_notes} (musegen)")
    for name, rate in {
        "musegen, events": found.events,
        "musegen, score": found.score,
        "symusic, score": found.symusic,
        "mido, events": mido,
    }.items():
        print(f"{name:16} {rate:8.1f} MB/s")
    print(
        f"musegen / symusic, to the score: {found.ratio:.2f} ({found.processor_ratio:.2f} of the processor's time)")
    print(f"musegen / mido, to the events: {found.events / mido:.0f}")


if __name__ == "__main__":
    main()
