#!/usr/bin/env python3
"""Prints a digest of everything that musegen makes from given input, one line each.

    swift build -c release
    Tools/digests.py .build/release/musegen > before.txt
    ... change something that should change nothing, build again ...
    Tools/digests.py .build/release/musegen | diff before.txt -

Tokens of midi/ in every vocabulary, weights after 50 steps of every cell in both precisions on one
and two threads, generated, harmonised and varied pieces, a rendering, pictures, texts and every JSON
output. What differs from run to run by nature (times, memory, paths) is left out. All of it runs on
one machine: other processors round other sums.
"""

import hashlib
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MUSEGEN = str(Path(sys.argv[1]).resolve())
# Figures of the clock and the machine.
FLEETING = {"seconds", "peakMemory", "modified", "bytes", "date", "rate", "created", "trained", "time"}
ENVIRONMENT = dict(os.environ, MUSEGEN_MODELS=str(ROOT / "Sources/ModelCollection/Models"),
                   HOME=tempfile.gettempdir(), XDG_CACHE_HOME="cache", XDG_DATA_HOME="data", COLUMNS="80")


def show(name, data):
    """Prints one line: the digest of `data` and its name."""
    data = data if isinstance(data, bytes) else data.encode()
    print(hashlib.sha256(data).hexdigest()[:16], len(data), name, flush=True)


def run(*arguments, threads=None):
    """What a command prints, on as many processors as given, with standard error where it fails."""
    command = [MUSEGEN, *map(str, arguments)]
    if threads:
        command = ["taskset", "-c", ",".join(map(str, range(threads)))] + command
    done = subprocess.run(command, capture_output=True, env=ENVIRONMENT, stdin=subprocess.DEVNULL)
    if done.returncode:
        print("note: failed:", *command, done.stderr.decode()[:200], file=sys.stderr)
    output = done.stdout.replace(str(ROOT).encode(), b"")
    return output if done.returncode == 0 else output + done.stderr + b"exit %d" % done.returncode


def steady(value):
    """A JSON value without what differs by nature."""
    if isinstance(value, dict):
        return {key: steady(part) for key, part in value.items() if key not in FLEETING}
    return [steady(part) for part in value] if isinstance(value, list) else value


def show_json(name, text):
    """Shows JSON, whole or a line at a time, without what differs by nature."""
    try:
        try:
            values = [json.loads(text)]
        except ValueError:
            values = [json.loads(line) for line in text.splitlines()]
    except ValueError:
        return show(name, text)
    show(name, "\n".join(json.dumps(steady(value), sort_keys=True) for value in values))


def show_weights(name, path):
    """Shows a safetensors file's tensors, names and shapes, but not its metadata."""
    if not Path(path).exists():
        return show(name, "missing")
    data = Path(path).read_bytes()
    size, = struct.unpack("<Q", data[:8])
    header = json.loads(data[8:8 + size])
    header.pop("__metadata__", None)
    show(name, json.dumps(header, sort_keys=True).encode() + data[8 + size:])


def show_files(name, pattern):
    """Shows every file of a pattern, each with its name."""
    for path in sorted(Path(".").glob(pattern)):
        show(f"{name}: {path}", path.read_bytes())


def tokens():
    vocabularies = {
        "performance": [], "tsd": [], "remi": [], "pianoroll": [],
        "performance, programs, no velocities": ["--tokens=performance", "--programs", "--velocity-bins=0"],
        "tsd, programs": ["--tokens=tsd", "--programs"],
        "remi, programs, merges": ["--tokens=remi", "--programs", "--merges=200"],
        "performance, merges": ["--tokens=performance", "--merges=100"],
        "pianoroll, 1/8, holds": ["--tokens=pianoroll", "--frame=1/8", "--holds"],
    }
    for name, options in vocabularies.items():
        options = options or [f"--tokens={name}"]
        show_json(f"tokens of midi/, {name}", run("tokens", "--json", *options, "midi"))
        show(f"tokens report, {name}", run("tokens", *options, "midi"))
        if any("merges" in option for option in options):
            continue
        show(f"tokens of one, {name}", run("tokens", *options, "midi/sakura.mid"))
        Path("tokens.json").write_bytes(run("tokens", "--json", *options, "midi/sakura.mid"))
        Path("decoded.mid").unlink(missing_ok=True)
        run("tokens", "--decode", "tokens.json", "-o", "decoded.mid")
        show_files(f"decoded, {name}", "decoded.mid")


def weights():
    small = ["--hidden=48", "--layers=2", "--embedding=24", "--steps=50"]
    variants = {
        "lstm": [], "gru": ["--cell=gru"], "rnn": ["--cell=rnn"],
        "rnn relu": ["--cell=rnn", "--activation=relu", "--init=identity"],
    }
    for cell, options in variants.items():
        for precision in ["f32", "bf16"]:
            for threads in [1, 2]:
                name = f"{cell}-{precision}-{threads}".replace(" ", "-")
                log = run("train", "midi", *small, *options, f"--precision={precision}", "--json",
                          "-o", f"{name}.safetensors", "--run", f"runs/{name}", threads=threads)
                show_weights(f"weights after 50 steps, {name}", f"{name}.safetensors")
                show_json(f"log of training, {name}", log)
    more = {
        "everything": ["--layer-norm", "--residual", "--learned-start", "--recurrent-dropout=0.1",
                       "--init=orthogonal", "--average=0.9", "--hidden=32", "--embedding=32",
                       "--tied-weights", "--label-smoothing=0.1", "--stretch=0.05", "--velocity=5"],
        "gru-everything": ["--cell=gru", "--layer-norm", "--learned-start", "--recurrent-dropout=0.1",
                           "--init=glorot", "--clip-value=0.1"],
        "merges": ["--tokens=remi", "--programs", "--merges=100", "--valid=0.2"],
        "frames": ["--tokens=pianoroll", "--valid=midi/a*.mid"],
        "sgd": ["--optimizer=sgd", "--schedule=step", "--learning-rate=0.1"],
        "further": ["--from=lstm-f32-1.safetensors", "--freeze=1"],
    }
    for name, options in more.items():
        settings = small[3:] if name == "further" else small
        log = run("train", "midi", *settings, *options, "--json", "--precision=f32",
                  "-o", f"{name}.safetensors", "--run", f"runs/{name}")
        show_weights(f"weights after 50 steps, {name}", f"{name}.safetensors")
        show_weights(f"checkpoint after 50 steps, {name}",
                     f"runs/{name}/checkpoint-000000050.safetensors")
        show_json(f"log of training, {name}", log)


