#!/usr/bin/env python3
"""Foretells how fast many machines train: `cluster.py`, and `sudo cluster.py --measure` for what it rests on.

    make build MPI=1
    sudo python Benchmarks/cluster.py --measure        # network namespaces as machines, some minutes
    python Benchmarks/cluster.py                       # 64 ranks over 1 and 25 Gb/s, from figures given below

A step of R ranks computes for C seconds, the last B of them going back through the layers from the top, and adds up G
bytes of gradients. A sum in the shards' order passes through the ranks in 4R parts and comes back the same way, parts
behind each other in both directions:

    exact     a * 2 (R - 1) L + b * (k + (2R - 3) / 4R) * G / W      bf16: G / 2
    fast      a * 2 ceil(log2 R) L + c * 2 (R - 1) / R * G / W       (Rabenseifner 2004, as MPIs do it from four on)

with L the latency and W the bandwidth of a link, k = 2 as all but the first and the last rank send every number in both
directions, or 1 where there are two, and a, b and c what --measure fits to sums of 2 and 4 ranks on links held at 100 and
1000 Mb/s, with delays injected. Sections of the gradients become ready as the way back leaves their layers,
so that a step takes

    max over sections s of (when s is ready + time of the sum of all sections from s on)

--accumulate N computes N windows for one such sum; --local-steps K computes K steps and then passes weights and both of
Adam's moments, 3 G', where nothing else goes on. Efficiency is the share of the time in which ranks compute. Only the
standard library is needed.
"""
import argparse
import json
import math
import os
import pathlib
import statistics
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--measure", action="store_true", help="as root: fit a, b and c, and say how well")
    parser.add_argument("--musegen", default=".build/release/musegen", help="built with MPI=1")
    parser.add_argument("--ranks", type=int, default=64)
    parser.add_argument("--gigabits", type=float, nargs="*", default=[1, 25])
    parser.add_argument("--latency", type=float, nargs="*", default=[50e-6, 10e-6], help="seconds, of each network")
    parser.add_argument("--factors", type=float, nargs=3, default=FACTORS, metavar=("A", "B", "C"))
    parser.add_argument("--cores", type=int, default=8, help="of each rank")
    parser.add_argument("--gflops", type=float, default=RATE, help="of a core, as bench train tells")
    parser.add_argument("--streams", type=int, default=64, help="of each rank")
    parser.add_argument("--window", type=int, default=128)
    parser.add_argument("--vocabulary", type=int, default=388)
    options = parser.parse_args()
    factors = measure(os.path.abspath(options.musegen)) if options.measure else options.factors
    print(f"a = {factors[0]:.2f}, b = {factors[1]:.2f}, c = {factors[2]:.2f}; {options.ranks} ranks of {options.cores} cores, "
          f"{options.streams} streams and windows of {options.window} each\n")
    print("| network | Gb/s | sum | ms a step | thousand events/s | efficiency |\n|---|---|---|---|---|---|")
    for layers, hidden in [(2, 512), (3, 1024)]:
        for gigabits, latency in zip(options.gigabits, options.latency):
            for name, kind, windows, steps in [
                    ("exact", "exact", 1, 0), ("fast", "fast", 1, 0), ("bf16", "bf16", 1, 0),
                    ("exact, `--accumulate 4`", "exact", 4, 0), ("exact, `--local-steps 8`", "exact", 1, 8)]:
                seconds, computing, events = step(
                    options, factors, layers, hidden, gigabits * 1e9 / 8, latency, kind, windows, steps)
                print(f"| {layers}x{hidden} | {gigabits:g} | {name} | {seconds * 1e3:,.0f} | "
                      f"{events / seconds / 1e3:,.0f} | {computing / seconds:.0%} |")


# What was measured, see cluster.md.
FACTORS = (1.15, 1.14, 1.24)
# 17,707 events/s of 2x512 in bf16 on two cores, see RESULTS.md.
RATE = 17_707 / 2 * 6 * (2 * 8 * 512 * 512 + 388 * 512) / 1e9


