// A piece as the page holds it: parts, notes, bars, and the two ways to tell time.

/** A note of a piece; `start` and `end` in seconds, `onset` and `duration` in ticks. */
export class Score {
  constructor(message) {
    this.ticksPerQuarter = message.ticksPerQuarter ?? null;
    this.endTick = message.endTick;
    this.seconds = message.seconds;
    this.tempos = message.tempos;
    this.bars = message.bars;
    this.metres = message.metres;
    this.tracks = message.tracks.map(({ name, isDrums }) => ({ name, isDrums }));
    this.notes = [];
    message.tracks.forEach((track, index) => {
      for (const [onset, duration, pitch, velocity] of track.notes) {
        this.notes.push({ track: index, onset, duration, pitch, velocity });
      }
    });
    this.settle();
  }

  /** A piece of which nothing is there yet. */
  static empty() {
    return new Score({ endTick: 0, seconds: 0, tempos: [[0, 0, 1 / 960]], bars: [], metres: [], tracks: [] });
  }

  /** Whether notes can be changed by hand. */
  get isEditable() {
    return this.ticksPerQuarter !== null;
  }

  /** Times and order of the notes, after any of them has changed. */
  settle() {
    for (const note of this.notes) {
      note.start = this.secondsAt(note.onset);
      note.end = this.secondsAt(note.onset + note.duration);
    }
    this.notes.sort((a, b) => a.start - b.start || a.pitch - b.pitch);
    this.measure();
  }

  measure() {
    this.seconds = this.notes.reduce((end, note) => Math.max(end, note.end), this.seconds);
    // The longest note says how far back one that still sounds may begin.
    this.longest = this.notes.reduce((most, note) => Math.max(most, note.end - note.start), 0);
    const pitched = this.notes.map((note) => note.pitch);
    this.lowest = pitched.reduce((low, pitch) => Math.min(low, pitch), 127);
    this.highest = pitched.reduce((high, pitch) => Math.max(high, pitch), 0);
  }

  /** Adds notes of a piece that is being written: start, duration, pitch, velocity, channel; returns them. */
  append(notes, settled) {
    const added = [];
    for (const [start, duration, pitch, velocity, channel] of notes) {
      let track = this.tracks.findIndex((part) => part.channel === channel);
      if (track < 0) {
        track = this.tracks.push({ name: "", isDrums: channel === 9, channel }) - 1;
      }
      const note = { track, pitch, velocity, start, end: start + duration, onset: 0, duration: 0 };
      let place = this.notes.length;
      while (place > 0 && this.notes[place - 1].start > start) place -= 1;
      this.notes.splice(place, 0, note);
      added.push(note);
      this.longest = Math.max(this.longest, duration);
      this.lowest = Math.min(this.lowest, pitch);
      this.highest = Math.max(this.highest, pitch);
      this.seconds = Math.max(this.seconds, note.end);
    }
    this.seconds = Math.max(this.seconds, settled);
    return added;
  }

  /** Notes that begin to sound: start, pitch, velocity, channel; they end where they are released. */
  strike(notes) {
    const added = this.append(notes.map(([start, pitch, velocity, channel]) => [start, 0.02, pitch, velocity, channel]), 0);
    this.sounding = [...(this.sounding ?? []), ...added];
  }

  /** Notes that are released: second, pitch, channel. */
  release(notes) {
    for (const [end, pitch, channel] of notes) {
      const index = (this.sounding ?? []).findIndex((note) => note.pitch === pitch && this.tracks[note.track].channel === channel);
      if (index < 0) continue;
      const [note] = this.sounding.splice(index, 1);
      note.end = Math.max(note.start, end);
      this.longest = Math.max(this.longest, note.end - note.start);
    }
  }

  /** Ends all that sounds. */
  releaseAll(seconds) {
    this.hold(seconds);
    this.sounding = [];
  }

  /** Lets what sounds go on to a second. */
  hold(seconds) {
    for (const note of this.sounding ?? []) {
      note.end = Math.max(note.end, seconds);
      this.longest = Math.max(this.longest, note.end - note.start);
    }
  }

  /** Forgets all but the last notes. */
  forget(kept) {
    if (this.notes.length > 2 * kept) this.notes.splice(0, this.notes.length - kept);
  }

  tempoAt(value, column) {
    let low = 0;
    let high = this.tempos.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (this.tempos[middle][column] <= value) low = middle;
      else high = middle - 1;
    }
    return this.tempos[low];
  }

  secondsAt(tick) {
    const [from, seconds, length] = this.tempoAt(tick, 0);
    return seconds + (tick - from) * length;
  }

  tickAt(seconds) {
    const [from, start, length] = this.tempoAt(seconds, 1);
    return Math.max(0, Math.round(from + (seconds - start) / length));
  }

  /** The index of the first note that begins at a time or later. */
  firstFrom(seconds) {
    let low = 0;
    let high = this.notes.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.notes[middle].start < seconds) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The bar in which a tick is, counted from 1; 0 where there are none. */
  barAt(tick) {
    let low = 0;
    let high = this.bars.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.bars[middle] <= tick) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where a bar begins and ends, in ticks. */
  ticksOfBar(bar) {
    const start = this.bars[bar - 1];
    const end = bar < this.bars.length ? this.bars[bar] : Math.max(this.endTick, start + 1);
    return [start, end];
  }

  /** The grid that notes are moved on, in ticks: a sixteenth note. */
  get grid() {
    return Math.max(1, Math.round((this.ticksPerQuarter ?? 480) / 4));
  }
}

/** A note as the interface names it. */
export function named(note) {
  return {
    track: note.track,
    onset: note.onset,
    duration: note.duration,
    pitch: note.pitch,
    velocity: note.velocity,
  };
}

const names = ["C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B"];

/** A pitch as musicians call it, middle C being C4. */
export const pitchName = (pitch) => `${names[pitch % 12]}${Math.floor(pitch / 12) - 1}`;

/** A time such as 1:05. */
export function clock(seconds) {
  const whole = Math.max(0, Math.floor(seconds + 1e-6));
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
