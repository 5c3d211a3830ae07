// The piano roll: a piece drawn on a canvas, scrolled, zoomed, and changed by pointer and keys.

import { holdsNote, isNothing } from "./locks.js";
import { pitchName } from "./score.js";

const [rulerHeight, keyWidth] = [24, 44];
const [narrowest, widest] = [2, 600];
const blackKeys = new Set([1, 3, 6, 8, 10]);

export class Roll {
  /**
   * @param canvas where it is drawn.
   * @param on what happens: `seek(second)`, `edit(change, name)`, `bars(first, last)`, `chosen()`, `lock()`,
   *   `say(text)`.
   */
  constructor(canvas, on) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.on = on;
    this.score = null;
    this.scale = 60;
    this.left = 0;
    this.playhead = 0;
    this.selection = new Set();
    this.bars = null;
    this.locks = null;
    this.isFollowing = true;
    this.frame = 0;
    new ResizeObserver(() => this.measure()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.recolour());
    this.recolour();
    this.listen();
  }

  recolour() {
    const style = getComputedStyle(this.canvas);
    const colour = (name) => style.getPropertyValue(`--${name}`).trim();
    this.colours = {
      paper: colour("roll"), black: colour("roll-black"), line: colour("roll-line"),
      bar: colour("roll-bar"), text: colour("quiet"), ink: colour("ink"), accent: colour("accent"),
      selection: colour("roll-selection"), white: colour("key-white"), dark: colour("key-black"),
      parts: [1, 2, 3, 4, 5, 6].map((number) => colour(`part-${number}`)),
    };
    this.draw();
  }

  measure() {
    const ratio = devicePixelRatio || 1;
    this.width = this.canvas.clientWidth;
    this.height = this.canvas.clientHeight;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round(this.height * ratio);
    this.ratio = ratio;
    this.arrange();
    this.draw();
  }

  /** Shows a piece; its view stays where it is the same one again. */
  show(score, isSame = false) {
    this.score = score;
    if (!isSame) {
      this.selection.clear();
      this.setBars(null);
      this.left = 0;
      this.playhead = 0;
      this.fit();
    } else {
      this.selection = new Set([...this.selection].filter((note) => score.notes.includes(note)));
      // Those that were chosen may be there no more.
      const count = score.bars.length;
      if (this.bars?.[1] > count) this.setBars(this.bars[0] > count ? null : [this.bars[0], count]);
    }
    this.arrange();
    this.draw();
  }

  /** Chooses a scale at which bars can be read: some twenty seconds, or the piece if it is shorter. */
  fit() {
    const room = Math.max(100, (this.width ?? 800) - keyWidth - 20);
    const seconds = Math.min(Math.max(this.score.seconds, 6), 24);
    this.scale = clamp(room / seconds, narrowest, widest);
  }

  /** Finds which pitches are shown, and how high a row is. */
  arrange() {
    if (!this.score || !this.height) return;
    const { lowest, highest } = this.score;
    const isEmpty = lowest > highest;
    const low = isEmpty ? 48 : Math.max(0, lowest - 3);
    const high = isEmpty ? 84 : Math.min(127, highest + 3);
    const middle = (low + high) / 2;
    const span = Math.max(high - low + 1, 25);
    this.bottomPitch = Math.max(0, Math.min(127 - span + 1, Math.round(middle - (span - 1) / 2)));
    this.topPitch = this.bottomPitch + span - 1;
    this.row = (this.height - rulerHeight) / span;
  }

  x(seconds) { return keyWidth + (seconds - this.left) * this.scale; }
  y(pitch) { return rulerHeight + (this.topPitch - pitch) * this.row; }
  secondsAt(x) { return this.left + (x - keyWidth) / this.scale; }
  pitchAt(y) { return this.topPitch - Math.floor((y - rulerHeight) / this.row); }

  get shownSeconds() { return (this.width - keyWidth) / this.scale; }

  scrollTo(left) {
    const most = Math.max(0, (this.score?.seconds ?? 0) + 2 - this.shownSeconds);
    this.left = clamp(left, 0, most);
    this.draw();
  }

  /** Zooms, what is at `x` staying there. */
  zoom(factor, x = keyWidth + (this.width - keyWidth) / 2) {
    const seconds = this.secondsAt(x);
    this.scale = clamp(this.scale * factor, narrowest, widest);
    this.scrollTo(seconds - (x - keyWidth) / this.scale);
  }

  /** Moves the playhead, and the view with it where it leaves it. */
  movePlayhead(seconds) {
    this.playhead = seconds;
    const x = this.x(seconds);
    if (this.isStreaming) this.left = Math.max(0, seconds - this.shownSeconds * 0.7);
    else if (this.isFollowing && (x > this.width - 40 || x < keyWidth)) {
      this.scrollTo(seconds - this.shownSeconds * 0.15);
    }
    this.draw();
  }

  setBars(bars) {
    this.bars = bars;
    this.on.bars?.(bars);
    this.draw();
  }

  draw() {
    if (this.frame) return;
    this.frame = requestAnimationFrame(() => {
      this.frame = 0;
      this.paint();
    });
  }

  paint() {
    const { context, score, colours, width, height } = this;
    if (!score || !width || !this.row) return;
    if (this.isStreaming) this.arrange();
    context.setTransform(this.ratio, 0, 0, this.ratio, 0, 0);
    context.fillStyle = colours.paper;
    context.fillRect(0, 0, width, height);
    context.fillStyle = colours.black;
    for (let pitch = this.bottomPitch; pitch <= this.topPitch; pitch += 1) {
      if (blackKeys.has(pitch % 12)) context.fillRect(keyWidth, this.y(pitch), width, this.row);
    }
    context.fillStyle = colours.line;
    for (let pitch = this.bottomPitch; pitch <= this.topPitch; pitch += 1) {
      if (pitch % 12 === 0) context.fillRect(keyWidth, this.y(pitch) + this.row - 0.5, width, 1);
    }
    this.paintMarks();
    this.paintBars();
    this.paintLocks();
    this.paintNotes();
    this.paintBand();
    this.paintPlayhead();
    this.paintKeys();
    // For scripts that look at the canvas: what is where.
    Object.assign(this.canvas.dataset, {
      left: this.left, scale: this.scale, topPitch: this.topPitch, row: this.row,
      notes: score.notes.length, playhead: this.playhead,
    });
    this.painted?.();
  }

  /** Passages that are marked: from a second, to a second. */
  paintMarks() {
    const { context, colours } = this;
    const marks = this.marks?.() ?? [];
    this.canvas.dataset.marks = marks.length;
    for (const [from, to, kind] of marks) {
      context.fillStyle = kind === "before" ? colours.accent : colours.selection;
      context.globalAlpha = kind === "before" ? 0.3 : 0.7;
      context.fillRect(this.x(from), rulerHeight, Math.max(3, (to - from) * this.scale), this.height);
    }
    context.globalAlpha = 1;
  }

  paintBars() {
    const { context, score, colours, width, height } = this;
    if (this.bars) {
      const [first, last] = this.bars;
      const from = this.x(score.secondsAt(score.ticksOfBar(first)[0]));
      const to = this.x(score.secondsAt(score.ticksOfBar(last)[1]));
      context.fillStyle = colours.selection;
      context.fillRect(from, 0, to - from, height);
    }
    context.font = "11px ui-sans-serif, system-ui, sans-serif";
    context.textBaseline = "middle";
    const end = this.left + this.shownSeconds;
    const start = Math.max(1, score.barAt(score.tickAt(this.left)));
    let labelled = -Infinity;
    for (let bar = start; bar <= score.bars.length; bar += 1) {
      const seconds = score.secondsAt(score.bars[bar - 1]);
      if (seconds > end) break;
      const x = Math.round(this.x(seconds));
      const next = bar < score.bars.length ? this.x(score.secondsAt(score.bars[bar])) : x + 40;
      if (x < keyWidth) continue;
      if (next - x > 5) {
        context.fillStyle = colours.bar;
        context.fillRect(x, rulerHeight, 1, height);
      }
      if (x - labelled > 34) {
        context.fillStyle = colours.text;
        context.fillText(String(bar), x + 4, rulerHeight / 2);
        labelled = x;
      }
    }
    if (score.bars.length === 0) {
      const step = [1, 2, 5, 10, 30, 60, 300].find((seconds) => seconds * this.scale > 50) ?? 600;
      for (let second = Math.ceil(this.left / step) * step; second < end; second += step) {
        context.fillStyle = colours.text;
        context.fillText(`${second} s`, this.x(second) + 4, rulerHeight / 2);
      }
    }
  }

  /** Bars that are locked: hatched, and firm under their numbers. */
  paintLocks() {
    const { context, score, colours } = this;
    this.canvas.dataset.locked = (this.locks?.bars.length ?? 0) + (this.locks?.notes.length ?? 0);
    if (isNothing(this.locks)) return;
    for (const [first, last] of this.locks.bars) {
      if (first > score.bars.length) continue;
      const end = score.ticksOfBar(Math.min(last, score.bars.length))[1];
      const from = Math.max(keyWidth, this.x(score.secondsAt(score.ticksOfBar(first)[0])));
      const to = Math.min(this.width, this.x(score.secondsAt(end)));
      if (to <= from) continue;
      context.save();
      context.beginPath();
      context.rect(from, rulerHeight, to - from, this.height);
      context.clip();
      context.strokeStyle = colours.bar;
      context.lineWidth = 1;
      context.beginPath();
      for (let x = from - this.height; x < to; x += 12) {
        context.moveTo(x, this.height);
        context.lineTo(x + this.height, 0);
      }
      context.stroke();
      context.restore();
      context.fillStyle = colours.ink;
      context.fillRect(from, rulerHeight - 3, to - from, 3);
    }
  }

  /** The band with which notes are chosen. */
  paintBand() {
    if (this.grip?.kind !== "band" || !this.grip.to) return;
    const { context, colours, grip } = this;
    context.strokeStyle = colours.accent;
    context.lineWidth = 1;
    context.setLineDash([4, 3]);
    context.strokeRect(Math.min(grip.x, grip.to.x) + 0.5, Math.min(grip.y, grip.to.y) + 0.5,
      Math.abs(grip.to.x - grip.x), Math.abs(grip.to.y - grip.y));
    context.setLineDash([]);
  }

  paintNotes() {
    const { context, score, colours, width } = this;
    const from = score.firstFrom(this.left - score.longest);
    const end = this.left + this.shownSeconds;
    const height = Math.max(2, this.row - 1);
    // A colour at a time: changing it for each note is what costs.
    const lists = new Map();
    for (let index = from; index < score.notes.length; index += 1) {
      const note = score.notes[index];
      if (note.start > end) break;
      if (note.end < this.left) continue;
      const key = (note.track % colours.parts.length) * 4 + (note.velocity >> 5);
      let list = lists.get(key);
      if (!list) lists.set(key, (list = []));
      list.push(note);
    }
    for (const [key, list] of lists) {
      context.fillStyle = colours.parts[key >> 2];
      context.globalAlpha = 0.55 + 0.15 * (key & 3);
      for (const note of list) {
        const x = this.x(note.start);
        const length = Math.max(1.5, (note.end - note.start) * this.scale - 1);
        context.fillRect(x, this.y(note.pitch), length, height);
      }
    }
    context.globalAlpha = 1;
    if (this.playhead > 0) {
      context.fillStyle = colours.ink;
      for (let index = score.firstFrom(this.playhead - score.longest); index < score.notes.length; index += 1) {
        const note = score.notes[index];
        if (note.start > this.playhead) break;
        if (note.end <= this.playhead || !this.isSounding) continue;
        context.globalAlpha = 0.35;
        context.fillRect(this.x(note.start), this.y(note.pitch), (note.end - note.start) * this.scale - 1, height);
      }
      context.globalAlpha = 1;
    }
    for (const one of this.locks?.notes ?? []) {
      const x = this.x(score.secondsAt(one.onset));
      const end = this.x(score.secondsAt(one.onset + one.duration));
      if (end < keyWidth || x > width) continue;
      // Its ends are firm.
      context.fillStyle = colours.ink;
      context.fillRect(x, this.y(one.pitch), 2, height);
      context.fillRect(end - 3, this.y(one.pitch), 2, height);
      context.fillRect(x, this.y(one.pitch), end - x - 1, 1);
      context.fillRect(x, this.y(one.pitch) + height - 1, end - x - 1, 1);
    }
    context.strokeStyle = colours.ink;
    context.lineWidth = 1.5;
    for (const note of this.selection) {
      const x = this.x(note.start);
      if (x > width) continue;
      context.strokeRect(x + 0.5, this.y(note.pitch) + 0.5, Math.max(3, (note.end - note.start) * this.scale - 2), height);
    }
  }

  paintPlayhead() {
    const x = Math.round(this.x(this.playhead));
    if (x < keyWidth || x > this.width) return;
    this.context.fillStyle = this.colours.accent;
    this.context.fillRect(x - 1, 0, 2, this.height);
    this.context.beginPath();
    this.context.moveTo(x - 6, 0);
    this.context.lineTo(x + 6, 0);
    this.context.lineTo(x, 9);
    this.context.fill();
  }

  paintKeys() {
    const { context, colours } = this;
    context.fillStyle = colours.white;
    context.fillRect(0, 0, keyWidth, this.height);
    for (let pitch = this.bottomPitch; pitch <= this.topPitch; pitch += 1) {
      if (blackKeys.has(pitch % 12)) {
        context.fillStyle = colours.dark;
        context.fillRect(0, this.y(pitch), keyWidth * 0.6, this.row);
      } else if (pitch % 12 === 0 && this.row > 2) {
        context.fillStyle = colours.text;
        context.font = `${clamp(this.row + 2, 9, 11)}px ui-sans-serif, system-ui, sans-serif`;
        context.fillText(pitchName(pitch), keyWidth - 17, this.y(pitch) + this.row / 2);
      }
    }
    context.fillStyle = colours.line;
    context.fillRect(keyWidth - 1, 0, 1, this.height);
    context.fillRect(0, rulerHeight, this.width, 1);
  }

  // Pointer.

  listen() {
    const canvas = this.canvas;
    canvas.addEventListener("wheel", (event) => this.turnWheel(event), { passive: false });
    canvas.addEventListener("pointerdown", (event) => this.press(event));
    canvas.addEventListener("pointermove", (event) => this.move(event));
    canvas.addEventListener("pointerup", (event) => this.release(event));
    canvas.addEventListener("pointercancel", () => this.cancel());
    canvas.addEventListener("dblclick", (event) => this.addAt(event));
    canvas.addEventListener("keydown", (event) => this.key(event));
  }

  turnWheel(event) {
    if (!this.score) return;
    const isZoom = event.ctrlKey || event.metaKey;
    // A wheel that has nothing to turn here turns the page.
    const across = event.deltaX || (event.shiftKey ? event.deltaY : 0);
    if (!isZoom && !across) return;
    event.preventDefault();
    if (isZoom) this.zoom(Math.exp(-event.deltaY / 300), event.offsetX);
    else {
      this.isFollowing = false;
      this.scrollTo(this.left + across / this.scale);
    }
  }

  noteAt(x, y) {
    if (!this.score || x < keyWidth || y < rulerHeight) return null;
    const seconds = this.secondsAt(x);
    const pitch = this.pitchAt(y);
    const slack = 3 / this.scale;
    const notes = this.score.notes;
    for (let index = this.score.firstFrom(seconds + slack) - 1; index >= 0; index -= 1) {
      const note = notes[index];
      if (note.start < seconds - this.score.longest - slack) return null;
      if (note.pitch === pitch && note.end + slack >= seconds) return note;
    }
    return null;
  }

  /** Whether a place is at the end of a note, where it is stretched. */
  isEnd(note, x) {
    const end = this.x(note.end);
    return x > end - Math.min(7, (note.end - note.start) * this.scale / 2);
  }

  press(event) {
    if (!this.score || event.button !== 0) return;
    const [x, y] = [event.offsetX, event.offsetY];
    this.canvas.setPointerCapture(event.pointerId);
    const from = { x, y, left: this.left };
    if (y < rulerHeight) {
      this.grip = { kind: "ruler", ...from, bar: this.barAt(x) };
      return;
    }
    const note = this.noteAt(x, y);
    if (!note) {
      this.grip = { kind: event.shiftKey ? "band" : "pan", ...from };
      return;
    }
    if (event.shiftKey || event.ctrlKey || event.metaKey) {
      if (!this.selection.delete(note)) this.selection.add(note);
    } else if (!this.selection.has(note)) this.selection = new Set([note]);
    this.on.chosen?.();
    if (this.canEdit && !this.holds(note)) {
      const before = [...this.selection].map((one) => ({ ...one }));
      this.grip = { kind: this.isEnd(note, x) ? "stretch" : "drag", ...from, note, before };
    }
    this.tell(note);
    this.draw();
  }

  get canEdit() { return this.score?.isEditable && !this.isBusy; }

  /** Whether a note that is chosen is locked, or one of them. */
  holds(note) {
    return holdsNote(this.locks, this.score, note) || [...this.selection].some((one) => holdsNote(this.locks, this.score, one));
  }

  /** Whether what is chosen can be changed; says so where it is locked. */
  get canEditChosen() {
    if (!this.canEdit) return false;
    const isLocked = [...this.selection].some((note) => holdsNote(this.locks, this.score, note));
    if (isLocked) this.on.say("That is locked; L unlocks it.");
    return !isLocked;
  }

  barAt(x) {
    const bar = this.score.barAt(this.score.tickAt(Math.max(0, this.secondsAt(Math.max(x, keyWidth)))));
    return bar > 0 ? bar : null;
  }

  move(event) {
    const [x, y] = [event.offsetX, event.offsetY];
    const grip = this.grip;
    if (!grip) {
      const note = this.noteAt(x, y);
      this.canvas.style.cursor = y < rulerHeight ? "text" : !note || !this.canEdit || holdsNote(this.locks, this.score, note) ? "default"
        : this.isEnd(note, x) ? "ew-resize" : "grab";
      return;
    }
    if (Math.hypot(x - grip.x, y - grip.y) > 3) grip.isMoved = true;
    if (!grip.isMoved) return;
    if (grip.kind === "pan") {
      this.isFollowing = false;
      this.scrollTo(grip.left - (x - grip.x) / this.scale);
    } else if (grip.kind === "ruler" && grip.bar) {
      const bar = this.barAt(x) ?? grip.bar;
      this.setBars([Math.min(bar, grip.bar), Math.max(bar, grip.bar)]);
    } else if (grip.kind === "band") {
      grip.to = { x, y };
      const [low, high] = [Math.min(y, grip.y), Math.max(y, grip.y)];
      const [from, to] = [Math.min(x, grip.x), Math.max(x, grip.x)];
      this.selection = new Set(this.score.notes.filter((note) => {
        const top = this.y(note.pitch);
        return top < high && top + this.row > low && this.x(note.start) < to && this.x(note.end) > from;
      }));
      this.draw();
    } else if (grip.before) this.drag(grip, x, y);
  }

  /** Moves or stretches what is selected, on the grid, as far as the pointer has come. */
  drag(grip, x, y) {
    const { score } = this;
    const first = grip.before[[...this.selection].indexOf(grip.note)] ?? grip.before[0];
    const anchor = grip.kind === "stretch" ? first.onset + first.duration : first.onset;
    const target = score.tickAt(score.secondsAt(anchor) + (x - grip.x) / this.scale);
    const ticks = Math.round((target - anchor) / score.grid) * score.grid;
    const [across, up] = within(grip.before, ticks, Math.round((grip.y - y) / this.row));
    [...this.selection].forEach((note, index) => {
      const was = grip.before[index];
      if (grip.kind === "stretch") note.duration = Math.max(score.grid, was.duration + ticks);
      else {
        note.onset = was.onset + across;
        note.pitch = was.pitch + up;
      }
      note.start = score.secondsAt(note.onset);
      note.end = score.secondsAt(note.onset + note.duration);
    });
    this.draw();
  }

  release(event) {
    const grip = this.grip;
    this.grip = null;
    if (!grip) return;
    if (grip.kind === "ruler" && !grip.isMoved) {
      if (event.shiftKey && grip.bar) this.setBars([grip.bar, grip.bar]);
      else {
        this.setBars(null);
        this.on.seek(Math.max(0, this.secondsAt(Math.max(grip.x, keyWidth))));
      }
    } else if (grip.kind === "band" || grip.kind === "pan" && !grip.isMoved) {
      if (!grip.isMoved) this.selection.clear();
      else if (grip.kind === "band") this.on.say(`${count(this.selection.size)} chosen`);
      this.on.chosen?.();
      this.draw();
    } else if (grip.before && grip.isMoved) {
      this.commit(grip.before, grip.kind === "stretch" ? "Stretched" : "Moved");
    }
  }

  cancel() {
    const before = this.grip?.before;
    if (before) [...this.selection].forEach((note, index) => Object.assign(note, before[index]));
    this.grip = null;
    this.draw();
  }

  /** Hands over what has become of the selected notes. */
  commit(before, name) {
    const after = [...this.selection].map((note) => ({ ...note }));
    const isSame = after.every((note, index) =>
      ["onset", "duration", "pitch"].every((key) => note[key] === before[index][key]));
    // What is shown is what the piece has until the change is made.
    [...this.selection].forEach((note, index) => Object.assign(note, before[index]));
    if (isSame) return this.draw();
    this.on.edit({ remove: before, add: after }, `${name} ${count(after.length)}`);
  }

  addAt(event) {
    if (!this.canEdit || this.noteAt(event.offsetX, event.offsetY)) return;
    if (event.offsetX < keyWidth || event.offsetY < rulerHeight) return;
    const tick = this.score.tickAt(this.secondsAt(event.offsetX));
    this.add(tick, this.pitchAt(event.offsetY));
  }

  add(tick, pitch) {
    const { score } = this;
    if (score.tracks.length === 0) return;
    const near = [...this.selection][0] ?? score.notes[Math.max(0, score.firstFrom(score.secondsAt(tick)) - 1)];
    const note = {
      track: near?.track ?? 0, onset: Math.floor(tick / score.grid) * score.grid,
      duration: near ? Math.max(score.grid, near.duration) : score.grid * 4,
      pitch: clamp(pitch, 0, 127), velocity: near?.velocity ?? 80,
    };
    this.on.edit({ remove: [], add: [note] }, "Added a note");
  }

  // Keys.

  key(event) {
    // Of music that goes on nothing is chosen, and the keys may be a piano's.
    if (!this.score || this.isStreaming || event.ctrlKey || event.metaKey) return;
    const { score } = this;
    const notes = score.notes;
    const step = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: 1, ArrowDown: -1 }[event.key];
    const isAcross = event.key === "ArrowLeft" || event.key === "ArrowRight";
    if (step && isAcross && !event.altKey && !event.shiftKey) this.walk(step);
    else if (step && this.selection.size > 0 && this.canEditChosen) {
      const before = [...this.selection].map((note) => ({ ...note }));
      const isStretched = isAcross && event.shiftKey;
      const [across, up] = within(before, isAcross ? step * score.grid : 0, isAcross ? 0 : step * (event.shiftKey ? 12 : 1));
      for (const note of this.selection) {
        if (isStretched) note.duration = Math.max(score.grid, note.duration + step * score.grid);
        else {
          note.onset += across;
          note.pitch += up;
        }
      }
      this.commit(before, isStretched ? "Stretched" : "Moved");
    } else if ((event.key === "Delete" || event.key === "Backspace") && (this.selection.size > 0 || this.bars)) {
      // Of bars what is struck in them.
      if (this.selection.size === 0) this.selection = new Set(this.notesIn(this.bars));
      if (this.selection.size === 0 || !this.canEditChosen) return;
      const gone = [...this.selection];
      this.selection.clear();
      this.on.edit({ remove: gone, add: [] }, `Removed ${count(gone.length)}`);
    } else if ((event.key === "n" || event.key === "N") && this.canEdit) {
      const near = [...this.selection][0];
      this.add(near ? near.onset + near.duration : score.tickAt(this.playhead), near?.pitch ?? 60);
    } else if (event.key === "b" || event.key === "B") {
      const note = [...this.selection][0];
      const bar = score.barAt(note ? note.onset : score.tickAt(this.playhead));
      if (bar < 1) return;
      const [first, last] = this.bars && event.key === "B" ? this.bars : [bar, bar];
      this.setBars([Math.min(first, bar), Math.max(last, bar)]);
      this.on.say(`Bars ${this.bars[0]} to ${this.bars[1]}`);
    } else if (event.key === "l" || event.key === "L") this.on.lock?.();
    else if (event.key === "Escape") {
      this.selection.clear();
      this.setBars(null);
    } else if (event.key === "Home") this.on.seek(0);
    else if (event.key === "End") this.on.seek(notes.length ? notes[notes.length - 1].start : 0);
    else if (event.key === "Enter") {
      const note = [...this.selection][0];
      if (note) this.on.seek(note.start);
    } else if (event.key === "+" || event.key === "=") this.zoom(1.25);
    else if (event.key === "-") this.zoom(0.8);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** Goes to the next or the previous note. */
  walk(step) {
    const { notes } = this.score;
    if (notes.length === 0) return;
    const current = [...this.selection][0];
    const index = current ? notes.indexOf(current) + step
      : Math.max(0, this.score.firstFrom(this.playhead) + (step < 0 ? -1 : 0));
    const note = notes[clamp(index, 0, notes.length - 1)];
    this.selection = new Set([note]);
    this.on.chosen?.();
    const x = this.x(note.start);
    if (x < keyWidth || x > this.width - 30) this.scrollTo(note.start - this.shownSeconds * 0.3);
    this.tell(note);
    this.draw();
  }

  tell(note) {
    const bar = this.score.barAt(note.onset);
    const part = this.score.tracks[note.track]?.name;
    const isLocked = holdsNote(this.locks, this.score, note);
    this.on.say(`${pitchName(note.pitch)}${bar ? `, bar ${bar}` : ""}${part ? `, ${part}` : ""}${isLocked ? ", locked" : ""}`);
  }

  /** The notes that are struck in some bars. */
  notesIn([first, last]) {
    const [from] = this.score.ticksOfBar(first);
    const [, to] = this.score.ticksOfBar(last);
    return this.score.notes.filter((note) => from <= note.onset && note.onset < to);
  }

  /** Selects the notes that were just put in. */
  select(items) {
    const keys = new Set(items.map(key));
    this.selection = new Set(this.score.notes.filter((note) => keys.has(key(note))));
    this.on.chosen?.();
    this.draw();
  }
}

/** As far as notes can be moved together, so that they stay as they are to each other: ticks and pitches. */
function within(notes, ticks, pitches) {
  const [first, low, high] = notes.reduce(([onset, least, most], note) =>
    [Math.min(onset, note.onset), Math.min(least, note.pitch), Math.max(most, note.pitch)], [Infinity, 127, 0]);
  return [Math.max(ticks, -first), clamp(pitches, -low, 127 - high)];
}

const key = (note) => `${note.track} ${note.onset} ${note.duration} ${note.pitch} ${note.velocity}`;
const count = (number) => (number === 1 ? "a note" : `${number} notes`);
const clamp = (value, low, high) => Math.min(Math.max(value, low), high);
