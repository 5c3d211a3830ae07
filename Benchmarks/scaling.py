#!/usr/bin/env python3
"""Holds two processes of a core each against one process of two threads: `scaling.py midi/`.

    make build MPI=1
    python Benchmarks/scaling.py midi/

Both cut the streams into two shards and come to the same bytes, which is checked. Runs take turns, --turns of each; a
run's figure is the median of its steps' seconds after the first ten, and what is printed is the ratio of each turn's two
figures and the median of those: how much of a second process' speed its messages cost. Exits with 1 where that is more
than 5 %. Only the standard library is needed; on two cores it takes some minutes.
"""
import argparse
import json
import os
import pathlib
import shutil
import statistics
import subprocess
import sys
import tempfile


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("music", nargs="+")
    parser.add_argument("--musegen", default=".build/release/musegen", help="built with MPI=1")
    parser.add_argument("--mpirun", default="mpirun")
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--steps", type=int, default=40)
    parser.add_argument("--layers", type=int, default=2)
    parser.add_argument("--hidden", type=int, default=256)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--ranks", type=int, default=2)
    parser.add_argument("--also", nargs="*", default=[], metavar="FLAG", help="flags of train for the processes")
    options = parser.parse_args()
    musegen = os.path.abspath(options.musegen)
    launch = [options.mpirun, "--oversubscribe", "--bind-to", "none"]
    if os.geteuid() == 0:
        launch.append("--allow-run-as-root")
    with tempfile.TemporaryDirectory() as place:
        common = ["train", *map(os.path.abspath, options.music), "--layers", str(options.layers),
                  "--hidden", str(options.hidden), "--batch", str(options.batch), "--valid", "0",
                  "--shards", str(options.ranks), "--steps", str(options.steps), "--save-every", "1000000"]
        alone, together = [], []
        for turn in range(options.turns):
            for name, figures, command in [
                    ("alone", alone, [musegen, *common, "--threads", str(options.ranks)]),
                    ("together", together, [*launch, "-n", str(options.ranks), musegen, *common, "--threads", "1",
                                            *(f"--{flag}" for flag in options.also)])]:
                figures.append(run(command, f"{place}/{name}"))
            if not options.also:
                models = [pathlib.Path(f"{place}/{name}.safetensors").read_bytes() for name in ("alone", "together")]
                assert models[0] == models[1], "two processes came to another model"
            print(f"turn {turn + 1}: one process {alone[-1] * 1e3:.1f} ms a step, {options.ranks} processes "
                  f"{together[-1] * 1e3:.1f} ms, ratio {together[-1] / alone[-1]:.3f}", flush=True)
    ratio = statistics.median(b / a for a, b in zip(alone, together))
    print(f"{options.layers}x{options.hidden}, {options.batch} streams: median ratio {ratio:.3f}")
    sys.exit(ratio > 1.05)


def run(command, path):
    """The median of a run's seconds a step."""
    shutil.rmtree(path, ignore_errors=True)
    done = subprocess.run([*command, "--run", path, "-o", path + ".safetensors", "--overwrite"],
                          capture_output=True, text=True)
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}: {done.stderr.strip()}")
    lines = [json.loads(line) for line in open(path + "/metrics.jsonl")]
    seconds = [line["seconds"] for line in lines if line["kind"] == "step"]
    return statistics.median(b - a for a, b in zip(seconds[10:], seconds[11:]))


if __name__ == "__main__":
    main()
