#!/usr/bin/env python3
"""Asks a model for styles, and a classifier that never saw those pieces what they are.

    python Benchmarks/styles.py -m piano --classifier composers.safetensors --styles Mozart,Chopin,Schubert
    python Benchmarks/styles.py -m folk --classifier kinds.safetensors --styles reel,jig,waltz --flags "--guidance 2"

As many pieces of each style are drawn, 100 in all, and `musegen classify` reads them. Told are the share that is
taken for what was asked for, with Wilson's interval, and who is taken for whom. By chance it is one in as many
styles as the classifier tells apart. Pieces are kept in --out, in a folder of the model's name, the flags and the length:
what is drawn already is not drawn again, and another model of that name, another number of pieces or another place of a
style in the list need another folder. Only the standard library is needed.
"""
import argparse
import collections
import json
import math
import pathlib
import shlex
import subprocess
import sys


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("-m", "--model", required=True)
    parser.add_argument("--classifier", required=True)
    parser.add_argument("--styles", required=True)
    parser.add_argument("--flags", default="")
    parser.add_argument("-n", type=int, default=100)
    parser.add_argument("--length", default="60s")
    parser.add_argument("--musegen", default=".build/release/musegen")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("styles"))
    options = parser.parse_args()
    styles = options.styles.split(",")
    table = collections.defaultdict(collections.Counter)
    way = "".join([pathlib.Path(options.model).stem, *options.flags.split(), "-", options.length]).replace("/", "_")
    for number, style in enumerate(styles):
        folder = options.out / way / style.replace(" ", "-")
        count = options.n // len(styles)
        seed = 1000 * number + 1
        remember(folder, dict(model=options.model, count=count, seed=seed))
        if len(list(folder.glob("*.mid"))) < count:
            subprocess.run(
                [options.musegen, "generate", "-m", options.model, "--style", style, "-n", str(count), "--seed",
                 str(seed), "--length", options.length, "-o", str(folder / "p.mid"), "--overwrite",
                 *shlex.split(options.flags)], check=True, stdout=subprocess.DEVNULL)
        told = json.loads(subprocess.run(
            [options.musegen, "classify", "-m", options.classifier, "--json", str(folder)], check=True,
            capture_output=True, text=True).stdout)
        for piece in told:
            best = max(piece["labels"], key=lambda label: label["probability"])
            table[style][best["label"]] += 1
    total = sum(sum(row.values()) for row in table.values())
    right = sum(table[style][style] for style in styles)
    low, high = wilson(right, total)
    print(f"{right} of {total} pieces are taken for what was asked for: {100 * right / total:.0f} % "
          f"({100 * low:.0f} to {100 * high:.0f}).\n")
    labels = styles + sorted({label for row in table.values() for label in row} - set(styles))
    print(f"| asked for | {' | '.join(labels)} |\n|---{'|---' * len(labels)}|")
    for style in styles:
        print(f"| {style} | {' | '.join(str(table[style][label]) for label in labels)} |")


def remember(folder, settings):
    """Ends where what is kept was made otherwise: it would be told as what these settings make."""
    path = folder.with_name(folder.name + ".json")
    if path.exists() and json.loads(path.read_text()) != settings:
        sys.exit(f"styles.py: {folder} has what another model, number of pieces or place in the list made; "
                 "name another folder by --out")
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings))


def wilson(right, total, z=1.96):
    share, square = right / total, z * z / total
    middle = (share + square / 2) / (1 + square)
    reach = z * math.sqrt(share * (1 - share) / total + square / 4 / total) / (1 + square)
    return middle - reach, middle + reach


if __name__ == "__main__":
    main()
