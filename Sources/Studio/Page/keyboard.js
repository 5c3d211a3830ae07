// Keys to play on: those of the computer, of a MIDI keyboard, and a piano on the page.

/** The computer's keys by where they are, two rows a piano octave each, from the lower C on. */
const rows = [
  ["KeyZ", 0], ["KeyS", 1], ["KeyX", 2], ["KeyD", 3], ["KeyC", 4], ["KeyV", 5], ["KeyG", 6], ["KeyB", 7], ["KeyH", 8], ["KeyN", 9],
  ["KeyJ", 10], ["KeyM", 11], ["Comma", 12], ["KeyL", 13], ["Period", 14],
  ["KeyQ", 12], ["Digit2", 13], ["KeyW", 14], ["Digit3", 15], ["KeyE", 16], ["KeyR", 17], ["Digit5", 18], ["KeyT", 19],
  ["Digit6", 20], ["KeyY", 21], ["Digit7", 22], ["KeyU", 23], ["KeyI", 24], ["Digit9", 25], ["KeyO", 26], ["Digit0", 27], ["KeyP", 28],
];
const offsets = new Map(rows);
const blackKeys = new Set([1, 3, 6, 8, 10]);
/** The piano on the page: from the lower C, so many keys. */
const keyCount = 29;
/** How hard keys that do not tell it are struck. */
const velocity = 84;

export class Keyboard {
  /**
   * @param piano where the piano is drawn.
   * @param on what happens: `strike(pitch, velocity, moment)`, `release(pitch, moment)`, `told(text)`; and `isAwake()`,
   *   whether the computer's keys are a piano now.
   */
  constructor(piano, on) {
    this.piano = piano;
    this.on = on;
    this.lowest = 48;
    this.held = new Map();
    this.pedal = { isDown: false, waiting: new Set() };
    this.draw();
    window.addEventListener("keydown", (event) => this.press(event));
    window.addEventListener("keyup", (event) => this.lift(event.code, event.timeStamp));
    // Who goes elsewhere does not hear of keys that are let go of.
    window.addEventListener("blur", () => this.liftAll());
    this.listenToPointers();
  }

  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat || !this.on.isAwake()) return;
    if (event.target.matches("input:not([type=range]):not([type=checkbox]), select, textarea")) return;
    if (event.code === "Minus" || event.code === "Equal") return this.move(event.code === "Equal" ? 12 : -12);
    const offset = offsets.get(event.code);
    if (offset === undefined || this.held.has(event.code)) return;
    event.preventDefault();
    event.stopPropagation();
    const pitch = this.lowest + offset;
    this.held.set(event.code, pitch);
    this.on.strike(pitch, velocity, event.timeStamp);
  }

  lift(source, moment) {
    const pitch = this.held.get(source);
    if (pitch === undefined) return;
    this.held.delete(source);
    this.on.release(pitch, moment);
  }

  liftAll() {
    const now = performance.now();
    for (const source of [...this.held.keys()]) this.lift(source, now);
    for (const pitch of this.pedal.waiting) this.on.release(pitch, now);
    this.pedal = { isDown: false, waiting: new Set() };
  }

  /** Moves the computer's keys by octaves. */
  move(semitones) {
    this.liftAll();
    this.lowest = Math.min(84, Math.max(24, this.lowest + semitones));
    this.draw();
  }

  draw() {
    const whites = [];
    const keys = [];
    for (let offset = 0; offset < keyCount; offset += 1) {
      const pitch = this.lowest + offset;
      const isBlack = blackKeys.has(pitch % 12);
      const key = document.createElement("span");
      key.dataset.pitch = pitch;
      key.className = isBlack ? "black" : "white";
      const code = rows.find(([, one]) => one === offset)?.[0] ?? "";
      key.textContent = code.replace(/^Key|^Digit/, "").replace("Comma", ",").replace("Period", ".");
      if (!isBlack) whites.push(key);
      key.style.setProperty("--place", isBlack ? whites.length : whites.length - 1);
      keys.push(key);
    }
    this.piano.style.setProperty("--whites", whites.length);
    this.piano.replaceChildren(...keys);
    this.keys = new Map(keys.map((key) => [Number(key.dataset.pitch), key]));
  }

  /** Shows which keys the player holds, and which an answer does. */
  show(own, others) {
    const state = `${own.join()} ${others.join()}`;
    if (state === this.shown) return;
    this.shown = state;
    for (const [pitch, key] of this.keys) {
      key.classList.toggle("held", own.includes(pitch));
      key.classList.toggle("answered", others.includes(pitch));
    }
  }

  listenToPointers() {
    const { piano } = this;
    const pitchAt = (event) => {
      const key = document.elementFromPoint(event.clientX, event.clientY);
      return key && piano.contains(key) && key.dataset.pitch ? Number(key.dataset.pitch) : null;
    };
    const play = (event) => {
      const source = `pointer ${event.pointerId}`;
      const pitch = pitchAt(event);
      if (this.held.get(source) === pitch) return;
      this.lift(source, event.timeStamp);
      if (pitch === null) return;
      this.held.set(source, pitch);
      this.on.strike(pitch, velocity, event.timeStamp);
    };
    piano.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      piano.setPointerCapture(event.pointerId);
      play(event);
    });
    piano.addEventListener("pointermove", (event) => {
      if (this.held.has(`pointer ${event.pointerId}`)) play(event);
    });
    for (const kind of ["pointerup", "pointercancel"]) {
      piano.addEventListener(kind, (event) => this.lift(`pointer ${event.pointerId}`, event.timeStamp));
    }
  }

  // MIDI keyboards.

  async openMIDI() {
    if (!navigator.requestMIDIAccess) return this.on.told("This browser knows no MIDI keyboards.");
    try {
      const access = await navigator.requestMIDIAccess();
      const listen = () => {
        const inputs = [...access.inputs.values()].filter((input) => input.state === "connected");
        for (const input of inputs) input.onmidimessage = (event) => this.hear(event);
        this.on.told(inputs.length > 0 ? `Listening to ${inputs.map((input) => input.name).join(", ")}.` : "No MIDI keyboard is there; plug one in and it is heard.");
      };
      access.onstatechange = () => {
        this.liftAll();
        listen();
      };
      listen();
    } catch {
      this.on.told("The browser does not let the page listen to MIDI keyboards.");
    }
  }

  /** A message of a MIDI keyboard. */
  hear({ data, timeStamp }) {
    const [kind, first, second] = [data[0] & 0xf0, data[1], data[2]];
    if (kind === 0x90 && second > 0) {
      this.pedal.waiting.delete(first);
      this.on.release(first, timeStamp);
      this.on.strike(first, second, timeStamp);
    } else if (kind === 0x80 || kind === 0x90) {
      if (this.pedal.isDown) this.pedal.waiting.add(first);
      else this.on.release(first, timeStamp);
    } else if (kind === 0xb0 && first === 64) {
      this.pedal.isDown = second >= 64;
      if (this.pedal.isDown) return;
      for (const pitch of this.pedal.waiting) this.on.release(pitch, timeStamp);
      this.pedal.waiting.clear();
    }
  }
}
