#!/usr/bin/env python3
"""Trains every cell on every set with every seed, and writes one table and one picture.

    python Benchmarks/cells.py --set nottingham=nott/train,nott/valid,nottingham-frames \
        --set jsb=jsb/train,jsb/valid,jsb-frames --cells lstm,gru,rnn --seeds 1,2,3 --time 10m

All networks of a set have the same layers and, as nearly as their hidden size can make it, as many
parameters as an LSTM of --hidden; all train for the same --time, or the same --epochs. What else is
to be set for all goes after `--`: `-- --recall none`; what is compared need not be cells:
`--variant plain="--recall none"` adds a row of its own, an LSTM with these flags, and `--cells ''`
leaves the others out.

Everything is kept in --out (cells by default): a run folder for each, cells.md and cells.svg. What is
finished there is not trained again, and what was interrupted goes on: call it again with the same
words. Intervals are Student's over the seeds, 95 %. The loss is the lowest on the valid pieces;
no other pieces are looked at.
"""
import argparse
import json
import pathlib
import shlex
import shutil
import subprocess
import sys

# t of Student's distribution at 97.5 %, by degrees of freedom.
STUDENT = [None, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]
COLOURS = ["#1b6ca8", "#d1495b", "#2e8b57", "#8d5fd3", "#c77d0a", "#555555", "#009ba4", "#b5446e"]


def main():
    own, extra = split(sys.argv[1:])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--musegen", default=".build/release/musegen")
    parser.add_argument("--set", action="append", required=True, metavar="NAME=TRAIN,VALID,PRESET")
    parser.add_argument("--cells", default="lstm,gru,rnn")
    parser.add_argument("--variant", action="append", default=[], metavar="NAME=FLAGS")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--time")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--out", default="cells")
    options = parser.parse_args(own)
    if (options.time is None) == (options.epochs is None):
        parser.error("give --time or --epochs")
    limit = ["--time", options.time] if options.time else ["--epochs", str(options.epochs)]
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    rows = [(cell, ["--cell", cell]) for cell in options.cells.split(",") if cell]
    rows += [(name, shlex.split(flags)) for name, flags in
             (variant.split("=", 1) for variant in options.variant)]
    sets = [(name, *rest.split(",")) for name, rest in
            (item.split("=", 1) for item in options.set)]
    results = {}
    for seed in options.seeds.split(","):
        for name, train, valid, preset in sets:
            common = [train, "--valid", valid, "--preset", preset, "--seed", seed, *limit, *extra]
            whole = parameters(options, ["--hidden", str(options.hidden), *common])
            for row, flags in rows:
                hidden = options.hidden
                if "--cell" in flags:
                    hidden = fitting(options, flags + common, whole)
                folder = out / name / row / seed
                arguments = [*flags, "--hidden", str(hidden), *common]
                result = run(options, folder, arguments)
                results.setdefault((name, row), []).append(dict(result, hidden=hidden))
                write(out, sets, rows, results, options, extra)


def split(arguments):
    if "--" not in arguments:
        return arguments, []
    place = arguments.index("--")
    return arguments[:place], arguments[place + 1:]


def parameters(options, arguments, known={}):
    """How many parameters a network has, as musegen itself counts them."""
    key = tuple(arguments)
    if key not in known:
        folder = pathlib.Path(options.out) / ".size"
        shutil.rmtree(folder, ignore_errors=True)
        shape = list(arguments)
        for flag in ("--time", "--epochs", "--valid"):
            if flag in shape:
                del shape[shape.index(flag):shape.index(flag) + 2]
        folder.mkdir()
        model = folder / "model.safetensors"
        subprocess.run(
            [options.musegen, "train", *shape, "--steps", "1", "--valid", "0", "--window", "2",
             "--batch", "1", "-o", model, "--run", folder / "run"],
            check=True, stdout=subprocess.DEVNULL)
        text = subprocess.run(
            [options.musegen, "info", model, "--json"], check=True, capture_output=True, text=True)
        known[key] = json.loads(text.stdout)["models"][0]["parameters"]
        shutil.rmtree(folder)
    return known[key]


def fitting(options, arguments, whole):
    """The hidden size, a multiple of 16, with which a network has nearest so many parameters."""
    count = lambda units: parameters(options, [*arguments, "--hidden", str(units * 16)])
    low, high = 1, 2 * options.hidden // 16 + 64
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if count(middle) <= whole else (low, middle)
    return 16 * min((low, high), key=lambda units: abs(count(units) - whole))