def pieces():
    for model in ["folk", "piano", "quartet", "song", "chorales", "drums", "band"]:
        run("generate", "-m", model, "-n", 4, "--seed", 5, "--length=20s", "-o", f"{model}.mid")
        show_files("generated", f"{model}*.mid")
    steered = {
        "key": ["--key=D-minor", "--density=4"], "strict": ["--key=G-major", "--strict-key", "--range=C3-C6"],
        "bars": ["--length=16bars", "--temperature=0.7:1.1", "--top-k=12", "--top-p=0.95"],
        "best": ["--best-of=3", "--typical=0.9", "--min-p=0.02", "--repetition-penalty=1.3"],
        "beam": ["--beam=4", "--length=60notes", "--primer=C4 E4 G4"],
        "primer": ["--primer=midi/dundee.mid", "--primer-length=8s", "--polyphony=2", "--pitch-temperature=0.8"],
    }
    for name, options in steered.items():
        run("generate", "-m", "folk", "--seed", 9, "--length=15s", "-o", f"steered-{name}.mid", *options)
    run("generate", "-m", "band", "--seed=3", "--length=12s", "--instruments=0,40,drums", "--metre=3/4",
        "--tempo=100", "-o", "steered-band.mid")
    run("generate", "-m", "lstm-f32-1.safetensors", "--seed=3", "--length=12s", "-o", "steered-trained.mid")
    run("generate", "-m", "rnn-relu-f32-1.safetensors", "--seed=3", "--length=12s", "-o", "steered-relu.mid")
    show_files("generated", "steered-*.mid")
    run("harmonize", "-m", "chorales", "midi/dundee.mid", "--seed=2", "--particles=16", "-o", "harmony.mid")
    run("vary", "-m", "folk", "midi/the-kesh-jig.mid", "--seed=2", "-o", "varied.mid")
    run("vary", "-m", "piano", "midi/beethoven-fur-elise.mid", "--seed=4", "--candidates=8", "-o", "varied-piano.mid")
    show_files("filled in", "[hv]ar*.mid")
    run("render", "midi/sakura.mid", "-o", "sakura.wav")
    run("render", "midi/sakura.mid", "-o", "sakura.flac", "--normalize=-1", "--fade-out=2s", "--reverb=0")
    show_files("rendered", "sakura.*")


def reports():
    show_json("info of midi/", run("info", "--json", "midi"))
    show("info of midi/ as text", run("info", "midi"))
    show("info of a file as text", run("info", "midi/bach-prelude-bwv-846.mid"))
    show("notes of midi/", run("info", "--notes", "midi"))
    show("roll in the terminal", run("info", "--roll", "--", "midi/korobeiniki.mid"))
    run("info", "midi/korobeiniki.mid", "--roll", "roll.svg")
    show_files("drawn", "roll.svg")
    for model in ["folk", "piano", "quartet", "song", "chorales", "drums", "band"]:
        show_json(f"info of {model}", run("info", "--json", ROOT / f"Sources/ModelCollection/Models/{model}.safetensors"))
        if model != "drums":
            show_json(f"eval of {model}", run("eval", "--json", "-m", model, "midi/dundee.mid", "midi/korobeiniki.mid"))
    show_json("models", run("models", "--json"))
    show("models as text", run("models"))
    show_json("compare", run("compare", "--json", "steered-best.mid", "midi"))
    show_json("copied", run("copied", "--json", "steered-primer.mid", "midi"))
    show("compare as text", run("compare", "midi/s*.mid", "midi"))
    show("copied as text", run("copied", "midi/s*.mid", "midi"))
    show_json("corpora", run("corpus", "list", "--json"))
    show("plot as text", run("plot", "runs/lstm-f32-1", "runs/gru-f32-1", "-o", "plot.svg"))
    show_files("drawn", "plot.svg")
    for cell in ["rnn", "gru", "lstm"]:
        show(f"gradients of {cell}", run("gradients", "--csv", "--cell", cell, "--distance=60", "--hidden=32"))
    show("gradients as text", run("gradients", "--distance=60", "--hidden=32", "-o", "gradients.svg"))
    show_files("drawn", "gradients.svg")
    show("gradients of a model", run("gradients", "--csv", "-m", "lstm-f32-1.safetensors", "midi/dundee.mid"))
    show("memory task", run("gradients", "--task=copy", "--cell=gru", "--lags=5", "--steps=60", "--hidden=24"))
    configuration = run("train", "--preset=folk", "--print-config")
    show("configuration", configuration)


work = tempfile.mkdtemp(prefix="musegen-digests-")
try:
    os.chdir(work)
    os.symlink(ROOT / "midi", "midi")
    os.environ["HOME"] = work
    for part in [tokens, weights, pieces, reports]:
        part()
finally:
    os.chdir("/")
    shutil.rmtree(work)
