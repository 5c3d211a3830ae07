#!/usr/bin/env python3
"""Compares musegen's rendering of MIDI files with that of the program `fluidsynth`.

    Benchmarks/compare_fluidsynth.py FOLDER [--musegen .build/release/musegen] [--count 40]

Both play the same SoundFont at the same settings. Of the folder's files those that hold system
exclusive messages, several ports or bank changes come first, up to three quarters of the sample; the
rest is spread evenly over all others. For each file, of its first minutes:

- lag: how much later musegen's sound comes, in milliseconds and steps of FluidSynth's 64 frames, where
  the spectrograms of the first twenty seconds fit best;
- correlation: Pearson's, over all cells of two spectrograms, in decibels down to 60 below the loudest, in
  64 bands of equal width in octaves from 40 Hz to 16 kHz, 46 ms apart;
- level: musegen's root mean square against fluidsynth's, in decibels.

Needs numpy and the program fluidsynth (2.3 or later).
"""
import argparse
import pathlib
import subprocess
import tempfile
import wave

import numpy as np

RATE = 44_100
WINDOW, HOP = 4_096, 2_048


def events(data):
    """The status bytes and data of all events of a file, as far as it can be read."""
    position = data.find(b"MTrk")
    while position >= 0:
        end = position + 8 + int.from_bytes(data[position + 4:position + 8], "big")
        at, status = position + 8, 0
        try:
            while at < min(end, len(data)):
                while data[at] & 0x80:
                    at += 1
                at += 1
                if data[at] & 0x80:
                    status = data[at]
                    at += 1
                if status in (0xF0, 0xF7, 0xFF):
                    kind = data[at] if status == 0xFF else 0
                    at += status == 0xFF
                    length = 0
                    while data[at] & 0x80:
                        length = length << 7 | data[at] & 0x7F
                        at += 1
                    length = length << 7 | data[at]
                    at += 1
                    yield status, kind, data[at:at + length]
                    at += length
                else:
                    size = 1 if 0xC0 <= status < 0xE0 else 2
                    yield status, 0, data[at:at + size]
                    at += size
        except IndexError:
            pass
        position = data.find(b"MTrk", max(end, position + 8))


def traits(path):
    """What a file holds that synthesizers differ in."""
    found, ports = set(), set()
    for status, kind, data in events(path.read_bytes()):
        if status == 0xF0:
            makers = {0x41: "Roland", 0x43: "Yamaha", 0x7E: "universal", 0x7F: "universal"}
            found.add(f"sysex {makers.get(data[0] if data else 0, 'other')}")
        elif status == 0xFF and kind == 0x21:
            ports.add(bytes(data))
        elif status & 0xF0 == 0xB0 and data[0] == 0 and data[1] > 0:
            found.add("banks")
        elif status & 0xF0 == 0xB0 and data[0] >= 120 and data[0] != 121:
            found.add("channel modes")
    if len(ports) > 1:
        found.add(f"{len(ports)} ports")
    return sorted(found)


