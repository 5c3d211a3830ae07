#!/usr/bin/env python3
"""Draws pieces that are asked for by key, and tells how many are in it.

    python Benchmarks/conditions.py CORPUS told=told.safetensors plain=plain.safetensors \
        --ways "told:" "told:--guidance 1.5" "plain:" --keys G-major,D-major,A-minor -n 100

Each WAY is a model by its name above and the flags that are added to `musegen generate`. The pieces of a
way are shared out evenly among the keys, or with `--keys corpus` as the corpus shares them out: without, how far
they are from the corpus tells of the keys that were asked for, too, as pieces in minor have more notes beside their
scale. A piece's key is estimated by the correlation of how long each pitch class sounds with
the profiles of Krumhansl and Kessler (1982), from the MIDI files and in Python: by something else than musegen's own.

Beside it stands how well the corpus agrees with itself: the share of its pieces whose first half, cut in
the middle of their notes' time, has the key of the whole. "late" is the share of pieces whose last third
is in the asked key: what was told before the piece may be forgotten there. "scale" counts the relative
key as well, which has the same notes. Distances come from `musegen compare`, over the halves' own.

Everything is kept in --out (conditions by default); what is drawn already is not drawn again, and another model of
that name, other keys, numbers or lengths need another folder.
"""
import argparse
import collections
import json
import pathlib
import shlex
import subprocess
import sys

import mido

MAJOR = [6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88]
MINOR = [6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17]
NAMES = ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"]


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", type=pathlib.Path)
    parser.add_argument("models", nargs="+", metavar="NAME=MODEL")
    parser.add_argument("--ways", nargs="+", required=True, metavar="NAME:FLAGS")
    parser.add_argument("--keys", default="G-major,D-major,A-major,C-major,E-minor,A-minor")
    parser.add_argument("-n", type=int, default=100)
    parser.add_argument("--length", default="60s")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--musegen", default=".build/release/musegen")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("conditions"))
    options = parser.parse_args()
    models = dict(model.split("=", 1) for model in options.models)
    own = [halves(path) for path in sorted(options.corpus.rglob("*.mid"))]
    own = [pair for pair in own if None not in pair]
    agreement = sum(first == whole for first, whole in own) / len(own)
    scales = sum(scale(first) == scale(whole) for first, whole in own) / len(own)
    asked = counts(options.keys, [whole for _, whole in own], options.n)
    lines = [
        f"Of the corpus' {len(own)} pieces {agreement:.3f} have the same key in their first half as in "
        f"the whole, {scales:.3f} the same scale.",
        "",
        "| model | flags | in the asked key | over the corpus' agreement | late | in its scale "
        "| scale consistency | pitch-class entropy |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for way in options.ways:
        name, flags = way.split(":", 1)
        folder = options.out / str(options.seed) / (name + "".join(flags.split()).replace("/", "_"))
        remember(folder, dict(model=models[name], asked=asked, length=options.length))
        found = []
        for index, (key, count) in enumerate(asked.items()):
            # One piece alone bears no number.
            paths = [folder / (f"{key}-{number + 1:0{len(str(count))}}.mid" if count > 1 else f"{key}.mid")
                     for number in range(count)]
            if not all(path.exists() for path in paths):
                seed = 100_000 * (options.seed - 1) + 1000 * index + 1
                subprocess.run(
                    [options.musegen, "generate", "-m", models[name], "--key", key, "-n", str(count),
                     "--seed", str(seed), "--length", options.length, "--overwrite",
                     "-o", str(folder / f"{key}.mid"), *shlex.split(flags)],
                    check=True, stdout=subprocess.DEVNULL)
            wanted = parse(key)
            for path in paths:
                notes = read(path)
                found.append((
                    estimate(notes) == wanted, estimate(part(notes, 2 / 3, 1)) == wanted,
                    scale(estimate(notes)) == scale(wanted)))
        shares = [sum(piece[place] for piece in found) / len(found) for place in range(3)]
        distances = compare(options.musegen, folder, options.corpus, options.length)
        lines.append(
            f"| {name} | {flags or '-'} | {shares[0]:.2f} | {shares[0] / agreement:.2f} "
            f"| {shares[1]:.2f} | {shares[2]:.2f} | {distances['scaleConsistency']} "
            f"| {distances['pitchClassEntropy']} |")
        print(lines[-1], flush=True)
    text = "\n".join(lines) + "\n"
    (options.out / "conditions.md").write_text(text)
    print(text)


def remember(folder, settings):
    """Ends where what is kept was made otherwise: it would be told as what these settings make, or beside it."""
    path = folder.with_name(folder.name + ".json")
    if path.exists() and json.loads(path.read_text()) != settings:
        sys.exit(f"conditions.py: {folder} has what another model, other keys, numbers or lengths made; "
                 "name another folder by --out")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings))


