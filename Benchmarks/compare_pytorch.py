#!/usr/bin/env python3
"""Runs the same networks in musegen and in PyTorch, in turn, and prints the ratios.

    swift build -c release
    python Benchmarks/compare_pytorch.py [--musegen .build/release/musegen] [--rounds 3]

Needs torch (CPU). Both sides use 2 threads, 64 streams, windows of 128 events, 388 events, an
embedding as wide as the hidden state, and Adam; what is timed is forward, backward and update.
Rounds take turns, and the best of each side counts, so that other work on the machine does least
harm. Every musegen figure also says what share it is of the machine's bare packed products, measured
between its own steps.
"""
import argparse
import json
import subprocess
import time

import torch
from torch import nn

V, B, T = 388, 64, 128


class Model(nn.Module):
    def __init__(self, layers, hidden):
        super().__init__()
        self.embedding = nn.Embedding(V, hidden)
        self.rnn = nn.LSTM(hidden, hidden, layers)
        self.output = nn.Linear(hidden, V)

    def forward(self, x, state=None):
        y, state = self.rnn(self.embedding(x), state)
        return self.output(y), state


def torch_training(layers, hidden, bf16, steps):
    model = Model(layers, hidden)
    optimizer = torch.optim.Adam(model.parameters(), lr=1e-4)
    x = torch.randint(V, (T, B))
    y = torch.randint(V, (T, B))
    best = 0.0
    for step in range(steps + 1):
        start = time.perf_counter()
        optimizer.zero_grad()
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            logits, _ = model(x)
            loss = nn.functional.cross_entropy(logits.reshape(-1, V), y.reshape(-1))
        loss.backward()
        optimizer.step()
        if step > 0:
            best = max(best, B * T / (time.perf_counter() - start))
    return best


@torch.no_grad()
def torch_generation(layers, hidden, streams, steps):
    model = Model(layers, hidden).eval()
    token, state = torch.zeros(1, streams, dtype=torch.long), None
    best = 0.0
    for _ in range(5):
        start = time.perf_counter()
        for _ in range(steps):
            logits, state = model(token, state)
            token = logits.argmax(-1)
        best = max(best, streams * steps / (time.perf_counter() - start))
    return best


def musegen(program, *arguments):
    command = [program, "bench", *map(str, arguments), "--json"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--musegen", default=".build/release/musegen")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--only", help="one network, 2x512 say")
    arguments = parser.parse_args()
    torch.set_num_threads(arguments.threads)
    print(f"torch {torch.__version__}, {arguments.threads} threads")

    print("training, events/s:  network | PyTorch f32, bf16 | musegen f32, bf16 (share of packed "
          "products) | f32/f32, bf16/f32, bf16/bf16")
    for name in ("1x256", "2x512", "3x512", "2x1024"):
        if arguments.only and name != arguments.only:
            continue
        layers, hidden = map(int, name.split("x"))
        best = {}
        for _ in range(arguments.rounds):
            for precision in ("f32", "bf16"):
                theirs = torch_training(layers, hidden, precision == "bf16", arguments.steps)
                ours = musegen(
                    arguments.musegen, "train", "--layers", layers, "--hidden", hidden,
                    "--batch", B, "--window", T, "--vocabulary", V, "--precision", precision,
                    "--steps", arguments.steps, "--threads", arguments.threads)
                best["torch " + precision] = max(best.get("torch " + precision, 0), theirs)
                if ours["tokens_per_second"] > best.get(precision, {}).get("tokens_per_second", 0):
                    best[precision] = ours
        f32, bf16 = (best[p]["tokens_per_second"] for p in ("f32", "bf16"))
        shares = [f"{best[p]['share_of_peak']:.0%}" for p in ("f32", "bf16")]
        print(f"{name:7} | {best['torch f32']:8,.0f} {best['torch bf16']:8,.0f} | "
              f"{f32:8,.0f} ({shares[0]}) {bf16:8,.0f} ({shares[1]}) | "
              f"{f32 / best['torch f32']:.2f} {bf16 / best['torch f32']:.2f} "
              f"{bf16 / best['torch bf16']:.2f}", flush=True)

    print("generation, events/s:  network, streams | PyTorch | musegen bf16, int8 | ratios")
    for name, streams in (("2x512", 1), ("2x512", 64)):
        layers, hidden = map(int, name.split("x"))
        theirs, ours = 0.0, dict.fromkeys(("bf16", "int8"), 0.0)
        for _ in range(arguments.rounds):
            theirs = max(theirs, torch_generation(layers, hidden, streams, 100))
            for precision in ours:
                ours[precision] = max(ours[precision], musegen(
                    arguments.musegen, "generate", "--layers", layers, "--hidden", hidden,
                    "--precision", precision, "--streams", streams, "--threads", arguments.threads,
                    "--seconds", 2)["events_per_second"])
        print(f"{name:7} {streams:3} | {theirs:8,.0f} | {ours['bf16']:8,.0f} {ours['int8']:8,.0f} | "
              f"{ours['bf16'] / theirs:.1f} {ours['int8'] / theirs:.1f}", flush=True)


if __name__ == "__main__":
    main()