def sample(folder, count):
    """Files of a folder, those with traits first."""
    paths = sorted(p for p in pathlib.Path(folder).rglob("*") if p.suffix.lower() in (".mid", ".midi"))
    known = [(path, traits(path)) for path in paths]
    groups = {}
    for path, found in known:
        groups.setdefault(", ".join(found), []).append(path)
    plain = groups.pop("", [])
    chosen = []
    # One of each combination of traits, then the next of each.
    turn = 0
    while len(chosen) < count * 3 // 4 and any(len(group) > turn for group in groups.values()):
        for found, group in sorted(groups.items()):
            if len(group) > turn and len(chosen) < count * 3 // 4:
                # Spread over the group: neighbours are often by one hand.
                chosen.append((group[(turn * 7919) % len(group) if turn else 0], found))
        turn += 1
    rest = count - len(chosen)
    step = max(1, len(plain) // max(rest, 1))
    chosen += [(path, "") for path in plain[::step][:rest]]
    return list(dict(chosen).items()), len(paths)


def read(path, seconds):
    """The first seconds of a sound file, both sides added."""
    with wave.open(str(path)) as file:
        frames = file.readframes(int(seconds * RATE))
        return np.frombuffer(frames, "<i2").reshape(-1, file.getnchannels()).mean(1) / 32_768


def bands(samples):
    """A spectrogram in decibels: frames x bands."""
    count = max(1, (len(samples) - WINDOW) // HOP + 1)
    padded = np.pad(samples, (0, max(0, WINDOW - len(samples))))
    frames = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP][:count]
    power = np.abs(np.fft.rfft(frames * np.hanning(WINDOW), axis=1)) ** 2
    edges = np.geomspace(40, 16_000, 65) * WINDOW / RATE
    sums = np.concatenate([np.zeros((len(power), 1)), np.cumsum(power, 1)], 1)
    low = np.floor(edges[:-1]).astype(int)
    high = np.maximum(np.floor(edges[1:]).astype(int), low + 1)
    return 10 * np.log10(sums[:, high] - sums[:, low] + 1e-12)


def likeness(one, other):
    """The correlation of two spectrograms, of which 60 dB below the loudest counts as silence."""
    size = min(len(one), len(other))
    one, other = one[:size], other[:size]
    floor = max(one.max(), other.max()) - 60
    one, other = np.maximum(one, floor).ravel(), np.maximum(other, floor).ravel()
    if one.std() and other.std():
        return float(np.corrcoef(one, other)[0, 1])
    return float(np.array_equal(one, other))


def lag(one, other):
    """By how many samples the first comes later, up to 40 ms: where both fit best."""
    one, other = one[:20 * RATE], other[:20 * RATE]
    still = bands(other)
    steps = sorted(range(-27, 28), key=abs)
    reach = 27 * 64
    padded = np.pad(one, reach)
    fits = [likeness(bands(padded[reach + 64 * k:reach + 64 * k + len(other)]), still) for k in steps]
    return 64 * steps[int(np.argmax(fits))]


def compare(ours, theirs):
    shift = lag(ours, theirs)
    ours, theirs = ours[max(0, shift):], theirs[max(0, -shift):]
    size = min(len(ours), len(theirs))
    ours, theirs = ours[:size], theirs[:size]
    level = 10 * np.log10(((ours ** 2).mean() + 1e-12) / ((theirs ** 2).mean() + 1e-12))
    return shift * 1000 / RATE, likeness(bands(ours), bands(theirs)), float(level)


def main():
    arguments = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    arguments.add_argument("folder")
    arguments.add_argument("--musegen", default=".build/release/musegen")
    arguments.add_argument("--soundfont", default="/usr/share/sounds/sf2/TimGM6mb.sf2")
    arguments.add_argument("--count", type=int, default=40)
    arguments.add_argument("--seconds", type=float, default=120)
    chosen = arguments.parse_args()
    files, total = sample(chosen.folder, chosen.count)
    print(f"{len(files)} of {total} files\n")
    print("| file | holds | lag, ms | correlation | level, dB |\n|---|---|---:|---:|---:|")
    results = []
    with tempfile.TemporaryDirectory() as folder:
        ours, theirs = f"{folder}/musegen.wav", f"{folder}/fluidsynth.wav"
        for path, found in files:
            for sound in (ours, theirs):
                pathlib.Path(sound).unlink(missing_ok=True)
            subprocess.run(
                [chosen.musegen, "render", path, "-o", ours, "--soundfont", chosen.soundfont],
                capture_output=True)
            subprocess.run(
                ["fluidsynth", "-niq", "-F", theirs, "-T", "wav", "-O", "s16", "-r", str(RATE), "-g", "0.8",
                 "-o", "synth.device-id=16", chosen.soundfont, path], capture_output=True)
            try:
                sounds = [read(sound, chosen.seconds) for sound in (ours, theirs)]
            except (OSError, EOFError, wave.Error):
                sounds = [[], []]
            if not all(len(sound) > WINDOW and np.any(sound) for sound in sounds):
                silent = [name for name, sound in zip(("musegen", "fluidsynth"), sounds)
                          if len(sound) <= WINDOW or not np.any(sound)]
                print(f"| {path.relative_to(chosen.folder)} | {found} | | no sound of "
                      f"{' and '.join(silent)} | |", flush=True)
                continue
            name = path.relative_to(chosen.folder)
            late, same, level = compare(*sounds)
            results.append((same, level))
            print(f"| {name} | {found} | {late:.1f} | {same:.4f} | {level:+.2f} |", flush=True)
    same, level = np.array(results).T
    print(f"\nmedian correlation {np.median(same):.4f}, lowest {same.min():.4f}; "
          f"level within {np.abs(level).max():.2f} dB, median {np.median(level):+.2f} dB")


if __name__ == "__main__":
    main()
