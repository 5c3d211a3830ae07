#!/usr/bin/env python3
"""Compares what musegen reads from MusicXML files with what music21 and MuseScore read.

    Tools/compare_musicxml.py --musegen .build/release/musegen --readers music21,musescore FILES…

Each file is read by musegen (`musegen edit FILE -o …mid`), by music21 (repeats expanded) and by MuseScore
(`mscore3 -o …mid`, without a screen). For what becomes a MIDI file it is given a further part that tells, by three
pitches at the beginning of each measure, which one it is: so each program's bars are known as it plays them. The two
orders of bars are aligned (as difflib does), and a bar is equal where both play it with the same notes: pitch, onset
from the bar's beginning and duration, in quarter notes. A bar that only one of them plays there counts as different.
A MIDI file is written as MusicXML first (`musegen render`), and must be read by musegen with the same notes again, to
the nearest tick; a warning of music21's is then an error. With --as-written, repeats and jumps are taken out of the
files before, so that the notes alone are compared.

What each program adds of its own is taken out of the files before: grace notes and cues, and what shortens or
multiplies notes in playing (articulations, ornaments, arpeggios, glissandos, tremolos, `attack` and `release`).
MuseScore's MIDI files strike no pitch that sounds already, in whichever voice; there, such notes are joined on both
sides. music21 gives unpitched notes no pitch; there, they are left out.

Needs music21 and mido (PyPI) and MuseScore 3 (Debian's musescore3).
"""
import argparse
import bisect
import collections
import concurrent.futures
import difflib
import hashlib
import os
import pickle
import subprocess
import sys
import tempfile
import warnings
import zipfile
from xml.etree import ElementTree

import mido

UNHEARD = {"articulations", "ornaments", "arpeggiate", "non-arpeggiate", "technical", "fermata", "glissando", "slide"}
JUMPS = {"repeat", "ending", "words", "segno", "coda"}
NOTE_TYPES = dict(breve="whole", whole="half", half="quarter", quarter="eighth", eighth="16th")
MARKS = "measure-marks"
LOWEST, DIGITS = 12, 32
GRID = 96
"""Times are rounded to parts of a quarter note; one part of difference is none."""

Note = collections.namedtuple("Note", "pitch onset length")
Played = collections.namedtuple("Played", "bars notes")
"""What a program plays: its bars (measure as written, from 0; onset) and the notes of its parts."""


# The file


def document(path, as_written=False):
    """The XML of a file, compressed or not, without what players add to notes, and without jumps where asked for."""
    if zipfile.is_zipfile(path):
        archive = zipfile.ZipFile(path)
        container = ElementTree.fromstring(archive.read("META-INF/container.xml"))
        name = next(e.attrib["full-path"] for e in container.iter() if e.tag.endswith("rootfile"))
        root = ElementTree.fromstring(archive.read(name))
    else:
        root = ElementTree.parse(path).getroot()
    unheard = UNHEARD | JUMPS if as_written else UNHEARD
    for sound in root.iter("sound"):
        for name in ("dacapo", "dalsegno", "tocoda", "segno", "coda", "fine") if as_written else ():
            sound.attrib.pop(name, None)
    is_tremolo = False
    for note in root.iter("note"):
        # Two notes of a tremolo are written twice as long as they are, which a note without it is not.
        if note.find("chord") is None:
            is_tremolo = any(sign.get("type") in ("start", "stop") for sign in note.iter("tremolo"))
        if is_tremolo and note.findtext("type") in NOTE_TYPES and note.find("time-modification") is not None:
            note.find("type").text = NOTE_TYPES[note.findtext("type")]
            modification = note.find("time-modification")
            if modification.findtext("actual-notes") == "2" and modification.findtext("normal-notes") == "1":
                note.remove(modification)
            else:
                modification.find("normal-notes").text = str(2 * int(modification.findtext("normal-notes")))
        for name in ("attack", "release"):
            note.attrib.pop(name, None)
    for parent in list(root.iter()):
        for child in list(parent):
            is_extra = child.tag == "note" and (
                child.find("grace") is not None or child.find("cue") is not None)
            if is_extra or child.tag in unheard:
                parent.remove(child)
    return root


