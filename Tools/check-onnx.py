#!/usr/bin/env python3
"""Holds musegen against onnxruntime and PyTorch: models of every cell and the shipped ones, event by event.

    Tools/check-onnx.py .build/release/musegen     (pip install onnx onnxruntime torch safetensors numpy)

Both graphs, of a window and of a step, must say what `musegen eval --logits` says, to 1e-5 of the greatest logit; and so
must the module of Tools/pytorch_model.py. Without these packages it says so and does nothing.
"""

import json
import pathlib
import subprocess
import sys
import tempfile

try:
    import numpy as np
    import onnx
    import onnxruntime  # noqa: F401
    import torch
    import safetensors  # noqa: F401
except ImportError as error:
    print(f"check-onnx: skipped: {error.name} is missing (pip install onnx onnxruntime torch safetensors numpy)")
    sys.exit(0)

import onnx_session
import pytorch_model

ROOT = pathlib.Path(__file__).resolve().parent.parent
TINY = ["--hidden", "24", "--embedding", "16", "--batch", "2", "--window", "32", "--steps", "20", "--valid", "0"]
CASES = {
    "rnn": ["--cell", "rnn", "--layers", "2", "--learned-start", "--recall", "3"],
    "rnn, relu": ["--cell", "rnn", "--activation", "relu", "--layers", "1", "--recall", "none"],
    "gru": ["--cell", "gru", "--layers", "2", "--layer-norm", "--learned-start"],
    "lstm": ["--cell", "lstm", "--layers", "3", "--residual", "--layer-norm", "--learned-start", "--tokens", "remi"],
    "lstm, tied": ["--cell", "lstm", "--layers", "2", "--embedding", "24", "--tied-weights", "--no-recall-gate"],
    "lstm, told": ["--cell", "lstm", "--layers", "2", "--conditions", "density,metre", "--tokens", "tsd"],
    "lstm, given": ["--cell", "lstm", "--layers", "2", "--given", "highest", "--tokens", "remi"],
    "qrnn": ["--cell", "qrnn", "--layers", "2", "--learned-start", "--residual"],
    "rru": ["--cell", "rru", "--layers", "2", "--learned-start", "--recall", "2,6,18"],
}
TUNES = [ROOT / f"midi/{name}.mid" for name in ("lightly-row", "three-blind-mice", "oh-susanna", "dundee")]
SHIPPED = ["folk", "quartet"]
PIECE, EVENTS = ROOT / "midi/bach-prelude-bwv-846.mid", 250


def main():
    musegen = pathlib.Path(sys.argv[1]).resolve()
    failed = False
    with tempfile.TemporaryDirectory() as folder:
        def run(*arguments):
            done = subprocess.run([musegen, *map(str, arguments)], cwd=folder, capture_output=True, text=True)
            assert done.returncode == 0, (arguments, done.stderr)
            return done.stdout

        for name in list(CASES) + SHIPPED:
            if name in CASES:
                run("train", *TUNES, *TINY, *CASES[name], "-o", "model.safetensors", "--overwrite")
            else:
                run("convert", "-m", name, "-o", "model.safetensors", "--overwrite")
            for graph in ("window", "step"):
                run("convert", "model.safetensors", "-o", f"{graph}.onnx", "--graph", graph, "--overwrite")
                onnx.checker.check_model(f"{folder}/{graph}.onnx", full_check=True)
            lines = run("eval", PIECE, "-m", "model.safetensors", "--logits").splitlines()[:EVENTS]
            events = [json.loads(line) for line in lines]
            ours = np.array([event["logits"] for event in events])
            scale = max(1.0, abs(ours).max())
            model, _ = pytorch_model.load(f"{folder}/model.safetensors")
            with torch.no_grad():
                torch_says, _ = pytorch_model.compare(model, lines)
            differences = {
                "window": abs(onnx_session.window(f"{folder}/window.onnx", events) - ours).max() / scale,
                "step": abs(onnx_session.step(f"{folder}/step.onnx", events) - ours).max() / scale,
                "PyTorch": torch_says / scale}
            print(f"{name}: {len(events)} events, " + ", ".join(f"{k} {v:.1e}" for k, v in differences.items()))
            failed |= any(not value < 1e-5 for value in differences.values())
    sys.exit("check-onnx: something differs by more than 1e-5" if failed else 0)


if __name__ == "__main__":
    main()
