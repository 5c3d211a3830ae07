#!/usr/bin/env python3
"""Trains a few steps with --tensorboard, and reads the event files back with TensorBoard's own loader.

    Tools/check-tensorboard.py .build/release/musegen

Needs `pip install tensorboard pillow`; without it, it says so and does nothing.
"""

import io
import json
import pathlib
import subprocess
import sys
import tempfile
import wave

try:
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator
except ImportError:
    print("check-tensorboard: skipped: tensorboard is missing (pip install tensorboard)")
    sys.exit(0)

MIDI = pathlib.Path(__file__).resolve().parent.parent / "midi"


def main():
    musegen = pathlib.Path(sys.argv[1]).resolve()
    with tempfile.TemporaryDirectory() as folder:
        def run(*arguments):
            subprocess.run([musegen, *map(str, arguments)], cwd=folder, check=True)

        options = ["--hidden", 16, "--layers", 2, "--batch", 4, "--window", 32, "--sample-every", 20]
        run("train", MIDI, *options, "--steps", 40, "--run", "run", "-o", "m.safetensors", "--tensorboard")
        events = pathlib.Path(folder, "run", "tensorboard")
        check(events, pathlib.Path(folder, "run", "metrics.jsonl"), 40)
        run("train", "--resume", "run", "--steps", 60)
        check(events, pathlib.Path(folder, "run", "metrics.jsonl"), 60)
        assert len(list(events.iterdir())) == 2, "a session, a file"


def check(events, log, steps):
    every = {"scalars": 0, "histograms": 0, "images": 0, "audio": 0}
    read = EventAccumulator(str(events), size_guidance=every).Reload()
    tags = read.Tags()
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    taken = [line for line in lines if line["kind"] == "step"]
    for tag, field in [("loss/training", "nats"), ("optimizer/learning rate", "learningRate"),
                       ("optimizer/gradient norm", "gradientNorm")]:
        scalars = read.Scalars(tag)
        assert [s.step for s in scalars] == list(range(1, steps + 1)), (tag, [s.step for s in scalars])
        for scalar, line in zip(scalars, taken):
            assert abs(scalar.value - line[field]) <= 1e-6 * abs(line[field]), (tag, scalar, line[field])
    measured = {line["step"]: line["nats"] for line in lines if line["kind"] == "validation"}
    held = {s.step: s.value for s in read.Scalars("loss/held out")}
    assert measured.keys() == held.keys()
    assert all(abs(held[s] - measured[s]) < 1e-5 for s in held)
    for layer in (1, 2):
        for gate in ("forget", "input", "output", "candidate"):
            tag = f"layer {layer}, {gate}"
            histogram = read.Histograms(f"gates/{tag}")[-1].histogram_value
            mean = histogram.sum / histogram.num
            assert sum(histogram.bucket) == histogram.num > 0
            assert (-1 if gate == "candidate" else 0) <= histogram.min <= histogram.max <= 1
            if gate != "candidate":
                assert abs(read.Scalars(f"gates, mean/{tag}")[-1].value - mean) < 1e-5
    samples = read.Images("sample/roll")
    assert [s.step for s in samples] == list(range(20, steps + 1, 20)), [s.step for s in samples]
    for sample in samples:
        try:
            from PIL import Image
        except ImportError:
            continue
        picture = Image.open(io.BytesIO(sample.encoded_image_string))
        picture.load()
        assert picture.size == (sample.width, sample.height), picture.size
        assert len(picture.convert("RGB").getcolors()) > 2
    sounds = read.Audio("sample/sound") if "sample/sound" in tags["audio"] else []
    for sound in sounds:
        with wave.open(io.BytesIO(sound.encoded_audio_string)) as file:
            assert file.getnframes() == sound.length_frames > 0
            assert file.getframerate() == sound.sample_rate
            assert file.getnchannels() == 2
            assert any(file.readframes(file.getnframes()))
    print(f"check-tensorboard: {steps} steps, {len(tags['scalars'])} scalars, "
          f"{len(tags['histograms'])} histograms, {len(samples)} rolls, {len(sounds)} sounds: as logged")


if __name__ == "__main__":
    main()
