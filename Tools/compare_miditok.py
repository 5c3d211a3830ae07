#!/usr/bin/env python3
"""Compares musegen's TSD and REMI with MidiTok's, token for token, and their speed.

usage: compare_miditok.py MUSEGEN FOLDER... [--limit N] [--show N]

Needs miditok 3 and symusic (PyPI). Each file is read and encoded by both, with matched options.
For each scheme it prints how many files are equal

  as they are   with MidiTok's own result, tracks put in order of program (drums last), and chords
                in order of pitch, both of which MidiTok takes from the file;
  canonical     after MidiTok's preprocessed score was brought into the form that musegen's grammar
                guarantees: notes struck together on one pitch of one program are one note (loudest
                velocity, longest duration), a note ends where its pitch is struck again, and a
                tempo equal to the default one that MidiTok put before it is not told again.

and lists the files that differ in both, with the first token that does.
"""
import argparse
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


def musegen(binary, scheme, folders):
    """musegen's tokens of every file, by path."""
    run = subprocess.run(
        [binary, "tokens", *folders, "--tokens", scheme, "--json"],
        check=True, stdout=subprocess.PIPE, text=True)
    pieces = (json.loads(line) for line in run.stdout.splitlines())
    return {piece["path"]: piece["names"] for piece in pieces}


def explain(path, ours, theirs):
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
    arguments = parser.parse_args()
    paths = []
    for folder in arguments.folders:
        found = sorted(glob.glob(os.path.join(glob.escape(folder), "**", "*.mid"), recursive=True))
        paths += found[:: max(1, len(found) // arguments.limit)][: arguments.limit]

    for scheme in ["tsd", "remi"]:
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
        for path, place, mine, form in differences[: arguments.show]:
            print(f"  {path}: {explain(path, mine, form)}; at token {place}:")
            print(f"    musegen {mine[max(0, place - 3):place + 3]}")
            print(f"    MidiTok {form[max(0, place - 3):place + 3]}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