def mark(root):
    """Adds a part, repeated as the others, in which each measure begins with a chord that tells its number."""
    listed = ElementTree.SubElement(root.find("part-list"), "score-part", id=MARKS)
    ElementTree.SubElement(listed, "part-name").text = MARKS
    if root.tag == "score-timewise":
        homes = [ElementTree.SubElement(measure, "part", id=MARKS) for measure in root.iter("measure")]
        models = [measure.find("part") for measure in root.iter("measure")]
        repeats = models
    else:
        # MuseScore takes repeats from the last part only.
        repeats = root.findall("part")[-1].findall("measure")
        models = root.find("part").findall("measure")
        part = ElementTree.SubElement(root, "part", id=MARKS)
        homes = [ElementTree.SubElement(part, "measure", measure.attrib) for measure in models]
    for index, (home, model, repeated) in enumerate(zip(homes, models, repeats)):
        barlines = {"left": [], "right": []}
        for barline in repeated.findall("barline"):
            if barline.find("repeat") is not None:
                location = barline.get("location", "right")
                copied = ElementTree.Element("barline", location=location)
                copied.append(barline.find("repeat"))
                barlines[location].append(copied)
        home.extend(barlines["left"])
        attributes = ElementTree.SubElement(home, "attributes")
        ElementTree.SubElement(attributes, "divisions").text = "16"
        for time in model.findall("attributes/time")[:1]:
            attributes.append(time)
        for digit in range(3):
            number = LOWEST + DIGITS * digit + index // DIGITS ** digit % DIGITS
            note = ElementTree.SubElement(home, "note")
            if digit:
                ElementTree.SubElement(note, "chord")
            pitch = ElementTree.SubElement(note, "pitch")
            step, alter = [("C", 0), ("C", 1), ("D", 0), ("D", 1), ("E", 0), ("F", 0), ("F", 1), ("G", 0), ("G", 1),
                           ("A", 0), ("A", 1), ("B", 0)][number % 12]
            ElementTree.SubElement(pitch, "step").text = step
            ElementTree.SubElement(pitch, "alter").text = str(alter)
            ElementTree.SubElement(pitch, "octave").text = str(number // 12 - 1)
            ElementTree.SubElement(note, "duration").text = "1"
            ElementTree.SubElement(note, "voice").text = "1"
            ElementTree.SubElement(note, "type").text = "64th"
        home.extend(barlines["right"])


# The programs


def midi_file(path, marked=True):
    """What a MIDI file plays: the bars as its marks tell them, and the notes of its channels.

    The marks are in the track of their part's name; MuseScore names no tracks, and has them in the last.
    """
    parts, marks = collections.defaultdict(list), []
    file = mido.MidiFile(path)
    named = [track for track in file.tracks if track.name == MARKS] or file.tracks[-1:] if marked else []
    for track in file.tracks:
        tick, sounding, port = 0, collections.defaultdict(list), 0
        is_marks = any(track is other for other in named)
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
                note = Note(message.note, start / file.ticks_per_beat, (tick - start) / file.ticks_per_beat)
                if is_marks:
                    marks.append((start, message.note))
                else:
                    parts[(port, message.channel)].append(note)
    bars = collections.defaultdict(int)
    for tick, pitch in marks:
        digit, value = divmod(pitch - LOWEST, DIGITS)
        bars[tick] += value * DIGITS ** digit
    return Played([(bars[tick], tick / file.ticks_per_beat) for tick in sorted(bars)], dict(parts))


def musegen(program, path, folder):
    output = os.path.join(folder, "musegen.mid")
    subprocess.run([program, "edit", path, "-o", output, "--overwrite"], check=True, stdout=subprocess.DEVNULL,
                   stderr=subprocess.PIPE, text=True)
    return midi_file(output)


def comes_back(program, path, written, folder):
    """Whether musegen reads from a score that it wrote the notes of the MIDI file, to the nearest tick."""
    output = os.path.join(folder, "again.mid")
    subprocess.run([program, "edit", written, "-o", output, "--overwrite"], check=True, stdout=subprocess.DEVNULL)
    tick = 1 / mido.MidiFile(path).ticks_per_beat
    # A note that ends where it begins lasts a tick.
    notes = [[note._replace(length=max(note.length, tick))
              for part in midi_file(file, marked=False).notes.values() for note in part]
             for file in (path, output)]
    return len(notes[0]) == len(notes[1]) and all(
        left[0] == right[0] and abs(left[1] - right[1]) <= tick / 2 + 1e-6
        for place in (lambda note: note.onset, lambda note: note.onset + note.length)
        for left, right in zip(*(sorted((note.pitch, place(note)) for note in side) for side in notes)))


def musescore(path, folder):
    output = os.path.join(folder, "musescore.mid")
    subprocess.run(["mscore3", "-o", output, path], check=True, capture_output=True, timeout=600,
                   env={**os.environ, "QT_QPA_PLATFORM": "offscreen"})
    return midi_file(output)


def music21(path, strictly=False, as_written=False):
    """What music21 plays; strictly, a warning of its is an error; as written, without its playing repeats out."""
    import music21
    with warnings.catch_warnings():
        warnings.simplefilter("error" if strictly else "ignore")
        score = music21.converter.parse(path, forceSource=True)
    for part in score.parts:
        for index, measure in enumerate(part.getElementsByClass("Measure")):
            measure.written = index
    score = (score if as_written else score.expandRepeats()).toSoundingPitch()
    measures = [list(part.getElementsByClass("Measure")) for part in score.parts]
    # music21 plays each part out for itself, and one without a sign goes on: all go as the longest does.
    order = [measure.written for measure in max(measures, key=len)]
    for place, part in enumerate(measures):
        known = {measure.written: measure for measure in part}
        measures[place] = [known[written] for written in order if written in known]
    # It lets the staves of one score drift apart where a hidden rest fills a measure, or a whole measure's
    # rest stands in a short one. A measure lasts as long as what stands in any of its staves.
    bars, end = [], 0.0
    for index, written in enumerate(order):
        here = [part[index] for part in measures if index < len(part)]
        bars.append((written, end))
        elements = [element for measure in here for element in measure.flatten().notesAndRests
                    if not (element.isRest and element.fullMeasure in (True, "always"))]
        lengths = [float(element.offset + element.duration.quarterLength) for element in elements]
        end += max(lengths) if lengths else float(here[0].barDuration.quarterLength)
    # Ties lead from one staff of a part to another.
    staves = collections.defaultdict(list)
    for part, own in zip(score.parts, measures):
        staves[str(part.id).split("-Staff")[0]].append(own)
    found = {}
    for name, own in staves.items():
        notes = found[name] = []
        tied = collections.defaultdict(list)
        for index, (_, start) in enumerate(bars):
            elements = [element for staff in own if index < len(staff) for element in staff[index].flatten().notes]
            for element in sorted(elements, key=lambda note: note.offset):
                if element.duration.isGrace or "Harmony" in element.classes:
                    continue
                for note in element.notes if element.isChord else [element]:
                    if not hasattr(note, "pitch"):
                        continue
                    kind = note.tie.type if note.tie else None
                    pitch, onset = note.pitch.midi, start + float(element.offset)
                    length = float(element.duration.quarterLength)
                    before = [place for place in tied[pitch]
                              if abs(notes[place].onset + notes[place].length - onset) < 1e-3]
                    if kind in ("stop", "continue") and before:
                        place = before[-1]
                        tied[pitch].remove(place)
                        notes[place] = Note(pitch, notes[place].onset, onset + length - notes[place].onset)
                    else:
                        place = len(notes)
                        notes.append(Note(pitch, onset, length))
                    if kind in ("start", "continue"):
                        tied[pitch].append(place)
    return Played(bars, found)


def kept(folder, reader, path, read):
    """What a program reads from a file, from an earlier run where a folder keeps it."""
    if folder is None:
        return read()
    with open(path, "rb") as file:
        name = os.path.join(folder, reader + "-" + hashlib.sha256(file.read()).hexdigest()[:24])
    if not os.path.exists(name):
        try:
            result = read()
        except Exception as error:
            result = f"{type(error).__name__}: {error}"
        with open(name + ".part", "wb") as file:
            pickle.dump(result, file)
        os.rename(name + ".part", name)
    with open(name, "rb") as file:
        result = pickle.load(file)
    if isinstance(result, str):
        raise ValueError(result)
    return result


# The comparison


def as_musescore(notes):
    """Each pitch from where it is first struck to where it is last let go, as MuseScore's files have it."""
    joined, last = [], {}
    for note in sorted(notes, key=lambda note: (note.onset, note.pitch, -note.length)):
        if note.pitch in last:
            before = joined[last[note.pitch]]
            if note.onset < before.onset + before.length - 0.005:
                end = max(before.onset + before.length, note.onset + note.length)
                joined[last[note.pitch]] = Note(note.pitch, before.onset, end - before.onset)
                continue
        last[note.pitch] = len(joined)
        joined.append(note)
    return joined


def by_bar(played):
    """For each bar the notes that begin in it, from its beginning, rounded."""
    starts = [start for _, start in played.bars]
    found = [collections.Counter() for _ in starts]
    for notes in played.notes.values():
        for note in notes:
            bar = max(bisect.bisect_right(starts, note.onset + 0.02) - 1, 0)
            found[bar][Note(note.pitch, round((note.onset - starts[bar]) * GRID), round(note.length * GRID))] += 1
    return found


def difference(ours, theirs):
    """The notes of two bars that only one of them has."""
    more, fewer = ours - theirs, theirs - ours
    for note in list(more.elements()):
        for near in (Note(note.pitch, note.onset + a, note.length + b) for a in (0, -1, 1) for b in (0, -1, 1)):
            if fewer[near] > 0:
                fewer[near] -= 1
                more[note] -= 1
                break
    return list((+more).elements()), list((+fewer).elements())


def kind(more, fewer):
    """In what two bars differ, in few words."""
    if [*sorted(note[:2] for note in more)] == [*sorted(note[:2] for note in fewer)]:
        return "durations"
    if [*sorted(note[1:] for note in more)] == [*sorted(note[1:] for note in fewer)]:
        ours, theirs = (sorted(notes, key=lambda note: note[1:] + note[:1]) for notes in (more, fewer))
        apart = {abs(left.pitch - right.pitch) for left, right in zip(ours, theirs)}
        if apart == {1}:
            return "a semitone"
        return "octaves" if all(steps % 12 == 0 for steps in apart) else "pitches"
    if not fewer:
        return "notes only here"
    if not more:
        return "notes only there"
    if sorted(note.pitch for note in more) == sorted(note.pitch for note in fewer):
        return "onsets"
    return "notes"


def compare(ours, theirs):
    """How many bars are equal, how many there are, and what differs."""
    our_bars, their_bars = by_bar(ours), by_bar(theirs)
    equal, differences = 0, []
    orders = [measure for measure, _ in ours.bars], [measure for measure, _ in theirs.bars]
    for tag, a, b, c, d in difflib.SequenceMatcher(None, *orders, autojunk=False).get_opcodes():
        if tag != "equal":
            differences += [("played only here", orders[0][bar], [], []) for bar in range(a, b)]
            differences += [("played only there", orders[1][bar], [], []) for bar in range(c, d)]
            continue
        for left, right in zip(range(a, b), range(c, d)):
            more, fewer = difference(our_bars[left], their_bars[right])
            if more or fewer:
                differences.append((kind(more, fewer), orders[0][left], more, fewer))
            else:
                equal += 1
    return equal, equal + len(differences), differences


def compare_file(path, options):
    """The results of a file by reader, or what went wrong."""
    results = {}
    with tempfile.TemporaryDirectory() as folder:
        plain, marked = (os.path.join(folder, name + ".musicxml") for name in ("score", "marked"))
        try:
            source = path
            if path.lower().endswith((".mid", ".midi")):
                source = os.path.join(folder, "written.musicxml")
                subprocess.run([options.musegen, "render", path, "-o", source], check=True,
                               stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
                if not comes_back(options.musegen, path, source, folder):
                    return {reader: "musegen reads other notes than it wrote" for reader in options.readers}
            root = document(source, options.as_written)
            ElementTree.ElementTree(root).write(plain, encoding="utf-8", xml_declaration=True)
            mark(root)
            ElementTree.ElementTree(root).write(marked, encoding="utf-8", xml_declaration=True)
            ours = musegen(options.musegen, marked, folder)
        except subprocess.CalledProcessError as error:
            return {reader: "musegen: " + error.stderr.strip() for reader in options.readers}
        except Exception as error:
            return {reader: f"the file: {error}" for reader in options.readers}
        for reader in options.readers:
            try:
                if reader == "music21":
                    theirs = kept(options.keep, reader, plain, lambda: music21(
                        plain, strictly=source != path, as_written=options.as_written))
                    pitched = {key: notes for key, notes in ours.notes.items() if key[1] != 9}
                    results[reader] = compare(Played(ours.bars, pitched), theirs)
                else:
                    theirs = kept(options.keep, reader, marked, lambda: musescore(marked, folder))
                    results[reader] = compare(*(
                        Played(side.bars, {key: as_musescore(notes) for key, notes in side.notes.items()})
                        for side in (ours, theirs)))
            except Exception as error:
                results[reader] = f"{reader}: {str(error)[:200]}"
    return results


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--musegen", default=".build/release/musegen")
    parser.add_argument("--readers", default="music21,musescore", type=lambda text: text.split(","))
    parser.add_argument("--as-written", action="store_true", help="play each measure once, without repeats and jumps")
    parser.add_argument("--verbose", type=int, default=0, metavar="COUNT", help="show the first differences of a file")
    parser.add_argument("--keep", metavar="FOLDER", help="keep what music21 and MuseScore read, for the next run")
    parser.add_argument("--jobs", type=int, default=1, help="how many files are compared at a time")
    parser.add_argument("files", nargs="+")
    options = parser.parse_args()
    if options.keep:
        os.makedirs(options.keep, exist_ok=True)
    totals = collections.defaultdict(lambda: [0] * 4)
    kinds = collections.defaultdict(collections.Counter)
    unread = []
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        for path, results in zip(
                options.files, pool.map(compare_file, options.files, [options] * len(options.files))):
            words = []
            for reader, result in results.items():
                if isinstance(result, str):
                    words.append(f"{reader}: not compared")
                    unread.append(f"{path}: {result}")
                    continue
                equal, bars, differences = result
                words.append(f"{reader} {equal} of {bars}")
                totals[reader] = [old + new for old, new in zip(totals[reader], (equal == bars, 1, equal, bars))]
                kinds[reader].update(difference[0] for difference in differences)
                for what, measure, more, fewer in differences[:options.verbose]:
                    print(f"  {reader}, measure {measure + 1}, {what}: "
                          f"only here {[tuple(note) for note in more[:6]]}, "
                          f"only there {[tuple(note) for note in fewer[:6]]}")
            print(f"{os.path.basename(path)}: bars equal: {', '.join(words)}")
            sys.stdout.flush()
    for line in sorted(set(unread)):
        print("not compared:", line)
    for reader, (whole, files, equal, bars) in totals.items():
        print(f"{reader}: {whole} of {files} files, {equal} of {bars} bars equal, {100 * equal / max(bars, 1):.2f} %")
        for name, number in kinds[reader].most_common():
            print(f"  {number} bars differ: {name}")


if __name__ == "__main__":
    main()
