#!/usr/bin/env python3
"""Measures what models write against the music that they learned from.

    python Benchmarks/models.py folk=nottingham-jukedeck/midi piano=piano-midi-de
    python Benchmarks/models.py --ways ";--temperature 0.9;--temperature 0.8 --top-p 0.98" folk=...

For each model (a name or a file) and each way to draw from it, pieces are written and compared with the
corpus: a row of Markdown for each, all of `musegen compare`'s rows in columns, as times the corpus' own
half-to-half distance. With `--first` that is of excerpts from the beginning of the corpus' pieces, as long as
what is written: a minute of a sonata is no sonata. Beside them stands what chance makes of so few pieces: how far as many
of the corpus' own, drawn at random, are from its others, of the same length. Where that is more than half of the corpus,
half of it is drawn, and the distance is made less as chance does. "inf" is where the corpus' pieces are all alike and those
that are written are not. `--copied` also tells the longest passage of any piece that stands in the
corpus. Only the standard library is needed.
"""

import argparse
import json
import math
import os
import random
import shutil
import subprocess
import sys
import tempfile


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("models", nargs="+", metavar="MODEL=FOLDER[,FOLDER...]")
    parser.add_argument("--musegen", default=".build/release/musegen")
    parser.add_argument("--ways", default="", help="flags of generate, separated by semicolons")
    parser.add_argument("--pieces", type=int, default=100)
    parser.add_argument("--length", default="60s")
    parser.add_argument("--first", action="store_true", help="compare with beginnings of that length")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--chance", type=int, default=3, help="how many draws of the corpus' own pieces")
    parser.add_argument("--copied", action="store_true")
    parser.add_argument("--keep", help="a folder that keeps the pieces")
    return parser.parse_args()


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
    return done.stdout


def files(folders):
    found = [
        os.path.join(place, name)
        for folder in folders
        for place, _, names in os.walk(folder, followlinks=True)
        for name in names
        if name.lower().endswith((".mid", ".midi"))
    ]
    return sorted(found)


def gathered(folders, place):
    """One folder for a corpus of several."""
    if len(folders) == 1:
        return folders[0]
    for path in files(folders):
        os.symlink(os.path.abspath(path), os.path.join(place, f"{len(os.listdir(place)):05}.mid"))
    return place


def compared(options, pieces, corpus, figure):
    """A figure of each feature; None where nothing tells it, as nothing tells the pitches of drums."""
    first = ["--first", options.length] if options.first else []
    features = json.loads(run(options.musegen, "compare", pieces, corpus, "--json", *first))["features"]
    return {feature["feature"]: feature.get(figure) for feature in features}


def times(distance, half):
    """A distance over the corpus' half-to-half distance; None where one of them is not told, or both are 0."""
    if distance is None or half is None or distance == half == 0:
        return None
    return distance / half if half else math.inf


def drawn_distances(options, own, seed):
    """How far pieces of a corpus, drawn at random, are from its others, as of as many pieces that are not its own."""
    count = max(1, min(options.pieces, len(own) // 2))
    drawn = set(random.Random(seed).sample(own, count))
    with tempfile.TemporaryDirectory() as some, tempfile.TemporaryDirectory() as others:
        for number, path in enumerate(own):
            os.symlink(os.path.abspath(path), os.path.join(some if path in drawn else others, f"{number:05}.mid"))
        distances = compared(options, some, others, "distance")
    # Means of n and of N pieces differ by the root of 1/n + 1/N.
    scale = math.sqrt((1 / options.pieces + 1 / len(own)) / (1 / count + 1 / (len(own) - count)))
    return {name: distance and distance * scale for name, distance in distances.items()}


def row(name, flags, values, more=""):
    cells = ["-" if value is None else f"{value:.1f}" for value in values]
    print(f"| {name} | {flags} | {' | '.join(cells)} |{more}", flush=True)


def measure(options, model, folders, head):
    with tempfile.TemporaryDirectory() as place:
        corpus = gathered(folders, place)
        own = files([corpus])
        if len(own) < 2:
            sys.exit(f"models: {', '.join(folders)}: {len(own)} MIDI file found, expected two or more")
        halves = compared(options, corpus, corpus, "halves")
        chance = []
        for seed in range(options.chance):
            distances = drawn_distances(options, own, seed)
            chance.append({name: times(distances[name], half) for name, half in halves.items()})
        if not head:
            names = list(halves)
            print(f"| model | flags | {' | '.join(names)} |{' copied |' if options.copied else ''}")
            print("|---" * (2 + len(names) + options.copied) + "|")
        if chance:
            means = [
                None if any(draw[name] is None for draw in chance)
                else sum(draw[name] for draw in chance) / len(chance)
                for name in chance[0]
            ]
            row(os.path.basename(model), "the corpus' own", means, " |" if options.copied else "")
        # Piece k of a seed is the first of the seed k further on: seeds beside one another would share nearly all.
        first = 1000 * (options.seed - 1) + 1
        for number, way in enumerate(options.ways.split(";")):
            written = os.path.join(options.keep, f"{os.path.basename(model)}-{number}") if options.keep else tempfile.mkdtemp()
            os.makedirs(written, exist_ok=True)
            run(
                options.musegen, "generate", "-m", model, "-n", str(options.pieces), "--seed", str(first),
                "--length", options.length, "-o", os.path.join(written, "p.mid"), "--overwrite", *way.split())
            more = ""
            if options.copied:
                shared = json.loads(run(options.musegen, "copied", written, corpus, "--json"))
                more = f" {longest(shared)} |"
            distances = compared(options, written, corpus, "distance")
            row(os.path.basename(model), f"`{way.strip()}`" if way.strip() else "-",
                [times(distances[name], half) for name, half in halves.items()], more)
            if not options.keep:
                shutil.rmtree(written)


def longest(report):
    counts = [piece["passage"]["noteCount"] for piece in report if piece.get("passage")]
    return max(counts, default=0)


def main():
    options = arguments()
    for index, argument in enumerate(options.models):
        model, _, folders = argument.partition("=")
        if not folders:
            sys.exit(f"models: {argument} names no corpus, expected MODEL=FOLDER")
        measure(options, model, folders.split(","), index > 0)


if __name__ == "__main__":
    main()
