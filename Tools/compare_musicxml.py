#!/usr/bin/env python3
"""Compares what musegen reads from MusicXML files with what music21 and MuseScore read.

    Tools/compare_musicxml.py --musegen .build/release/musegen --readers music21,musescore FILES…

Each file is read by musegen (`musegen edit FILE -o …mid`), by music21 (repeats expanded) and by MuseScore
(`mscore3 -o …mid`, without a screen). Notes are equal where pitch, onset and duration in quarter notes are,
in each bar as it is played. What each program adds of its own is taken out of the files before: grace notes
and cues, and what shortens or multiplies notes in playing (articulations, ornaments, arpeggios, tremolos).
MuseScore's MIDI files strike no pitch that sounds already, in whichever voice; there, such notes are joined
on both sides.

Needs music21 and mido (PyPI) and MuseScore 3 (Debian's musescore3).
"""
import argparse
import collections
import os
import subprocess
import sys
import tempfile
import zipfile
from xml.etree import ElementTree

import mido

UNHEARD = {"articulations", "ornaments", "arpeggiate", "non-arpeggiate", "technical", "fermata"}


def document(path):
    """The XML of a file, compressed or not, without what players add to notes."""
    if zipfile.is_zipfile(path):
        archive = zipfile.ZipFile(path)
        container = ElementTree.fromstring(archive.read("META-INF/container.xml"))
        name = next(e.attrib["full-path"] for e in container.iter() if e.tag.endswith("rootfile"))
        root = ElementTree.fromstring(archive.read(name))
    else:
        root = ElementTree.parse(path).getroot()
    for parent in list(root.iter()):
        for child in list(parent):
            is_extra = child.tag == "note" and (
                child.find("grace") is not None or child.find("cue") is not None)
            if is_extra or child.tag in UNHEARD:
                parent.remove(child)
    return root


def midi_parts(path):
    """The notes of a MIDI file's channels: (pitch, onset, duration) in quarter notes."""
    parts = collections.defaultdict(list)
    file = mido.MidiFile(path)
    for index, track in enumerate(file.tracks):
        tick, sounding, port = 0, collections.defaultdict(list), 0
        for message in track:
            tick += message.time
            if message.type == "midi_port":
                port = message.port
            if message.type not in ("note_on", "note_off"):
                continue
            key = (message.channel, message.note)
            if message.type == "note_on" and message.velocity > 0:
                sounding[key].append(tick)
            elif sounding[key]:
                start = sounding[key].pop(0)
                parts[(port, message.channel)].append(
                    (message.note, start / file.ticks_per_beat, (tick - start) / file.ticks_per_beat))
    return list(parts.values())


def musegen_parts(program, path, folder):
    output = os.path.join(folder, "musegen.mid")
    subprocess.run([program, "edit", path, "-o", output, "--overwrite"], check=True,
                   stdout=subprocess.DEVNULL)
    return midi_parts(output)


