#!/usr/bin/env python3
"""How often `musegen info --form` agrees with keys, chords and repeats that other people wrote down.

usage: form.py [--musegen FILE] [--nottingham FOLDER] [--pop909 FOLDER] [--count N]

FOLDERs: nottingham-jukedeck with midi/ and abc/ (github.com/jukedeck/nottingham-dataset, its MIDI and ABC_cleaned),
and POP909 with NNN.mid and NNN.chord_midi.txt (Wang et al., ISMIR 2020). Of POP909 every N-th song is taken.
Needs mido (PyPI).
"""
import argparse
import bisect
import collections
import glob
import json
import os
import re
import subprocess
import tempfile

import mido

LETTERS = {"C": 0, "D": 2, "E": 4, "F": 5, "G": 7, "A": 9, "B": 11}
KINDS = {"": (0, 4, 7), "m": (0, 3, 7), "7": (0, 4, 7, 10), "m7": (0, 3, 7, 10), "maj7": (0, 4, 7, 11),
         "dim": (0, 3, 6), "m7b5": (0, 3, 6, 10), "aug": (0, 4, 8), "sus4": (0, 5, 7)}
TRIADS = {"": "major", "7": "major", "maj7": "major", "m": "minor", "m7": "minor"}


def name(text):
    """Pitch class and what follows it, of a chord or a key as musegen writes them."""
    letter, sign, rest = re.match(r"([A-G])([#b]?)(.*)", text).groups()
    return (LETTERS[letter] + {"#": 1, "b": -1, "": 0}[sign]) % 12, rest.strip()


def forms(musegen, paths):
    out = subprocess.run([musegen, "info", "--form", "--json", *paths], capture_output=True, text=True, check=True)
    return {file["path"]: file["form"] for file in json.loads(out.stdout)["files"]}


def share(label, hits):
    print(f"{label:60s} {sum(hits) / len(hits):.3f} of {len(hits):,}" if hits else f"{label:60s} none")


def tracks(path):
    """Each track's notes as (onset, end, pitch)."""
    result = []
    for track in mido.MidiFile(path).tracks:
        tick, held, notes = 0, {}, []
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity > 0:
                held.setdefault(message.note, []).append(tick)
            elif message.type in ("note_off", "note_on") and held.get(message.note):
                notes.append((held[message.note].pop(0), tick, message.note))
        if notes:
            result.append(notes)
    return result


def chord_at(form, ticks, names, tick):
    place = bisect.bisect_right(ticks, tick) - 1
    return names[place] if place >= 0 else None


def heard_chords(form):
    placed = [(c["tick"], name(c["name"])) for bar in form["chords"] for c in bar["chords"]]
    return [t for t, _ in placed], [n for _, n in placed]


def written_keys(tune):
    keys = []
    for line in re.findall(r"(?m)^K:(.*)$", tune):
        match = re.match(r"\s*([A-G])([#b]?)\s*(m|min|minor|maj|major)?\s*$", line)
        if not match:
            return None
        tonic = (LETTERS[match[1]] + {"#": 1, "b": -1, "": 0}[match[2]]) % 12
        keys.append((tonic, "minor" if (match[3] or "")[:3] in ("m", "min") else "major"))
    return [key for place, key in enumerate(keys) if place == 0 or key != keys[place - 1]]


def written_parts(tune):
    """The lengths in bars of parts that are all played twice; None of any other tune."""
    header, _, body = tune.partition("K:")
    metres = re.findall(r"(?m)^M:\s*(\d+)/(\d+)", tune)
    lines = [line for line in body.split("\n")[1:] if not re.match(r"%|\s*$", line)]
    music = "".join(line for line in lines if not re.match(r"[A-Za-z]:", line))
    if not metres or re.search(r"(?m)^P:\s*\S\S", header):
        return None
    bar = int(metres[-1][0]) / int(metres[-1][1])
    unit = re.search(r"(?m)^L:\s*1/(\d+)", tune)
    unit = 1 / int(unit[1]) if unit else 1 / 8 if bar >= 0.75 else 1 / 16
    music = re.sub(r'"[^"]*"|\{[^}]*\}|![^!]*!|\s|\\\\', "", music)
    signs = re.compile(r":\|+:|::|:\|+\]?|\|+:|\|?\[?[12](?=[^\d/])|\|\||\|\]|\||\(3|"
                       r"[_^=]*[A-Ga-gz][,']*(\d*)(/*)(\d*)|.")
    parts, lengths, place, tuplet = [], {"all": 0.0}, "all", 0

    def close():
        nonlocal lengths, place
        first, second = (lengths["all"] + lengths.get(ending, 0) for ending in "12")
        parts.append((first / bar, second / bar))
        lengths, place = {"all": 0.0}, "all"

    for sign in signs.finditer(music):
        text = sign[0]
        if sign[1] is not None:
            length = unit * int(sign[1] or 1)
            length /= int(sign[3]) if sign[3] else 2 ** len(sign[2])
            lengths[place] += length * (2 / 3 if tuplet > 0 else 1)
            tuplet -= 1
        elif text == "(3":
            tuplet = 3
        elif text[-1] in "12" and place != "2":
            place = text[-1]
            lengths[place] = 0.0
        elif text[0] == ":" and place == "all":
            close()
        elif place == "2" and (text[0] in ":" or text in ("||", "|]", "|:", "||:")):
            close()
        elif text.endswith("|:") and lengths["all"] > bar / 2 or text not in "|:||<>()-~.[:|]:::":
            return None
    if place == "2":
        close()
    if lengths["all"] > 0 or any(abs(x - round(x)) > 1e-6 or x != y for x, y in parts):
        return None
    return [round(x) for x, _ in parts]


