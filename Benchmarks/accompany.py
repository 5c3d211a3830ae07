#!/usr/bin/env python3
"""Measures what a given part is worth: the loss of the others with it, without it, and with a wrong one.

    python Benchmarks/accompany.py nottingham/midi --chords -- --hidden 256 --layers 1 --time 4m

Every tenth file is held out. The first track with notes is given. Two models are trained, with the flags
behind `--` and the same seed: one hears the given part, one hears none of it. Where they train for a --time,
the second passes over its shorter pieces more often, so a third one hears none and stops after as many passes as
the first. What is "without" or "wrong" is
so in copies of the files, whose other parts stay as they are: without it the track holds a single note that no
vocabulary tells, and the wrong one is the next held-out file's. So all losses are of the same events.

With --chords the given-part model also writes to the held-out parts (`musegen accompany`), and what sounds in
the other parts on each beat is compared with what was written there: the share of beats with the same pitch
classes, of all beats on which the original has any, and the share of the pitch classes of either that both
have, each beside that between the original and the next file's. The given part is compared note by note with the file that it came from.

With --annotated chords are compared with those that stand beside the files, as POP909 has them (NNN.mid and
NNN.chord_midi.txt: from, to, such as Bb:min7/3): on each beat that has one, the share of the pitch classes of either
that are in both, and how often the root sounds.

Everything is kept in --out; what is there already is not made again. Needs mido.
"""
import argparse
import collections
import json
import pathlib
import subprocess
import sys

import mido


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="+", type=pathlib.Path)
    parser.add_argument("--chords", action="store_true")
    parser.add_argument("--annotated", action="store_true")
    parser.add_argument("--temperature", default="0.5")
    parser.add_argument("--musegen", default=".build/release/musegen")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("accompany"))
    # What stands behind -- is for musegen train.
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    options = parser.parse_args(sys.argv[1:split])
    flags = sys.argv[split + 1:]
    corpus = options.corpus
    out = options.out

    files = [path for folder in corpus for path in sorted(folder.rglob("*.mid"))]
    files = [path for path in files if len(sounding(mido.MidiFile(path))) > 1]
    held = files[::10]
    learned = [path for index, path in enumerate(files) if index % 10]
    for name, paths in (("train", learned), ("held", held)):
        copy(paths, out / name, lambda path: mido.MidiFile(path))
        copy(paths, out / f"{name}-without", lambda path: with_part(path, None))
    following = dict(zip(held, held[1:] + held[:1]))
    copy(held, out / "held-wrong", lambda path: with_part(path, following[path]))

    for model, suffix in (("given", ""), ("without", "-without"), ("without-passes", "-without")):
        path = out / f"{model}.safetensors"
        if model == "without-passes":
            if "--time" not in flags:
                continue
            place = flags.index("--time")
            flags[place:place + 2] = ["--epochs", str(round(passes(out / "run-given")))]
        if not path.exists():
            subprocess.run(
                [options.musegen, "train", str(out / f"train{suffix}"), "--valid",
                 str(out / f"held{suffix}"), "--tokens", "remi", "--given", "1", "--seed", "1", "--run",
                 str(out / f"run-{model}"), "-o", str(path), *flags], check=True)
    flags = sys.argv[split + 1:]
    lines = [
        f"{len(learned)} pieces to learn from, {len(held)} held out; `{' '.join(flags)}`.", "",
        "| model | passes | the part at hand | nats per event | nats per note of the others |",
        "|---|---|---|---|---|"]
    for model, name, words in (
            ("given", "held", "its own"), ("given", "held-without", "none"),
            ("given", "held-wrong", "another piece's"), ("without", "held-without", "none"),
            ("without-passes", "held-without", "none")):
        if not (out / f"{model}.safetensors").exists():
            continue
        report = json.loads(subprocess.run(
            [options.musegen, "eval", str(out / name), "-m", str(out / f"{model}.safetensors"), "--json"],
            check=True, capture_output=True, text=True).stdout)
        losses = [
            f"{mean['value']:.3f} ({mean['low']:.3f} to {mean['high']:.3f})"
            for mean in (report["natsPer"]["token"], report["natsPer"]["note"])]
        who = "hears the part" if model == "given" else "hears none"
        lines.append(
            f"| {who} | {passes(out / f'run-{model}'):.1f} | {words} | {losses[0]} | {losses[1]} |")
        print(lines[-1], flush=True)
    if options.chords:
        lines += ["", chords(options, held, following)]
    if options.annotated:
        lines += ["", annotated(options, held, following)]
    text = "\n".join(lines) + "\n"
    (out / "accompany.md").write_text(text)
    print(text)


