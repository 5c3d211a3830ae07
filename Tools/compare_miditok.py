#!/usr/bin/env python3
"""Compares musegen's vocabularies with MidiTok's, token for token, or their speed.

usage: compare_miditok.py MUSEGEN FOLDER... [--limit N] [--show N] [--only NAME] [--speed]

Needs miditok 3 and symusic (PyPI). Each file is read and encoded by both, with matched options.
For each scheme it prints how many files are equal

  as they are   with MidiTok's own result, tracks put in order of program (drums last), and chords
                in order of pitch, both of which MidiTok takes from the file;
  canonical     after MidiTok's preprocessed score was brought into the form that musegen's grammar
                guarantees: notes struck together on one pitch of one program are one note (loudest
                velocity, longest duration), a note ends where its pitch is struck again, and a
                tempo equal to the default one that MidiTok put before it is not told again.

and lists the files that differ in both, with the first token that does.

The performance vocabulary is compared with MIDILike, whose beats are made seconds: the score is put
on a clock of 100 ticks a quarter note at one quarter note a second, so that its time-shifts are the
100 steps of 10 ms. Velocities are left out, since MIDILike tells one with each note; note-offs of one
step are put in order of pitch; files with a sustain pedal, which MIDILike does not fold, are left out.

--speed measures both on one core, parsing apart: MidiTok's encode of parsed scores, and
`musegen bench tokens`.
"""
import argparse
import bisect
import glob
import json
import os
import subprocess
import sys
import time
import warnings

import miditok
import mido
import numpy as np
import symusic
from miditok.utils import get_score_ticks_per_beat

SIGNATURES = {2: [2, 3, 4], 4: [1, 2, 3, 4, 5, 6, 7], 8: [3, 4, 5, 6, 7, 9, 12]}


def tokenizer(scheme):
    """MidiTok with musegen's default settings."""
    config = miditok.TokenizerConfig(
        pitch_range=(21, 109),
        beat_res={(0, 4): 8, (4, 12): 4},
        num_velocities=32,
        special_tokens=["PAD", "BOS", "EOS"],
        use_velocities=True,
        use_tempos=True,
        num_tempos=32,
        tempo_range=(40, 250),
        delete_equal_successive_tempo_changes=True,
        use_time_signatures=True,
        time_signature_range=SIGNATURES,
        use_programs=True,
        use_pitchdrum_tokens=True,
        drums_pitch_range=(27, 88),
    )
    return {"tsd": miditok.TSD, "remi": miditok.REMI}[scheme](config)


def musegen_name(token):
    """MidiTok's token in musegen's words."""
    kind, value = token.split("_", 1)
    kind = {
        "Pitch": "pitch", "PitchDrum": "drum", "Velocity": "velocity", "Duration": "duration",
        "TimeShift": "time-shift", "Bar": "bar", "Position": "position", "Tempo": "tempo",
        "Program": "program", "TimeSig": "time-signature",
    }[kind]
    if kind == "bar":
        return kind
    if kind == "program" and value == "-1":
        value = "drums"
    return f"{kind} {value}"


def sort_tracks(score):
    """Tracks by program, drums last; chords by pitch."""
    order = sorted(
        range(len(score.tracks)),
        key=lambda index: (score.tracks[index].is_drum, score.tracks[index].program))
    score.tracks = [score.tracks[index] for index in order]
    for track in score.tracks:
        track.notes.sort(key=lambda note: (note.time, note.pitch, note.duration), inplace=True)


def make_canonical(score, tokenizer):
    """One note per pitch and onset; no pitch struck while it sounds; no tempo told twice."""
    tempos = []
    for tempo in score.tempos:
        if not tempos or round(tempo.tempo, 2) != round(tempos[-1].tempo, 2):
            tempos.append(tempo)
    score.tempos = symusic.core.TempoTickList(tempos)
    sections = get_score_ticks_per_beat(score)
    for track in score.tracks:
        kept, latest = [], {}
        for note in track.notes:
            last = latest.get(note.pitch)
            if last is not None:
                previous = kept[last]
                if previous.time == note.time:
                    previous.duration = max(previous.duration, note.duration)
                    previous.velocity = max(previous.velocity, note.velocity)
                    continue
                if previous.time + previous.duration > note.time:
                    previous.duration = note.time - previous.time
            latest[note.pitch] = len(kept)
            kept.append(symusic.Note(note.time, note.duration, note.pitch, note.velocity))
        section = 0
        for note in kept:
            while section + 1 < len(sections) and note.time >= sections[section][0]:
                section += 1
            lengths = tokenizer._tpb_to_time_array[sections[section][1]]
            fitting = np.searchsorted(lengths, note.duration, side="right")
            note.duration = int(lengths[max(fitting - 1, 0)])
        track.notes = symusic.core.NoteTickList(kept)