def run(options, folder, arguments):
    said = folder / "arguments.json"
    if said.exists() and json.loads(said.read_text()) != arguments:
        sys.exit(f"{folder} was trained with other arguments; give another --out, or remove it")
    training = folder / "run"
    if not (training / "finished.json").exists():
        folder.mkdir(parents=True, exist_ok=True)
        said.write_text(json.dumps(arguments))
        print(f"{folder}: {' '.join(map(str, arguments))}", flush=True)
        begun = any(training.glob("checkpoint-*"))
        where = ["--resume", training] if begun else [
            *arguments, "--run", training, "-o", folder / "model.safetensors", "--overwrite"]
        with open(folder / "log", "a") as log:
            subprocess.run([options.musegen, "train", *where], check=True, stdout=log)
    events = [json.loads(line) for line in (training / "metrics.jsonl").read_text().splitlines()]
    measured = [event for event in events if "isBest" in event]
    best = min(measured, key=lambda event: event["nats"])
    perFrame = "natsPerFrame" in best
    steps = [event for event in events if "tokens" in event]
    return {"nats": best["natsPerFrame"] if perFrame else best["nats"],
            "unit": "frame" if perFrame else "event",
            "epochs": steps[-1]["epoch"],
            "speed": sum(step["tokens"] for step in steps) / events[-1]["seconds"]}


def mean(values):
    return sum(values) / len(values)


def interval(values):
    """Half of the 95 % interval of the mean; None for one value."""
    count = len(values)
    if count < 2:
        return None
    middle = mean(values)
    deviation = (sum((v - middle) ** 2 for v in values) / (count - 1)) ** 0.5
    return STUDENT[min(count - 1, len(STUDENT) - 1)] * deviation / count ** 0.5


def write(out, sets, rows, results, options, extra):
    lines = [f"Written by `python Benchmarks/cells.py {' '.join(shlex.quote(a) for a in sys.argv[1:])}`.",
             "", "Lowest loss on the valid pieces in nats, mean over the seeds and its 95 % interval.", ""]
    for name, _, valid, preset in sets:
        found = [(row, results[name, row]) for row, _ in rows if (name, row) in results]
        if not found:
            continue
        unit = found[0][1][0]["unit"]
        lines += [f"## {name}", "",
                  f"| | hidden | nats per {unit} | seeds | epochs | events/s |", "|---|---|---|---|---|---|"]
        for row, runs in found:
            values = [run["nats"] for run in runs]
            half = interval(values)
            spread = "" if half is None else f" ± {half:.3f}"
            lines.append(
                f"| {row} | {runs[0]['hidden']} | {mean(values):.3f}{spread} | "
                f"{', '.join(f'{v:.3f}' for v in values)} | {mean([r['epochs'] for r in runs]):.1f} | "
                f"{mean([r['speed'] for r in runs]):,.0f} |")
        lines.append("")
    (out / "cells.md").write_text("\n".join(lines))
    (out / "cells.svg").write_text(picture(sets, rows, results))


def picture(sets, rows, results):
    """For each set a line, for each row a dot on it with its interval, and its seeds as rings."""
    width, left, height = 720, 130, 24 * len(rows) + 44
    parts = []
    for index, (name, *_) in enumerate(sets):
        found = [(row, [run["nats"] for run in results[name, row]])
                 for row, _ in rows if (name, row) in results]
        if not found:
            continue
        ends = [v + s * (interval(values) or 0) for _, values in found for v in values for s in (-1, 1)]
        low, high = min(ends), max(ends)
        room = (high - low or 1) * 0.05
        place = lambda v: left + (v - low + room) / (high - low + 2 * room) * (width - left - 20)
        top = index * height
        parts.append(f'<text x="8" y="{top + 18}" font-weight="bold">{name}</text>')
        for line, (row, values) in enumerate(found):
            y, colour = top + 40 + 24 * line, COLOURS[line % len(COLOURS)]
            middle, half = mean(values), interval(values) or 0
            parts.append(f'<text x="8" y="{y + 4}">{row}</text>')
            parts.append(f'<line x1="{left}" x2="{width - 20}" y1="{y}" y2="{y}" stroke="#ddd"/>')
            parts.append(f'<line x1="{place(middle - half):.1f}" x2="{place(middle + half):.1f}" '
                         f'y1="{y}" y2="{y}" stroke="{colour}" stroke-width="3"/>')
            for value in values:
                parts.append(f'<circle cx="{place(value):.1f}" cy="{y}" r="4" fill="none" '
                             f'stroke="{colour}"/>')
            parts.append(f'<circle cx="{place(middle):.1f}" cy="{y}" r="4" fill="{colour}"/>')
            parts.append(f'<text x="{place(middle) + 8:.1f}" y="{y - 6}" font-size="10" '
                         f'fill="{colour}">{middle:.3f}</text>')
    return (f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height * len(sets)}" '
            f'font-family="sans-serif" font-size="13"><rect width="100%" height="100%" fill="#fff"/>'
            + "".join(parts) + "</svg>\n")


if __name__ == "__main__":
    main()
