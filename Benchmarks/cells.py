#!/usr/bin/env python3
"""Trains every cell on every set with every seed, and writes one table and one picture.

    python Benchmarks/cells.py --set nottingham=nott/train,nott/valid,nottingham-frames \
        --set jsb=jsb/train,jsb/valid,jsb-frames --seeds 1,2,3 --equal-time 3000

All networks of a set have the same layers and, as nearly as their hidden size can make it, as many
parameters as an LSTM of --hidden. With --equal-time 300 the first row of a set trains for 300 steps, and
each other for as many as it does in the same time: what a step costs is measured before, in processor time
on one thread, in turns with the others, so that other work on the machine takes from none. With --time all
train for so long by the clock, which is fair on a quiet machine alone; with --epochs as many. What else is
to be set for all goes after `--`: `-- --recall none`; what is compared need not be cells:
`--variant plain="--recall none"` adds a row of its own, an LSTM with these flags, and `--cells ''`
leaves the others out. Cells that carry no hidden state from step to step, qrnn and rru, train without the
recurrent dropout of the preset, which has nothing to drop there.

Everything is kept in --out (cells by default): a run folder for each, cells.md and cells.svg. What is
finished there is not trained again, and what was interrupted, also by Ctrl-C, goes on: call it again with
the same words, or with more cells, variants, sets and seeds. Intervals are Student's over the seeds, 95 %.
The loss is the lowest on the valid pieces; no other pieces are looked at.
"""
import argparse
import html
import json
import os
import pathlib
import shlex
import shutil
import subprocess
import sys

# t of Student's distribution at 97.5 %, by degrees of freedom.
STUDENT = [None, 12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262]
# Cells that have no recurrent dropout, and refuse a preset's.
WITHOUT_RECURRENT_DROPOUT = {"qrnn", "rru"}
COLOURS = ["#1b6ca8", "#d1495b", "#2e8b57", "#8d5fd3", "#c77d0a", "#555555", "#009ba4", "#b5446e"]


def main():
    own, extra = split(sys.argv[1:])
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--musegen", default=".build/release/musegen")
    parser.add_argument("--set", action="append", required=True, metavar="NAME=TRAIN,VALID,PRESET")
    parser.add_argument("--cells", default="lstm,gru,rnn,qrnn,rru")
    parser.add_argument("--variant", action="append", default=[], metavar="NAME=FLAGS")
    parser.add_argument("--seeds", default="1,2,3")
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--equal-time", type=int, metavar="STEPS")
    parser.add_argument("--time")
    parser.add_argument("--epochs", type=int)
    parser.add_argument("--out", default="cells")
    options = parser.parse_args(own)
    if [options.equal_time, options.time, options.epochs].count(None) != 2:
        parser.error("give --equal-time, --time or --epochs")
    limit = ["--time", options.time] if options.time else ["--epochs", str(options.epochs)]
    if options.equal_time:
        limit = []
    out = pathlib.Path(options.out)
    out.mkdir(parents=True, exist_ok=True)
    rows = [(cell, trainable(["--cell", cell])) for cell in options.cells.split(",") if cell]
    for variant in options.variant:
        name, sign, flags = variant.partition("=")
        if not (name and sign):
            parser.error(f"--variant {variant}: expected NAME=FLAGS")
        rows.append((name, trainable(shlex.split(flags))))
    sets = []
    for item in options.set:
        name, _, rest = item.partition("=")
        if not name or rest.count(",") != 2:
            parser.error(f"--set {item}: expected NAME=TRAIN,VALID,PRESET")
        sets.append((name, *rest.split(",")))
    for names in [row for row, _ in rows], [name for name, *_ in sets]:
        if len(names) != len(set(names)):
            parser.error(f"two of one name among {', '.join(names)}")
    if not rows:
        parser.error("nothing to compare: give --cells or --variant")
    results = {}
    for seed in options.seeds.split(","):
        for name, train, valid, preset in sets:
            common = [train, "--valid", valid, "--preset", preset, "--seed", seed, *limit, *extra]
            sizes = shapes(options, out / name, rows, common)
            arguments = {row: [*flags, "--hidden", str(sizes[row]), *common] for row, flags in rows}
            steps = {}
            if options.equal_time:
                costs = costOfStep(options, out / name, arguments)
                first = costs[rows[0][0]]
                steps = {row: round(options.equal_time * first / cost) for row, cost in costs.items()}
            for row, _ in rows:
                more = ["--steps", str(steps[row])] if steps else []
                result = run(options, out / name / row / seed, arguments[row] + more)
                if steps:
                    result["speed"] = result["tokens"] / steps[row] / costs[row]
                results.setdefault((name, row), []).append(dict(result, hidden=sizes[row]))
                write(out, sets, rows, results, options)


def trainable(flags):
    """A row's flags, without recurrent dropout where its cell has nothing to drop there."""
    cell = dict(zip(flags, flags[1:])).get("--cell")
    isIdle = cell in WITHOUT_RECURRENT_DROPOUT and "--recurrent-dropout" not in flags
    return flags + (["--recurrent-dropout", "0"] if isIdle else [])


def split(arguments):
    if "--" not in arguments:
        return arguments, []
    place = arguments.index("--")
    return arguments[:place], arguments[place + 1:]