def counts(keys, own, n):
    """How many pieces are asked for in each key."""
    if keys != "corpus":
        names = keys.split(",")
        return {key: n // len(names) + (index < n % len(names)) for index, key in enumerate(names)}
    shares = {key: n * count / len(own) for key, count in collections.Counter(own).most_common()}
    found = {key: int(share) for key, share in shares.items()}
    for key in sorted(shares, key=lambda key: found[key] - shares[key])[:n - sum(found.values())]:
        found[key] += 1
    return {f"{NAMES[tonic]}-{'minor' if is_minor else 'major'}": count
            for (tonic, is_minor), count in found.items() if count > 0}


def compare(musegen, pieces, corpus, length):
    """The mean of a feature, and its distance over that of the corpus' halves, of what pieces begin with."""
    report = json.loads(subprocess.run(
        [musegen, "compare", str(pieces), str(corpus), "--json", "--first", length], check=True,
        capture_output=True, text=True).stdout)
    return {
        feature["feature"]:
            f"{feature['pieceMean']:.3f}, {feature['distance'] / feature['halves']:.1f} times"
        for feature in report["features"] if "pieceMean" in feature and feature["halves"] > 0}


def read(path):
    """The notes of a file but drums: onset and end in seconds, and pitch."""
    file = mido.MidiFile(path)
    notes, sounding, seconds = [], {}, 0.0
    for message in file:
        seconds += message.time
        if message.type not in ("note_on", "note_off") or message.channel == 9:
            continue
        key = (message.channel, message.note)
        if message.type == "note_on" and message.velocity > 0:
            sounding.setdefault(key, []).append(seconds)
        elif sounding.get(key):
            notes.append((sounding[key].pop(0), seconds, message.note))
    return notes


def part(notes, first, last):
    """What of the notes sounds in a part of their time."""
    start = min((note[0] for note in notes), default=0)
    end = max((note[1] for note in notes), default=0)
    low, high = start + first * (end - start), start + last * (end - start)
    return [(max(onset, low), min(stop, high), pitch) for onset, stop, pitch in notes
            if onset < high and stop > low]


def halves(path):
    notes = read(path)
    return estimate(part(notes, 0, 1 / 2)), estimate(notes)


def estimate(notes):
    """The likeliest key as (tonic, is minor); None where no pitch class stands out."""
    weights = [0.0] * 12
    for onset, end, pitch in notes:
        weights[pitch % 12] += end - onset
    best = None
    for tonic in range(12):
        rotated = [weights[(index + tonic) % 12] for index in range(12)]
        for is_minor, profile in ((False, MAJOR), (True, MINOR)):
            fit = pearson(rotated, profile)
            if fit is None:
                return None
            if best is None or fit > best[0]:
                best = (fit, (tonic, is_minor))
    return best[1]


def pearson(x, y):
    mean_x, mean_y = sum(x) / 12, sum(y) / 12
    covariance = sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y))
    variance = sum((a - mean_x) ** 2 for a in x) * sum((b - mean_y) ** 2 for b in y)
    return covariance / variance ** 0.5 if variance > 0 else None


def scale(key):
    """The tonic of the major key with the same notes."""
    return key and (key[0] + (3 if key[1] else 0)) % 12


def parse(name):
    tonic, mode = name.split("-")
    return NAMES.index(tonic), mode == "minor"


main()
