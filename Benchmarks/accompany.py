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
have, each beside that between the original and the next file's. The given part is compared note by note with the
file that it came from.

With --annotated chords are compared with those that stand beside the files, as POP909 has them (NNN.mid and
NNN.chord_midi.txt: from, to, such as Bb:min7/3): on each beat that has one, the share of the pitch classes of either
that are in both, and how often the root sounds.

With --metre 4/4 all copies are written in bars of that metre, whatever the files say. The part is told and heard bar by
bar, and of POP909's files most are written in bars of one beat.

    python Benchmarks/accompany.py --given song brahms/*.mid faure/ --temperature 1 --seeds 1,2,3

With --given nothing is trained: all files are held out, and the model is one that is there, by name or file; what
stands behind `--` is for `musegen accompany`. Of a model that also writes whole pieces only the readings with the
part given count. "Without" is then a part that rests up to its last note, as what it hears never tells that a piece
is whole. Files keep the folder in which they lie, which tells a model of composers whose they are; the key is told as
it is estimated with the part at hand. It writes to each part alone, once for each of --seeds and asked for no
composer, so that one is drawn, and what is heard in the other parts is compared with the original's: the chord that
fits the sounding time of the pitch classes best, of 24 major and minor ones, fifths without a third, or none, in each
half bar (in metres of an odd number of beats each bar) in which the part sounds and the original has a chord. Beside
it stand two accompaniments to one part, what the model wrote to other pieces' parts, and these pieces' own; "in this
key" they are moved from tonic to tonic, and of the same mode where there are such. A piece with fewer half bars
begins again.

Everything is kept in --out; what is there already is not made again, and other files, flags or another model need
another folder. Needs mido.
"""
import argparse
import bisect
import collections
import itertools
import json
import pathlib
import random
import statistics
import subprocess
import sys

import mido


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("corpus", nargs="+", type=pathlib.Path)
    parser.add_argument("--chords", action="store_true")
    parser.add_argument("--annotated", action="store_true")
    parser.add_argument("--metre", type=metre, help="write all copies in bars of this metre, such as 4/4")
    parser.add_argument("--given", metavar="MODEL", help="measure a model that is there, and train none")
    parser.add_argument("--seeds", default="1,2,3", help="with --given: what is written is drawn by these")
    parser.add_argument("--temperature", default="0.5")
    parser.add_argument("--musegen", default=".build/release/musegen")
    parser.add_argument("--out", type=pathlib.Path, default=pathlib.Path("accompany"))
    # What stands behind -- is for musegen train, or with --given for musegen accompany.
    split = sys.argv.index("--") if "--" in sys.argv else len(sys.argv)
    options = parser.parse_args(sys.argv[1:split])
    flags = sys.argv[split + 1:]
    if options.given and options.metre:
        parser.error("--metre is for models that are trained here, not for --given")
    corpus = options.corpus
    out = options.out

    files = [path for named in corpus for path in ([named] if named.is_file() else sorted(named.rglob("*.mid")))]
    files = [path for path in files if len(sounding(mido.MidiFile(path))) > 1]
    settings = dict(files=[str(path.resolve()) for path in files], model=options.given, flags=flags)
    remember(out, settings | (dict(metre=options.metre) if options.metre else {}))
    if options.given:
        return measure(options, files, flags)
    held = files[::10]
    learned = [path for index, path in enumerate(files) if index % 10]
    for name, paths in (("train", learned), ("held", held)):
        copy(paths, out / name, lambda path: in_metre(mido.MidiFile(path), options.metre))
        copy(paths, out / f"{name}-without", lambda path: in_metre(with_part(path, untold), options.metre))
    following = dict(zip(held, held[1:] + held[:1]))
    copy(held, out / "held-wrong",
         lambda path: in_metre(with_part(path, part_of(following[path])), options.metre))

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


def remember(out, settings):
    """Ends where what is kept was made otherwise: it would be told as what these settings make."""
    path = out / "settings.json"
    if path.exists() and json.loads(path.read_text()) != settings:
        sys.exit(f"accompany.py: {out} has what other files, flags or another model made; name another folder by --out")
    out.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(settings))


def passes(run):
    """How many times a run has read its pieces."""
    return max(json.loads(line).get("epoch", 0) for line in open(run / "metrics.jsonl"))


def sounding(file):
    """The places of the tracks with notes."""
    return [place for place, track in enumerate(file.tracks)
            if any(message.type == "note_on" and message.velocity > 0 for message in track)]


def copy(paths, folder, read, keeping_folders=False):
    if folder.exists():
        return
    folder.mkdir(parents=True)
    for number, path in enumerate(paths):
        place = folder / path.resolve().parent.name if keeping_folders else folder
        place.mkdir(exist_ok=True)
        read(path).save(place / f"{number:04}-{path.name}")


def metre(text):
    """A metre as its two numbers, as JSON has them."""
    numerator, denominator = map(int, text.split("/"))
    if not 0 < numerator < 256 or denominator not in (1, 2, 4, 8, 16, 32):
        raise ValueError
    return [numerator, denominator]


def in_metre(file, metre):
    """A file in bars of one metre from its beginning; as it is where none is asked for."""
    if metre is None:
        return file
    for track in file.tracks:
        kept, ticks = [], 0
        for message in track:
            ticks += message.time
            if message.type != "time_signature":
                message.time = ticks
                kept.append(message)
                ticks = 0
        track[:] = kept
    file.tracks[0].insert(0, mido.MetaMessage("time_signature", numerator=metre[0], denominator=metre[1]))
    return file


def with_part(path, notes_instead):
    """A file with other notes in its first part."""
    file = mido.MidiFile(path)
    place = sounding(file)[0]
    part = file.tracks[place]
    channel = next(message.channel for message in part if message.type == "note_on")
    kept, ticks = [], 0
    for message in part:
        ticks += message.time
        if message.is_meta and message.type != "end_of_track":
            kept.append((ticks, message))
    notes = [(tick, message.copy(channel=channel)) for tick, message in notes_instead(file, part)]
    track, ticks = mido.MidiTrack(), 0
    for tick, message in sorted(kept + notes, key=lambda event: event[0]):
        track.append(message.copy(time=tick - ticks))
        ticks = tick
    file.tracks[place] = track
    return file


def untold(file, part):
    """A note beyond all vocabularies."""
    return [(0, mido.Message("note_on", note=1, velocity=1)), (1, mido.Message("note_off", note=1))]


def last_note(file, part):
    """The part's own last note, before which it rests."""
    onset, end, pitch, velocity = max(spans(part))
    return [(onset, mido.Message("note_on", note=pitch, velocity=velocity)),
            (end, mido.Message("note_off", note=pitch))]


def part_of(other, shift=0):
    """The first part of another file, some semitones higher."""
    def notes(file, part):
        source, found, ticks = mido.MidiFile(other), [], 0
        for message in source.tracks[sounding(source)[0]]:
            ticks += message.time
            if message.type in ("note_on", "note_off"):
                tick = round(ticks * file.ticks_per_beat / source.ticks_per_beat)
                found.append((tick, message.copy(note=message.note + shift)))
        return found
    return notes


def measure(options, files, flags):
    """What the part is worth to a model that is there, and which chords it writes to it."""
    songs = [song for song in map(Song, files) if any(song.sings)]
    if len(songs) < 2:
        sys.exit("accompany.py: two files or more with two parts or more are needed")
    lines = [f"{len(songs)} pieces held out; `-m {pathlib.Path(options.given).name}`.", ""]
    lines += losses(options, songs) + [""] + chords_heard(options, songs, flags)
    text = "\n".join(lines) + "\n"
    (options.out / "accompany.md").write_text(text)
    print(text)


def losses(options, songs):
    """The loss of the other parts with what stands in the part's place."""
    following, alike = {}, {}
    for song in songs:
        others = after(song, songs)
        following[song.path] = part_of(others[0].path)
        other = next((other for other in others if other.mode == song.mode), others[0])
        alike[song.path] = part_of(other.path, song.shift(other))
    hands = {
        "its own": mido.MidiFile,
        "rests up to its last note": lambda path: with_part(path, last_note),
        "another piece's": lambda path: with_part(path, following[path]),
        "another piece's, in this key": lambda path: with_part(path, alike[path])}
    read = {}
    for words, make in hands.items():
        folder = options.out / words.replace(",", "").replace("'", "").replace(" ", "-")
        copy([song.path for song in songs], folder, make, keeping_folders=True)
        report = json.loads(subprocess.run(
            [options.musegen, "eval", str(folder), "-m", options.given, "--json"], check=True,
            capture_output=True, text=True).stdout)
        # A model that also writes whole pieces reads each file twice; whole it has the part's notes, too.
        pieces = {}
        for piece in report["pieces"]:
            known = pieces.setdefault(pathlib.Path(piece["path"]).name, piece)
            if piece["notes"] < known["notes"]:
                pieces[pathlib.Path(piece["path"]).name] = piece
        read[words] = pieces
    # What is told of a piece may be cut otherwise where another part ends later.
    own = read["its own"]
    same = [name for name in own
            if all(name in pieces and pieces[name]["tokens"] == own[name]["tokens"] for pieces in read.values())]
    lines = [
        f"All of the same events, in {len(same)} of the pieces:", "",
        "| the part at hand | nats per event | nats per note of the others | more than with its own, nats per event |",
        "|---|---|---|---|"]
    for words, pieces in read.items():
        cells = [resampled([(pieces[name]["nats"], pieces[name][unit]) for name in same])
                 for unit in ("tokens", "notes")]
        if words != "its own":
            cells.append(resampled(
                [(pieces[name]["nats"] - own[name]["nats"], own[name]["tokens"]) for name in same]))
        lines.append(f"| {words} | " + " | ".join(cells + [""] * (3 - len(cells))) + " |")
        print(lines[-1], flush=True)
    return lines


def after(song, songs):
    """The other songs from the next one on."""
    place = songs.index(song)
    return songs[place + 1:] + songs[:place]


def resampled(pairs):
    """All amounts by all counts, and the interval of 95 % when pieces are drawn anew."""
    def quotient(drawn):
        return sum(amount for amount, _ in drawn) / max(1, sum(count for _, count in drawn))
    drawing = random.Random(1)
    means = sorted(quotient(drawing.choices(pairs, k=len(pairs))) for _ in range(1000))
    return f"{quotient(pairs):.3f} ({means[25]:.3f} to {means[974]:.3f})"


class Song:
    """A piece with the chords that its other parts have while the first one sounds."""

    def __init__(self, path):
        self.path = path
        file = mido.MidiFile(path)
        self.beat = file.ticks_per_beat
        self.places = half_bars(file)
        given = sum_of_pitch_classes(pitches(file, first=True), self.places)
        self.sings = [sum(lengths) > 0 for lengths in given]
        self.chords = self.heard(path)
        others = sum_of_pitch_classes(pitches(file, first=False), self.places)
        self.tonic, self.mode = key([sum(column) for column in zip(*given, *others)])

    def heard(self, path):
        """The chord of each half bar in which the part sounds, in a file with the same part, and the share of its
        sounding time that each pitch class has."""
        file = mido.MidiFile(path)
        if file.ticks_per_beat != self.beat:
            sys.exit(f"accompany.py: {path} has {file.ticks_per_beat} ticks a beat, expected {self.beat}")
        lengths = sum_of_pitch_classes(pitches(file, first=False), self.places)
        return [(chord(row), [length / max(1, sum(row)) for length in row])
                for row, sings in zip(lengths, self.sings) if sings]

    def shift(self, other):
        """By how many semitones another song is moved into this one's key."""
        return (self.tonic - other.tonic + 6) % 12 - 6


def pitches(file, first):
    """The notes of the first part or of all others, drums left out."""
    places = sounding(file)
    return [
        (onset, end, pitch) for place in (places[:1] if first else places[1:])
        if not any(message.type == "note_on" and message.channel == 9 for message in file.tracks[place])
        for onset, end, pitch, _ in spans(file.tracks[place])]


def half_bars(file):
    """Where half bars begin, in ticks, and the last one ends; bars where their beats are an odd number."""
    metres, ticks = [(0, 4, 4)], 0
    for message in mido.merge_tracks(file.tracks):
        ticks += message.time
        if message.type == "time_signature":
            metres.append((ticks, message.numerator, message.denominator))
    places = []
    for (start, numerator, denominator), (end, _, _) in zip(metres, metres[1:] + [(ticks + 1, 4, 4)]):
        bar = file.ticks_per_beat * 4 * numerator // denominator
        places += range(start, end, max(1, bar // 2 if numerator % 2 == 0 else bar))
    return places + [ticks + 1]


def sum_of_pitch_classes(notes, places):
    """How many ticks each pitch class sounds between two places."""
    found = [[0] * 12 for _ in places[1:]]
    for onset, end, pitch in notes:
        place = bisect.bisect_right(places, onset) - 1
        while place < len(found) and places[place] < end:
            found[place][pitch % 12] += min(end, places[place + 1]) - max(onset, places[place])
            place += 1
    return found


def chord(lengths):
    """The triad nearest by angle to what sounds, as root and whether it is major, which None leaves open where there
    is a fifth alone; None where no triad is near, or two of other roots are equally."""
    # The root weighs a little more and so tells whose third two notes are. One pitch class alone is below the limit,
    # as all twelve are.
    norm = sum(length ** 2 for length in lengths) ** 0.5 * (1.1 ** 2 + 2) ** 0.5
    if norm == 0:
        return None
    fits = {
        (root, third == 4): (1.1 * lengths[root] + lengths[(root + third) % 12] + lengths[(root + 7) % 12]) / norm
        for root in range(12) for third in (4, 3)}
    nearest = max(fits.values())
    best = [triad for triad, fit in fits.items() if nearest - fit < 1e-9]
    roots = {root for root, _ in best}
    if nearest < 0.65 or len(roots) > 1:
        return None
    return best[0] if len(best) == 1 else (best[0][0], None)


# How well each degree fits a key: Krumhansl and Kessler (1982).
PROFILES = {
    "major": (6.35, 2.23, 3.48, 2.33, 4.38, 4.09, 2.52, 5.19, 2.39, 3.66, 2.29, 2.88),
    "minor": (6.33, 2.68, 3.52, 5.38, 2.60, 3.53, 2.54, 4.75, 3.98, 2.69, 3.34, 3.17)}


def key(lengths):
    """The tonic and the mode whose profile is nearest to how long pitch classes sound."""
    return max(
        ((tonic, mode) for tonic in range(12) for mode in PROFILES),
        key=lambda found: statistics.correlation(
            lengths[found[0]:] + lengths[:found[0]], PROFILES[found[1]]))


def moved(chords, shift):
    """Chords and shares, some semitones higher."""
    return [(found and ((found[0] + shift) % 12, found[1]), [shares[(pitch - shift) % 12] for pitch in range(12)])
            for found, shares in chords]


def agreement(chords, original):
    """Of the half bars in which the original has a chord those with the same one, with its root, the share of
    sounding time in common, those with none, and how many they are."""
    sums = [0, 0, 0, 0, 0]
    for place, (wanted, wanted_shares) in enumerate(original):
        if wanted is None:
            continue
        found, shares = chords[place % len(chords)]
        sums[0] += found == wanted
        sums[1] += found is not None and found[0] == wanted[0]
        sums[2] += sum(map(min, shares, wanted_shares))
        sums[3] += found is None
        sums[4] += 1
    return sums


def average(tallies):
    return [statistics.fmean(column) for column in zip(*tallies)]


def chords_heard(options, songs, flags):
    """How often what is written has the chords of the original, and what other music has."""
    seeds, folder = options.seeds.split(","), options.out / f"written-{options.temperature}"
    folder.mkdir(parents=True, exist_ok=True)
    written = {seed: {} for seed in seeds}
    notes = kept = added = 0
    for number, song in enumerate(songs):
        voice = folder / f"{number:04}-{song.path.stem}-part.mid"
        file = mido.MidiFile(song.path)
        part = sounding(file)[0]
        file.tracks = [track for place, track in enumerate(file.tracks) if place == part or place not in sounding(file)]
        file.save(voice)
        given = collections.Counter(melody(voice))
        for seed in seeds:
            path = folder / f"{number:04}-{song.path.stem}-{seed}.mid"
            if not path.exists():
                subprocess.run(
                    [options.musegen, "accompany", str(voice), "-m", options.given, "--temperature",
                     options.temperature, "--seed", seed, "-o", str(path), *flags], check=True)
            written[seed][song] = song.heard(path)
            again = collections.Counter(melody(path))
            notes += given.total()
            kept += (given & again).total()
            added += (again - given).total()
    others = {song: after(song, songs) for song in songs}
    alike = {song: [other for other in others[song] if other.mode == song.mode] or others[song] for song in songs}
    # Of each row a tally of each song, once or once for each seed or pair of them.
    rows = {
        "written to the part": [
            [agreement(written[seed][song], song.chords) for song in songs] for seed in seeds],
        "two accompaniments to one part": [
            [agreement(written[left][song], written[right][song]) for song in songs]
            for left, right in itertools.permutations(seeds, 2)],
        "written to another piece's, in this key": [
            [average([agreement(moved(written[seed][other], song.shift(other)), song.chords)
                      for other in alike[song]]) for song in songs] for seed in seeds],
        "another piece's own, in this key": [
            [average([agreement(moved(other.chords, song.shift(other)), song.chords) for other in alike[song]])
             for song in songs]],
        "another piece's own": [
            [average([agreement(other.chords, song.chords) for other in others[song]]) for song in songs]]}
    half_bars = sum(len(song.chords) for song in songs)
    compared = sum(found is not None for song in songs for found, _ in song.chords)
    lines = [
        f"Of {half_bars} half bars in which the part sounds the original has a chord in {compared}. Temperature "
        f"{options.temperature}, seeds {options.seeds}"
        + (f", `{' '.join(flags)}`" if flags else "") + "; means, with the lowest and the highest seed:", "",
        "| | the same chord | the same root | sounding time in common | no chord |", "|---|---|---|---|---|"]
    for words, draws in rows.items():
        cells = []
        for column in range(4):
            shares = [sum(tally[column] for tally in draw) / max(1, sum(tally[4] for tally in draw))
                      for draw in draws]
            text = f"{statistics.fmean(shares):.3f}" if shares else "-"
            cells.append(text + (f" ({min(shares):.3f} to {max(shares):.3f})" if len(shares) > 1 else ""))
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    own = [average(tallies) for tallies in zip(*rows["written to the part"])]
    lines += [
        "", "What is written to the part has more of the original's chords than (95 % when songs are drawn anew):", "",
        "| | the same chord | the same root | sounding time in common |", "|---|---|---|---|"]
    for words in list(rows)[2:]:
        floor = [average(tallies) for tallies in zip(*rows[words])]
        cells = [resampled([(left[column] - right[column], left[4]) for left, right in zip(own, floor)])
                 for column in range(3)]
        lines.append(f"| {words} | " + " | ".join(cells) + " |")
    return lines + [
        "", f"Of {notes} notes of the given parts, counted once for each seed, {kept} stand in the written files as "
        f"they were, to tick, pitch, length and velocity; {added} stand there that were not given."]


def written_files(options, held):
    """The held-out parts' files with what the model writes to them."""
    folder = options.out / f"written-{options.temperature}"
    folder.mkdir(exist_ok=True)
    for number, path in enumerate(held):
        written = folder / f"{number:04}-{path.name}"
        if not written.exists():
            # The copy, which may be in another metre.
            subprocess.run(
                [options.musegen, "accompany", str(options.out / "held" / written.name), "-m",
                 str(options.out / "given.safetensors"), "--temperature", options.temperature, "--seed", "1",
                 "-o", str(written)], check=True, stdout=subprocess.DEVNULL)
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


if __name__ == "__main__":
    main()