def nottingham(musegen, folder):
    tunes = {}
    for path in glob.glob(os.path.join(folder, "abc", "*.abc")):
        book = os.path.basename(path)[:-4]
        for tune in re.split(r"(?m)^X:", open(path, errors="replace").read())[1:]:
            tunes[f"{book}{int(tune.split(chr(10))[0])}"] = tune
    paths = sorted(glob.glob(os.path.join(folder, "midi", "*.mid")))
    found = forms(musegen, paths)
    same, tonic, steady, changing = [], [], [], []
    for path in paths:
        keys = written_keys(tunes[os.path.basename(path)[:-4]])
        heard = [name(stretch["key"]) for stretch in found[path]["keys"]]
        if keys and len(keys) == 1:
            same.append(name(found[path]["key"]) == keys[0])
            tonic.append(name(found[path]["key"])[0] == keys[0][0])
            steady.append(len(heard) == 1)
        elif keys and len(keys) == 2:
            changing.append(set(keys) <= set(heard))
    share("key as written (tunes of one key)", same)
    share("keynote as written", tonic)
    share("no change of key heard where none is written", steady)
    share("both keys heard where two are written", changing)

    sets = {}
    for kind, tones in KINDS.items():
        for root in range(12):
            sets.setdefault(frozenset((root + tone) % 12 for tone in tones), (root, kind))
    with tempfile.TemporaryDirectory() as melodies:
        alone = []
        for path in paths:
            file = mido.MidiFile(path)
            sounding = [t for t in file.tracks if any(m.type == "note_on" for m in t)]
            file.tracks = [t for t in file.tracks if t not in sounding[1:]]
            alone.append(os.path.join(melodies, os.path.basename(path)))
            file.save(alone[-1])
        for label, read in (("all", found), ("melody alone", forms(musegen, alone))):
            roots, triads, whole = [], [], []
            for path, tune in zip(paths, alone):
                parts = tracks(path)
                if len(parts) < 2:
                    continue
                written = collections.defaultdict(list)
                for onset, end, pitch in parts[1]:
                    written[onset].append((end, pitch))
                ticks, names = heard_chords(read[path if label == "all" else tune])
                quarter = mido.MidiFile(path).ticks_per_beat
                for onset, notes in written.items():
                    chord = sets.get(frozenset(pitch % 12 for _, pitch in notes))
                    if chord is None or chord[1] not in TRIADS:
                        continue
                    for tick in range(onset, max(end for end, _ in notes), quarter):
                        heard = chord_at(None, ticks, names, tick + quarter // 8)
                        roots.append(heard is not None and heard[0] == chord[0])
                        triads.append(roots[-1] and TRIADS.get(heard[1]) == TRIADS[chord[1]])
                        whole.append(heard == chord)
            share(f"root of the written chord, by quarter notes ({label})", roots)
            share(f"root and third ({label})", triads)
            share(f"root, third and seventh ({label})", whole)

    cuts, letters = [], []
    for path in paths:
        parts = written_parts(tunes[os.path.basename(path)[:-4]])
        if not parts or len(parts) < 2 or any(length % 4 for length in parts):
            continue
        sections = found[path]["sections"]
        start = sections[0]["bar"]
        # Of some tunes the MIDI files play the first part only.
        if abs(sum(section["bars"] for section in sections) - 2 * sum(parts)) > 1:
            continue
        starts, place = {}, start
        for length in parts:
            starts[place], starts[place + length] = length, length
            place += 2 * length
        by_bar = {section["bar"]: section for section in sections}
        cuts.append(all(bar in by_bar for bar in starts))
        place, again = start, []
        for length in parts:
            def letter(bar):
                return [(s["bar"] - bar, s["name"].rstrip("'")) for s in sections if bar <= s["bar"] < bar + length]
            again.append(letter(place) == letter(place + length) != [])
            place += 2 * length
        letters.append(all(again))
    share("sections begin where all parts and repeats are written", cuts)
    share("and each repeat has the letters of what it repeats", letters)


def pop909(musegen, folder, every):
    paths = sorted(glob.glob(os.path.join(folder, "*.mid")))[::every]
    found = forms(musegen, paths)
    roots, triads = [], []
    for path in paths:
        file = mido.MidiFile(path)
        tempo = next(m.tempo for t in file.tracks for m in t if m.type == "set_tempo")
        ticks, names = heard_chords(found[path])
        for line in open(path[:-4] + ".chord_midi.txt"):
            start, end, chord = line.split()[:3]
            root, _, kind = chord.partition(":")
            kind = "minor" if kind.startswith("min") else "major" if re.match(r"maj|7|9|11|13", kind) else None
            if kind is None or chord in ("N", "X"):
                continue
            time = float(start) + 0.125
            while time < float(end):
                tick = mido.second2tick(time, file.ticks_per_beat, tempo)
                heard = chord_at(None, ticks, names, tick)
                roots.append(heard is not None and heard[0] == name(root)[0])
                triads.append(roots[-1] and TRIADS.get(heard[1]) == kind)
                time += 0.25
    share("POP909: root, by quarter seconds", roots)
    share("POP909: root and third", triads)


parser = argparse.ArgumentParser(usage=__doc__)
parser.add_argument("--musegen", default=".build/release/musegen")
parser.add_argument("--nottingham")
parser.add_argument("--pop909")
parser.add_argument("--count", type=int, default=6)
arguments = parser.parse_args()
if arguments.nottingham:
    nottingham(arguments.musegen, arguments.nottingham)
if arguments.pop909:
    pop909(arguments.musegen, arguments.pop909, arguments.count)
