#!/usr/bin/env python3
"""Measures how fast musegen, symusic (C++) and mido read MIDI files, on one core, in one run.

    Benchmarks/compare_symusic.py FOLDER... [--rounds 5] [--passes 3]      (pip install symusic mido)

The files are in memory before any clock starts. Rounds take turns, so that a busy machine slows all
alike; in each, both read all files so many times, and the best pass counts. Speeds are those of the best
round, the ratio to symusic is the median of the rounds'. mido, which is slow, reads every fortieth file.
"""

import argparse
import io
import json
import os
import statistics
import subprocess
import time

import mido
import symusic

MUSEGEN = ".build/release/musegen"
ENDINGS = (".mid", ".midi", ".kar", ".rmi")


def midi_files(folders):
    for folder in folders:
        for parent, _, names in os.walk(folder):
            for name in names:
                if name.lower().endswith(ENDINGS):
                    yield os.path.join(parent, name)


def symusic_pass(contents):
    """Seconds, and how many notes were read."""
    notes = 0
    start = time.perf_counter()
    for data in contents:
        notes += symusic.Score.from_midi(data).note_num()
    return time.perf_counter() - start, notes


def mido_pass(contents):
    start = time.perf_counter()
    for data in contents:
        mido.MidiFile(file=io.BytesIO(data))
    return time.perf_counter() - start


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--passes", type=int, default=3)
    arguments = parser.parse_args()

    contents = []
    for path in sorted(midi_files(arguments.folders)):
        with open(path, "rb") as file:
            data = file.read()
        try:
            symusic.Score.from_midi(data)
            mido.MidiFile(file=io.BytesIO(data)) if len(contents) % 40 == 0 else None
            contents.append(data)
        except Exception as error:
            print(f"{path}: left out for all but musegen: {error}")
    size = sum(map(len, contents)) / 1e6
    sample = contents[::40]
    sample_size = sum(map(len, sample)) / 1e6

    best = {}
    ratios = []
    for _ in range(arguments.rounds):
        ours = json.loads(
            subprocess.run(
                [MUSEGEN, "bench", "parse", "--json",
                 "--passes", str(arguments.passes), *arguments.folders],
                stdout=subprocess.PIPE, check=True,
            ).stdout
        )
        seconds, notes = min(symusic_pass(contents) for _ in range(arguments.passes))
        ratios.append(ours["scoreMegabytesPerSecond"] * seconds / size)
        for name, rate in {
            "musegen, events": ours["parseMegabytesPerSecond"],
            "musegen, score": ours["scoreMegabytesPerSecond"],
            "symusic, score": size / seconds,
            "mido, events": sample_size / mido_pass(sample),
        }.items():
            best[name] = max(best.get(name, 0), rate)

    print(f"{len(contents)} files, {size:.1f} MB, {notes} notes (symusic), {ours['notes']} (musegen)")
    for name, rate in best.items():
        print(f"{name:16} {rate:8.1f} MB/s")
    print(f"musegen / symusic, to the score: {statistics.median(ratios):.2f}")
    print(f"musegen / mido, to the events: {best['musegen, events'] / best['mido, events']:.0f}")


if __name__ == "__main__":
    main()