def passes(run):
    """How many times a run has read its pieces."""
    return max(json.loads(line).get("epoch", 0) for line in open(run / "metrics.jsonl"))


def sounding(file):
    """The places of the tracks with notes."""
    return [place for place, track in enumerate(file.tracks)
            if any(message.type == "note_on" and message.velocity > 0 for message in track)]


def copy(paths, folder, read):
    if folder.exists():
        return
    folder.mkdir(parents=True)
    for number, path in enumerate(paths):
        read(path).save(folder / f"{number:04}-{path.name}")


def with_part(path, other):
    """A file with the first part of another, or with a note beyond all vocabularies in its place."""
    file = mido.MidiFile(path)
    place = sounding(file)[0]
    part = file.tracks[place]
    channel = next(message.channel for message in part if message.type == "note_on")
    kept, ticks = [], 0
    for message in part:
        ticks += message.time
        if message.is_meta and message.type != "end_of_track":
            kept.append((ticks, message))
    if other is None:
        notes = [(0, mido.Message("note_on", note=1, velocity=1, channel=channel)),
                 (1, mido.Message("note_off", note=1, channel=channel))]
    else:
        source = mido.MidiFile(other)
        notes, ticks = [], 0
        for message in source.tracks[sounding(source)[0]]:
            ticks += message.time
            if message.type in ("note_on", "note_off"):
                tick = round(ticks * file.ticks_per_beat / source.ticks_per_beat)
                notes.append((tick, message.copy(channel=channel)))
    track, ticks = mido.MidiTrack(), 0
    for tick, message in sorted(kept + notes, key=lambda event: event[0]):
        track.append(message.copy(time=tick - ticks))
        ticks = tick
    file.tracks[place] = track
    return file


def written_files(options, held):
    """The held-out parts' files with what the model writes to them."""
    folder = options.out / "written"
    folder.mkdir(exist_ok=True)
    for number, path in enumerate(held):
        written = folder / f"{number:04}-{path.name}"
        if not written.exists():
            subprocess.run(
                [options.musegen, "accompany", str(path), "-m", str(options.out / "given.safetensors"),
                 "--temperature", options.temperature, "--seed", "1", "-o", str(written)], check=True,
                stdout=subprocess.DEVNULL)
        yield path, written


def chords(options, held, following):
    """How often what is written has the pitch classes of the original, beat by beat, and how many."""
    agreeing = beats = wrong = kept = notes = 0
    common = foreign = 0.0
    for path, written in written_files(options, held):
        original, other = harmony(path), harmony(following[path])
        own = harmony(written)
        for beat, pitches in original.items():
            beats += 1
            agreeing += own.get(beat) == pitches
            wrong += other.get(beat) == pitches
            common += overlap(own.get(beat, set()), pitches)
            foreign += overlap(other.get(beat, set()), pitches)
        part, again = melody(path), melody(written)
        notes += len(part)
        kept += sum((collections.Counter(part) & collections.Counter(again)).values())
    return (
        f"Of {beats} beats {agreeing / beats:.3f} have the original's pitch classes in what is written "
        f"(temperature {options.temperature}); in the next piece's own chords {wrong / beats:.3f} have. Of the "
        f"pitch classes of either {common / beats:.3f} are common to both, with the next piece's own chords "
        f"{foreign / beats:.3f}. Of "
        f"{notes} notes of the given part {kept} stand in the written files as they were.")


