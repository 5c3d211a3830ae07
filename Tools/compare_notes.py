#!/usr/bin/env python3
"""Compares the notes that musegen reads with those of mido and symusic.

    Tools/compare_notes.py FOLDER...        (pip install mido symusic)

mido gives messages, which are paired here first in, first out, per channel and pitch, a note without
an end lasting to the end of its track; symusic gives notes, and drops those without an end. Prints
each file that differs and why, and leaves with 1 where a difference has no reason.
"""

import collections
import subprocess
import sys

import mido
import symusic

MUSEGEN = ".build/release/musegen"


def musegen_notes(folders):
    """The notes of each file: (channel from 0, pitch, velocity, onset, end)."""
    output = subprocess.run(
        [MUSEGEN, "info", "--notes", *folders], stdout=subprocess.PIPE, check=True
    ).stdout.decode()
    files = collections.defaultdict(collections.Counter)
    for line in output.splitlines():
        path, _, channel, *note = line.rsplit("\t", 6)
        files[path][(int(channel) - 1, *map(int, note))] += 1
    return files


def mido_notes(path):
    """The same by mido, and those of them that had no end."""
    notes, endless = collections.Counter(), collections.Counter()
    for track in mido.MidiFile(path).tracks:
        tick, sounding = 0, collections.defaultdict(collections.deque)
        for message in track:
            tick += message.time
            if message.type == "note_on" and message.velocity > 0:
                sounding[message.channel, message.note].append((message.velocity, tick))
            elif message.type in ("note_on", "note_off"):
                queue = sounding[message.channel, message.note]
                if queue:
                    velocity, onset = queue.popleft()
                    notes[message.channel, message.note, velocity, onset, tick] += 1
        for (channel, pitch), queue in sounding.items():
            for velocity, onset in queue:
                endless[channel, pitch, velocity, onset, tick] += 1
    return notes + endless, endless


def symusic_notes(path):
    """The same by symusic, which does not tell channels."""
    return collections.Counter(
        (note.pitch, note.velocity, note.time, note.end)
        for track in symusic.Score(path).tracks
        for note in track.notes
    )


def without_channels(notes):
    result = collections.Counter()
    for note, count in notes.items():
        result[note[1:]] += count
    return result


def main(folders):
    ours = musegen_notes(folders)
    total = unexplained = explained = 0
    for path, notes in sorted(ours.items()):
        total += sum(notes.values())
        reasons = []
        try:
            theirs, endless = mido_notes(path)
            if notes != theirs:
                reasons.append(("mido reads other notes", False))
        except Exception as error:
            endless = collections.Counter()
            reasons.append((f"mido cannot read it: {error}", True))
        try:
            theirs = symusic_notes(path)
            if without_channels(notes) != theirs:
                dropped = without_channels(notes - endless) == theirs
                reasons.append(
                    (f"symusic drops {sum(endless.values())} notes without an end", True)
                    if dropped
                    else ("symusic reads other notes", False)
                )
        except Exception as error:
            reasons.append((f"symusic cannot read it: {error}", True))
        for reason, is_explained in reasons:
            print(f"{path}: {reason}")
            explained += is_explained
            unexplained += not is_explained
    print(
        f"{len(ours)} files, {total} notes: {unexplained} differences without a reason, "
        f"{explained} with one"
    )
    return 1 if unexplained else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) if len(sys.argv) > 1 else __doc__)
