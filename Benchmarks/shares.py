#!/usr/bin/env python3
"""Holds pieces against a corpus by what `musegen compare` leaves out: who plays, and how long a key is kept.

    python Benchmarks/shares.py quartet=quartet-pieces:openscore-quartets band=band-pieces:mutopia,freedoom

For each set of pieces and its corpus, as much from the beginning of both as --first says: the share of
all notes that each family of General MIDI instruments has, each piece counting the same, and half the sum of the
differences (total variation, 0 to 1) beside that of two random halves of the corpus; the share of pieces that are
in one key throughout, the keys a minute and the share of bars in the key of most bars, as `musegen info --form`
estimates keys bar by bar. Only the standard library is needed.
"""
import argparse
import collections
import json
import pathlib
import random
import subprocess
import sys
import tempfile

FAMILIES = [
    "piano", "bells", "organ", "guitar", "bass", "strings", "ensemble", "brass", "reed", "pipe", "lead", "pad",
    "effects", "folk", "percussion", "sounds", "drums"]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("sets", nargs="+", metavar="NAME=PIECES:CORPUS[,CORPUS...]")
    parser.add_argument("--first", default="60s")
    parser.add_argument("--programs", action="store_true", help="tell programs apart, not families")
    parser.add_argument("--musegen", default=".build/release/musegen")
    options = parser.parse_args()
    for item in options.sets:
        name, rest = item.split("=", 1)
        pieces, corpus = rest.split(":", 1)
        written, own = looked_at(options, [pieces]), looked_at(options, corpus.split(","))
        report(name, [piece for piece in written if piece], [piece for piece in own if piece])


def looked_at(options, folders):
    with tempfile.TemporaryDirectory() as place:
        trim(options, folders, place)
        return [look(file, options.programs) for file in info(options.musegen, [place])]


def trim(options, folders, place):
    for number, path in enumerate(sorted(p for folder in folders for p in pathlib.Path(folder).rglob("*.mid"))):
        done = subprocess.run(
            [options.musegen, "edit", str(path), "--trim", options.first, "-o", f"{place}/{number:05}.mid"],
            capture_output=True, text=True)
        if done.returncode != 0:
            print(done.stderr.strip(), file=sys.stderr)


def info(musegen, names):
    return json.loads(subprocess.run(
        [musegen, "info", "--form", "--json", *names], check=True, capture_output=True, text=True).stdout)["files"]


def look(file, tells_programs):
    """Shares of instruments, how many keys and how many bars in the main one; nothing of a file without notes."""
    if not file.get("notes"):
        return None
    shares = collections.Counter()
    for track in file["tracks"]:
        if track["notes"]:
            program = track["programs"][0]["number"] if track.get("programs") else 0
            who = "drums" if track["isDrums"] else (
                track["programs"][0]["name"] if tells_programs and track.get("programs") else FAMILIES[program // 8])
            shares[who] += track["notes"] / file["notes"]
    keys = (file.get("form") or {}).get("keys", [])
    bars = collections.Counter()
    for stretch in keys:
        bars[stretch["key"]] += stretch["bars"]
    return dict(
        shares=shares, keys=len(keys), minutes=file["seconds"] / 60,
        main=max(bars.values()) / sum(bars.values()) if bars else None)


def mean(shares):
    total = collections.Counter()
    for piece in shares:
        for who, share in piece.items():
            total[who] += share / len(shares)
    return total


def distance(one, other):
    one, other = mean(one), mean(other)
    return sum(abs(one[who] - other[who]) for who in {*one, *other}) / 2


def report(name, written, own):
    shares = [piece["shares"] for piece in own]
    halves = []
    for seed in range(20):
        random.Random(seed).shuffle(shares)
        middle = len(shares) // 2
        halves.append(distance(shares[:middle], shares[middle:]))
    apart = distance([piece["shares"] for piece in written], shares)
    half = sum(halves) / len(halves)
    print(f"{name}: {len(written)} pieces against {len(own)}; instruments {apart:.3f} apart, halves {half:.3f}: "
          f"{apart / half if half else 0:.1f} times\n")
    print("| | written | corpus |\n|---|---|---|")
    one, other = mean([piece["shares"] for piece in written]), mean(shares)
    for who, _ in sorted({**other, **one}.items(), key=lambda item: -other[item[0]]):
        if max(one[who], other[who]) >= 0.005:
            print(f"| {who} | {100 * one[who]:.1f} % | {100 * other[who]:.1f} % |")
    rows = [
        ("in one key throughout", lambda group: f"{100 * sum(p['keys'] == 1 for p in group) / len(group):.0f} %"),
        ("keys a minute", lambda group: f"{sum(p['keys'] for p in group) / sum(p['minutes'] for p in group):.2f}"),
        ("bars in the piece's main key", lambda group: f"{100 * sum(p['main'] for p in group) / len(group):.0f} %"),
        ("instruments in a piece", lambda group: f"{sum(len(p['shares']) for p in group) / len(group):.1f}")]
    tonal = [piece for piece in written if piece["keys"]], [piece for piece in own if piece["keys"]]
    for words, tell in rows:
        if all(tonal):
            print(f"| {words} | {tell(tonal[0])} | {tell(tonal[1])} |")
    print(flush=True)


if __name__ == "__main__":
    main()