def musescore_parts(path, folder):
    output = os.path.join(folder, "musescore.mid")
    subprocess.run(["mscore3", "-o", output, path], check=True, capture_output=True, timeout=300,
                   env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    return midi_parts(output)


def music21_parts(path):
    """The parts of a file, and where its bars begin as they are played."""
    import music21
    score = music21.converter.parse(path, forceSource=True)
    score = score.expandRepeats().toSoundingPitch()
    measures = [list(part.getElementsByClass("Measure")) for part in score.parts]
    count = max(len(part) for part in measures)
    # music21 lets the staves of one score drift apart where a hidden rest fills a measure, or a whole
    # measure's rest stands in a short one. A measure lasts as long as what stands in any of its staves.
    starts, end = [], 0.0
    for index in range(count):
        starts.append(end)
        here = [part[index] for part in measures if index < len(part)]
        elements = [element for measure in here for element in measure.flatten().notesAndRests
                    if not (element.isRest and element.fullMeasure in (True, "always"))]
        lengths = [float(element.offset + element.duration.quarterLength) for element in elements]
        end += max(lengths) if lengths else float(here[0].barDuration.quarterLength)
    parts = collections.OrderedDict()
    for part, bars in zip(score.parts, measures):
        notes = parts.setdefault(str(part.id).split("-Staff")[0], [])
        tied = collections.defaultdict(list)
        for start, bar in zip(starts, bars):
            for element in sorted(bar.flatten().notes, key=lambda note: note.offset):
                if element.duration.isGrace or "Harmony" in element.classes:
                    continue
                for note in element.notes if element.isChord else [element]:
                    if not hasattr(note, "pitch"):
                        continue
                    kind = note.tie.type if note.tie else None
                    pitch, onset = note.pitch.midi, start + float(element.offset)
                    length = float(element.duration.quarterLength)
                    before = [index for index in tied[pitch]
                              if abs(notes[index][1] + notes[index][2] - onset) < 1e-3]
                    if kind in ("stop", "continue") and before:
                        index = before[-1]
                        tied[pitch].remove(index)
                        notes[index] = (pitch, notes[index][1], onset + length - notes[index][1])
                    else:
                        index = len(notes)
                        notes.append((pitch, onset, length))
                    if kind in ("start", "continue"):
                        tied[pitch].append(index)
    return list(parts.values()), starts


def as_musescore(notes):
    """Each pitch from where it is first struck to where it is last let go, as MuseScore's files have it."""
    kept, last = [], {}
    for pitch, onset, length in sorted(notes, key=lambda note: (note[1], note[0], -note[2])):
        if pitch in last:
            index = last[pitch]
            _, before, long = kept[index]
            if onset < before + long - 0.005:
                kept[index] = (pitch, before, max(long, onset + length - before))
                continue
        last[pitch] = len(kept)
        kept.append((pitch, onset, length))
    return kept


def by_bar(parts, bars, grid):
    """For each bar the notes that begin in it, rounded."""
    found = [collections.Counter() for _ in bars]
    for notes in parts:
        for pitch, onset, length in notes:
            bar = 0
            low, high = 0, len(bars)
            while low < high:
                middle = (low + high) // 2
                if bars[middle] <= onset + 0.02:
                    low = middle + 1
                else:
                    high = middle
            bar = max(low - 1, 0)
            found[bar][(pitch, round(onset * grid), round(length * grid))] += 1
    return found


def compare(ours, theirs, bars, grid):
    """How many bars are equal, and what differs."""
    ours, theirs = by_bar(ours, bars, grid), by_bar(theirs, bars, grid)
    differing = [(index, ours[index] - theirs[index], theirs[index] - ours[index])
                 for index in range(len(bars)) if not same(ours[index], theirs[index])]
    return differing


def same(left, right):
    """Whether bars are equal, where a unit of rounding is none."""
    if left == right:
        return True
    rest = collections.Counter(right)
    for (pitch, onset, length), count in left.items():
        for _ in range(count):
            near = [(pitch, onset + a, length + b) for a in (0, -1, 1) for b in (0, -1, 1)]
            match = next((note for note in near if rest[note] > 0), None)
            if match is None:
                return False
            rest[match] -= 1
    return not any(rest.values())


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--musegen", default=".build/release/musegen")
    parser.add_argument("--readers", default="music21,musescore")
    parser.add_argument("--verbose", action="store_true", help="show the first differences of a file")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    totals = collections.defaultdict(lambda: [0, 0])
    for path in options.files:
        with tempfile.TemporaryDirectory() as folder:
            plain = os.path.join(folder, "score.musicxml")
            ElementTree.ElementTree(document(path)).write(plain, encoding="utf-8", xml_declaration=True)
            words = []
            try:
                ours = musegen_parts(options.musegen, plain, folder)
                reference, bars = music21_parts(plain)
            except Exception as error:  # told, and counted as nothing
                print(f"{os.path.basename(path)}: {error}")
                continue
            for reader in options.readers.split(","):
                if reader == "music21":
                    differing = compare(ours, reference, bars, 96)
                else:
                    theirs = musescore_parts(plain, folder)
                    differing = compare([as_musescore(part) for part in ours],
                                        [as_musescore(part) for part in theirs], bars, 96)
                totals[reader][0] += len(bars) - len(differing)
                totals[reader][1] += len(bars)
                words.append(f"{reader} {len(bars) - len(differing)} of {len(bars)}")
                if options.verbose:
                    for index, more, fewer in differing[:4]:
                        print(f"  {reader}, bar {index + 1} at {bars[index]}: "
                              f"only ours {list(more)[:6]}, only theirs {list(fewer)[:6]}")
            print(f"{os.path.basename(path)}: bars equal: {', '.join(words)}")
            sys.stdout.flush()
    for reader, (equal, count) in totals.items():
        print(f"{reader}: {equal} of {count} bars equal, {100 * equal / max(count, 1):.2f} %")


if __name__ == "__main__":
    main()