def kept(path, rows, make):
    """What a file says of each row; what it does not say yet is made and kept there."""
    known = json.loads(path.read_text()) if path.exists() else {}
    missing = [row for row in rows if row not in known]
    if missing:
        known |= make(missing, known)
        path.parent.mkdir(parents=True, exist_ok=True)
        unfinished = path.with_suffix(".unfinished")
        unfinished.write_text(json.dumps(known))
        unfinished.replace(path)
    return {row: known[row] for row in rows}


def shapes(options, folder, rows, common):
    """The hidden size of each row."""
    asked = kept(folder / "asked.json", ["hidden"], lambda *_: {"hidden": options.hidden})["hidden"]
    if asked != options.hidden:
        sys.exit(f"{folder} was begun with --hidden {asked}; give another --out, or remove it")

    def make(missing, _):
        whole = parameters(options, ["--hidden", str(options.hidden), *common])
        return {row: fitting(options, flags + common, whole) if "--cell" in flags else options.hidden
                for row, flags in rows if row in missing}
    return kept(folder / "hidden.json", [row for row, _ in rows], make)


def costOfStep(options, folder, arguments, steps=(2, 8), rounds=5):
    """The seconds of processor time that a step of each row takes on one thread: the first row's median, and
    the others' by the medians of their ratios to it, as all slow down together where the machine is busy."""
    def seconds(row, count):
        place = pathlib.Path(options.out) / ".speed"
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        shape = list(arguments[row])
        shape[shape.index("--valid") + 1] = "0"
        process = subprocess.Popen(
            [options.musegen, "train", *shape, "--steps", str(count), "--threads", "1",
             "-o", place / "model.safetensors", "--run", place / "run"],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        shutil.rmtree(place)
        if status != 0:
            sys.exit(f"training {row} failed: {' '.join(map(str, shape))}")
        return usage.ru_utime + usage.ru_stime

    first = next(iter(arguments))

    def make(missing, known):
        measured = {row: [] for row in dict.fromkeys([first, *missing])}
        for _ in range(rounds):
            for row in measured:
                spent = [seconds(row, count) for count in steps]
                measured[row].append((spent[1] - spent[0]) / (steps[1] - steps[0]))
        base = known.get(first) or median(measured[first])
        return {row: base * median([one / other for one, other in zip(measured[row], measured[first])])
                for row in missing}
    return kept(folder / "seconds.json", list(arguments), make)


def median(values):
    return sorted(values)[len(values) // 2]


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
        status = subprocess.run(
            [options.musegen, "train", *shape, "--steps", "1", "--valid", "0", "--window", "2",
             "--batch", "1", "-o", model, "--run", folder / "run"],
            stdout=subprocess.DEVNULL).returncode
        if status != 0:
            sys.exit(f"training failed with status {status}: {' '.join(map(str, shape))}")
        known[key] = parametersOf(options, model)
        shutil.rmtree(folder)
    return known[key]


def parametersOf(options, model):
    """How many parameters a model has."""
    text = subprocess.run(
        [options.musegen, "info", model, "--json"], check=True, capture_output=True, text=True)
    return json.loads(text.stdout)["models"][0]["parameters"]


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
            status = finish(subprocess.Popen([options.musegen, "train", *where], stdout=log))
        if status != 0:
            sys.exit(f"{folder}: training ended with status {status}; the same words go on with it")
    events = [json.loads(line) for line in (training / "metrics.jsonl").read_text().splitlines()]
    measured = [event for event in events if "isBest" in event]
    best = min(measured, key=lambda event: event["nats"])
    perFrame = "natsPerFrame" in best
    steps = [event for event in events if "tokens" in event]
    return {"parameters": parametersOf(options, folder / "model.safetensors"),
            "tokens": sum(step["tokens"] for step in steps),
            "nats": best["natsPerFrame"] if perFrame else best["nats"],
            "unit": "frame" if perFrame else "event",
            "epochs": steps[-1]["epoch"],
            "speed": sum(step["tokens"] for step in steps) / events[-1]["seconds"]}


def finish(process):
    """The status with which a training ends, waited for also after Ctrl-C, at which it saves what it has."""
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            pass


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


def write(out, sets, rows, results, options):
    lines = [f"Written by `python Benchmarks/cells.py {' '.join(shlex.quote(a) for a in sys.argv[1:])}`.",
             "", "Lowest loss on the valid pieces in nats, mean over the seeds and its 95 % interval."
             + (" All rows of a set train for the same processor time; events/s are of one thread."
                if options.equal_time else ""), ""]
    for name, _, valid, preset in sets:
        found = [(row, results[name, row]) for row, _ in rows if (name, row) in results]
        if not found:
            continue
        unit = found[0][1][0]["unit"]
        lines += [f"## {name}", "",
                  f"| | hidden | parameters | nats per {unit} | seeds | epochs | events/s |",
                  "|---|---|---|---|---|---|---|"]
        for row, runs in found:
            values = [run["nats"] for run in runs]
            half = interval(values)
            spread = "" if half is None else f" ± {half:.3f}"
            lines.append(
                f"| {row} | {runs[0]['hidden']} | {runs[0]['parameters']:,} | {mean(values):.3f}{spread} | "
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
        parts.append(f'<text x="8" y="{top + 18}" font-weight="bold">{html.escape(name)}</text>')
        for line, (row, values) in enumerate(found):
            y, colour = top + 40 + 24 * line, COLOURS[line % len(COLOURS)]
            middle, half = mean(values), interval(values) or 0
            parts.append(f'<text x="8" y="{y + 4}">{html.escape(row)}</text>')
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