def expected(tokenizer, path, canonical):
    score = tokenizer.preprocess_score(symusic.Score(path))
    sort_tracks(score)
    if canonical:
        make_canonical(score, tokenizer)
    tokens = tokenizer.encode(score, no_preprocess_score=True).tokens
    return ["start"] + [musegen_name(token) for token in tokens] + ["end"]


def musegen(binary, scheme, paths, *options):
    """musegen's tokens of every file, by path."""
    run = subprocess.run(
        [binary, "tokens", *paths, "--tokens", scheme, *options, "--json"],
        check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    pieces = (json.loads(line) for line in run.stdout.splitlines())
    return {piece["path"]: piece["names"] for piece in pieces}


def midilike():
    """MidiTok's MIDILike with the performance vocabulary's steps."""
    return miditok.MIDILike(miditok.TokenizerConfig(
        pitch_range=(0, 127), beat_res={(0, 1): 100}, special_tokens=["PAD"], use_velocities=False,
        use_tempos=False, use_time_signatures=False, use_programs=False,
        use_pitchdrum_tokens=False))


def has_pedal(path):
    return any(
        message.type == "control_change" and message.control in (64, 66) and message.value >= 64
        for track in mido.MidiFile(path).tracks for message in track)


def step_clock(score):
    """From ticks to hundredths of seconds, in double precision (symusic's seconds are floats)."""
    tempos = [(0, 500_000)] + [(tempo.time, tempo.mspq) for tempo in score.tempos]
    starts = [0.0]
    for (tick, tempo), (later, _) in zip(tempos, tempos[1:]):
        starts.append(starts[-1] + (later - tick) * tempo / 1e4 / score.ticks_per_quarter)
    ticks = [tick for tick, _ in tempos]

    def steps(tick):
        index = bisect.bisect_right(ticks, tick) - 1
        exact = starts[index] + (tick - ticks[index]) * tempos[index][1] / 1e4 / score.ticks_per_quarter
        # What lies half-way but for rounding errors is rounded up by both.
        return int(np.floor(exact + 0.5 + 1e-7))

    return steps


def expected_performance(tokenizer, path):
    """MIDILike's tokens of all melodic notes in one track, on a clock of hundredths of seconds."""
    played = symusic.Score(path)
    steps = step_clock(played)
    notes = sorted(
        (steps(note.start), note.pitch, steps(note.end))
        for track in played.tracks if not track.is_drum for note in track.notes)
    kept, latest = [], {}
    for start, pitch, end in notes:
        end = max(end, start + 1)
        previous = latest.get(pitch)
        if previous is not None and previous[0] == start:
            previous[2] = max(previous[2], end)
            continue
        if previous is not None:
            previous[2] = min(previous[2], start)
        latest[pitch] = [start, pitch, end]
        kept.append(latest[pitch])
    score = symusic.Score(100)
    track = symusic.Track()
    track.notes = symusic.core.NoteTickList(
        [symusic.Note(start, end - start, pitch, 64) for start, pitch, end in kept])
    score.tracks.append(track)
    names, offs = ["start"], []
    for token in tokenizer.encode(score, no_preprocess_score=True)[0].tokens:
        kind, value = token.split("_")
        if kind == "NoteOff":
            offs.append(int(value))
            continue
        names += [f"note-off {pitch}" for pitch in sorted(offs)]
        offs = []
        if kind == "NoteOn":
            names.append(f"note-on {value}")
        else:
            beats, position, resolution = map(int, value.split("."))
            names.append(f"time-shift {(beats * resolution + position) * 1000 // resolution} ms")
    return names + [f"note-off {pitch}" for pitch in sorted(offs)] + ["end"]


def compare_performance(binary, paths, show):
    tokenizer = midilike()
    paths = [path for path in paths if not has_pedal(path)]
    ours = {}
    for start in range(0, len(paths), 500):
        ours |= musegen(
            binary, "performance", paths[start : start + 500], "--velocity-bins", "0")
    different = []
    compared = [path for path in paths if path in ours]
    for path in compared:
        theirs = expected_performance(tokenizer, path)
        if theirs != ours[path]:
            place = next(
                (i for i, (a, b) in enumerate(zip(ours[path], theirs)) if a != b),
                min(len(ours[path]), len(theirs)))
            different.append((path, place, ours[path], theirs))
    print(
        f"performance: {len(compared)} files without a pedal compared: "
        f"{len(compared) - len(different)} equal, {len(different)} different")
    print_differences(different, show)


def print_differences(differences, show):
    for path, place, mine, form in differences[:show]:
        print(f"  {path}: {explain(path)}; at token {place}:")
        print(f"    musegen {mine[max(0, place - 3):place + 3]}")
        print(f"    MidiTok {form[max(0, place - 3):place + 3]}")


def compare_speed(binary, paths):
    run = subprocess.run(
        [binary, "bench", "tokens", *paths, "--json"],
        check=True, stdout=subprocess.PIPE, text=True)
    ours = {line["vocabulary"]: line for line in map(json.loads, run.stdout.splitlines())}
    scores = [symusic.Score(path) for path in paths]
    for scheme in ["tsd", "remi"]:
        theirs = tokenizer(scheme)
        times = {"encode": [], "decode": []}
        for _ in range(2):
            start = time.perf_counter()
            pieces = [theirs.encode(score) for score in scores]
            middle = time.perf_counter()
            for piece in pieces:
                theirs.decode(piece)
            times["encode"].append(middle - start)
            times["decode"].append(time.perf_counter() - middle)
        count = sum(len(piece.ids) for piece in pieces)
        for kind in ["encode", "decode"]:
            mine = ours[scheme]["tokens"] / ours[scheme][f"{kind}Seconds"]
            other = count / min(times[kind])
            print(
                f"{scheme} {kind}: musegen {mine:,.0f} tokens/s, MidiTok {other:,.0f}, "
                f"{mine / other:.1f} times")


def explain(path):
    """Why two lists differ, where the cause is known."""
    score = symusic.Score(path)
    programs = {track.program for track in score.tracks if not track.is_drum}
    if len(programs) > 15:
        return "more programs than channels: the nearest one plays for the sixteenth"
    channels = {}
    for number, track in enumerate(mido.MidiFile(path).tracks):
        for message in track:
            if message.type == "program_change":
                channels.setdefault(message.channel, set()).add(number)
            elif message.type == "note_on":
                channels.setdefault((message.channel, "notes"), set()).add(number)
    for channel in range(16):
        told = channels.get(channel, set())
        if told and channels.get((channel, "notes"), set()) - told:
            return "a program change in one track of the file for a channel that another plays"
    return "?"


def main():
    warnings.simplefilter("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("musegen")
    parser.add_argument("folders", nargs="+")
    parser.add_argument("--limit", type=int, default=10**9, help="files a folder")
    parser.add_argument("--show", type=int, default=20, help="differences to list")
    parser.add_argument("--only", action="append", help="tsd, remi or performance")
    parser.add_argument("--speed", action="store_true", help="compare speed, not tokens")
    arguments = parser.parse_args()
    paths = []
    for folder in arguments.folders:
        found = sorted(glob.glob(os.path.join(glob.escape(folder), "**", "*.mid"), recursive=True))
        paths += found[:: max(1, len(found) // arguments.limit)][: arguments.limit]

    if arguments.speed:
        compare_speed(arguments.musegen, paths)
        return 0
    for scheme in arguments.only or ["tsd", "remi", "performance"]:
        if scheme == "performance":
            compare_performance(arguments.musegen, paths, arguments.show)
            continue
        theirs = tokenizer(scheme)
        ours = {}
        for start in range(0, len(paths), 500):
            ours |= musegen(arguments.musegen, scheme, paths[start : start + 500])
        equal = canonical = compared = 0
        differences, unread = [], 0
        for path in paths:
            try:
                plain = expected(theirs, path, canonical=False)
            except Exception as error:  # symusic or MidiTok cannot take the file
                unread += 1
                if unread < 5:
                    print(f"  {path}: MidiTok: {type(error).__name__}: {str(error)[:100]}")
                continue
            if path not in ours:
                unread += 1
                continue
            compared += 1
            mine = ours[path]
            if mine == plain:
                equal += 1
                canonical += 1
                continue
            form = expected(theirs, path, canonical=True)
            if mine == form:
                canonical += 1
                continue
            place = next(
                (i for i, (a, b) in enumerate(zip(mine, form)) if a != b),
                min(len(mine), len(form)))
            differences.append((path, place, mine, form))
        print(
            f"{scheme}: {compared} files compared ({unread} that one of the two cannot read): "
            f"{equal} equal as they are, {canonical} canonical, {len(differences)} different")
        print_differences(differences, arguments.show)
    return 0


if __name__ == "__main__":
    sys.exit(main())