# The tones of a chord's quality, as semitones above its root; what it adds in brackets is left out.
QUALITIES = {
    "maj": (0, 4, 7), "min": (0, 3, 7), "dim": (0, 3, 6), "aug": (0, 4, 8), "sus2": (0, 2, 7), "sus4": (0, 5, 7),
    "7": (0, 4, 7, 10), "maj7": (0, 4, 7, 11), "min7": (0, 3, 7, 10), "minmaj7": (0, 3, 7, 11),
    "maj6": (0, 4, 7, 9), "min6": (0, 3, 7, 9), "dim7": (0, 3, 6, 9), "hdim7": (0, 3, 6, 10)}
LETTERS = dict(C=0, D=2, E=4, F=5, G=7, A=9, B=11)


def annotated(options, held, following):
    """How well the harmony of the written parts, and of others, has the annotated chords."""
    sums, beats = {}, 0
    for path, written in written_files(options, held):
        told = annotations(path)
        beats += len(told)
        for who, source in (("what is written", written), ("the original", path),
                            ("the next piece's parts", following[path])):
            sounding = harmony(source)
            common, roots = sums.setdefault(who, [0.0, 0])
            for beat, (root, tones) in told.items():
                common += overlap(sounding.get(beat, set()), tones)
                roots += root in sounding.get(beat, set())
            sums[who] = [common, roots]
    rows = [f"| {who} | {common / beats:.3f} | {roots / beats:.3f} |" for who, (common, roots) in sums.items()]
    return "\n".join([
        f"Against the annotated chords of {beats} beats:", "",
        "| | pitch classes of either that are in both | the root sounds |", "|---|---|---|", *rows])


def annotations(path):
    """The root and the tones of the chord at each beat, just behind it as harmony() looks; beats without one are
    left out."""
    file = mido.MidiFile(path)
    tempos, ticks = [], 0
    for message in mido.merge_tracks(file.tracks):
        ticks += message.time
        if message.type == "set_tempo":
            tempos.append((ticks, message.tempo))
    beat, seconds, tempo, last, found = file.ticks_per_beat, 0.0, 500_000, 0, {}
    spans = [line.split() for line in path.with_suffix(".chord_midi.txt").read_text().splitlines()]
    spans = [(float(start), float(end), name) for start, end, name in spans]
    changes, place = iter(tempos + [(None, 0)]), 0
    change = next(changes)
    for number in range(ticks // beat + 1):
        tick = number * beat + beat // 8
        while change[0] is not None and change[0] <= tick:
            seconds += mido.tick2second(change[0] - last, beat, tempo)
            last, tempo = change
            change = next(changes)
        now = seconds + mido.tick2second(tick - last, beat, tempo)
        while place < len(spans) and spans[place][1] <= now:
            place += 1
        if place == len(spans) or spans[place][0] > now or spans[place][2] == "N":
            continue
        name, _, quality = spans[place][2].partition(":")
        quality = quality.split("/")[0].split("(")[0]
        root = (LETTERS[name[0]] + name.count("#") - name.count("b")) % 12
        found[number] = root, {(root + step) % 12 for step in QUALITIES[quality]}
    return found


def overlap(some, others):
    """The share of the pitch classes of either that are in both."""
    return len(some & others) / max(1, len(some | others))


def melody(path):
    file = mido.MidiFile(path)
    return sorted(spans(file.tracks[sounding(file)[0]]))


def spans(track):
    """Notes as onset, end, pitch and velocity, in ticks."""
    notes, open_notes, ticks = [], {}, 0
    for message in track:
        ticks += message.time
        if message.type == "note_on" and message.velocity > 0:
            open_notes.setdefault(message.note, []).append((ticks, message.velocity))
        elif message.type in ("note_on", "note_off") and open_notes.get(message.note):
            onset, velocity = open_notes[message.note].pop(0)
            notes.append((onset, ticks, message.note, velocity))
    return notes


def harmony(path):
    """The pitch classes that sound in all parts but the first, just behind each beat."""
    file = mido.MidiFile(path)
    beat = file.ticks_per_beat
    found = {}
    for place in sounding(file)[1:]:
        for onset, end, pitch, _ in spans(file.tracks[place]):
            first = -(-(onset - beat // 8) // beat)
            for number in range(max(0, first), -(-(end - beat // 8) // beat)):
                found.setdefault(number, set()).add(pitch % 12)
    return found


main()