def step(options, factors, layers, hidden, bandwidth, latency, kind, windows, local_steps):
    """Seconds of a step, those of them in which a rank computes, and the events that all ranks read in it."""
    sections = gradients(layers, hidden, options.vocabulary)
    weights = layers * 8 * hidden * hidden + options.vocabulary * hidden
    events = options.streams * options.window
    one = events * 6 * weights / (options.gflops * 1e9 * options.cores)
    total = events * options.ranks * windows

    def passing(numbers, whole):
        return sum_seconds(options.ranks, 4 * numbers, 4 * whole, bandwidth, latency, kind, factors)

    if local_steps:
        parameters = sum(sections) - options.vocabulary * 4 * hidden + 4 * hidden * hidden + options.vocabulary * hidden
        return one + 3 * passing(parameters, parameters) / local_steps, one, total
    # Forward a third of the time; the way back through the output and each layer by their weights.
    shares = [options.vocabulary * hidden] + [8 * hidden * hidden] * layers
    ready, end = windows * one - one * 2 / 3, 0
    for number, share in enumerate(shares):
        ready += one * 2 / 3 * share / sum(shares)
        end = max(end, ready + passing(sum(sections[number:]), sum(sections)))
    return end, windows * one, total


def gradients(layers, hidden, vocabulary):
    """How many gradients of an LSTM pass after each stage of the way back: the output's, then layer by layer."""
    upper = [8 * hidden * hidden + 8 * hidden] * (layers - 1)
    return [vocabulary * hidden + vocabulary, *upper, 4 * hidden * hidden + 8 * hidden + vocabulary * 4 * hidden]


def sum_seconds(ranks, size, whole, bandwidth, latency, kind, factors):
    a, b, c = factors
    if kind == "fast":
        return a * 2 * math.ceil(math.log2(ranks)) * latency + c * 2 * (ranks - 1) / ranks * size / bandwidth
    size, whole = (size / 2, whole / 2) if kind == "bf16" else (size, whole)
    # Parts are those of the whole sum: the chain fills and empties once.
    wire = (1 if ranks == 2 else 2) * size + (2 * ranks - 3) / (4 * ranks) * whole
    return a * 2 * (ranks - 1) * latency + b * wire / bandwidth


def measure(musegen):
    """Fits a, b and c to sums on virtual machines."""
    tool = str(ROOT / "Tools/virtual-cluster.sh")
    rows = []
    try:
        for ranks in (2, 4):
            for rate in (100, 1000):
                subprocess.run([tool, "up", str(ranks), f"{rate}mbit"], check=True)
                for delay in (0, 1000):
                    told = subprocess.run(
                        [tool, "run", "-x", "MUSEGEN_MPI_DELAY", "-n", str(ranks), musegen, "bench", "ranks",
                         "--parameters", "1000000", "--repeats", "5", "--json"],
                        env={**os.environ, "MUSEGEN_MPI_DELAY": str(delay)}, capture_output=True, text=True)
                    if told.returncode != 0:
                        sys.exit(f"{musegen} bench ranks: {told.stderr.strip()}")
                    found = json.loads(told.stdout)
                    for each in found["sums"]:
                        # MPI's own messages are not held back.
                        if each["kind"] == "fast" and delay:
                            continue
                        size = 4 * each["count"]
                        hop, wire = [
                            sum_seconds(ranks, size, size, rate * 1e6 / 8, delay * 1e-6 + FLOOR, each["kind"], factors)
                            for factors in ((1, 0, 0), (0, 1, 1))]
                        rows.append((ranks, rate, delay, each["kind"], each["count"], hop, wire, each["seconds"]))
    finally:
        subprocess.run([tool, "down"])
    # What delays alone take, and what millions of numbers take without: medians, as other work on the machine disturbs.
    a = statistics.median(t / h for _, _, delay, kind, count, h, w, t in rows if delay and count < 10_000)
    b, c = [
        statistics.median((t - a * h) / w for ranks, _, delay, kind, count, h, w, t in rows
                          if (kind == "fast") == is_fast and not delay and count >= 1_000_000
                          and not (is_fast and ranks == 2))
        for is_fast in (False, True)]
    print("| ranks | Mb/s | delay | sum | numbers | measured ms | model ms |\n|---|---|---|---|---|---|---|")
    for ranks, rate, delay, kind, count, h, w, t in rows:
        print(f"| {ranks} | {rate} | {delay} µs | {kind} | {count:,} | {t * 1e3:.1f} | "
              f"{(a * h + (c if kind == 'fast' else b) * w) * 1e3:.1f} |")
    print()
    return a, b, c


# The latency of a link of virtual machines by itself, in seconds.
FLOOR = 50e-6

if __name__ == "__main__":
    main()
