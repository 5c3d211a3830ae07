// Playing along: keys are heard at once, and after a bar's pause a model answers, on the beat.

import { playing } from "./api.js";
import { Keyboard } from "./keyboard.js";
import { offerKeys, offerStyles } from "./make.js";
import { Score } from "./score.js";
import { EndlessSound } from "./sound.js";

const byID = (id) => document.getElementById(id);

/** How many seconds of samples are fetched ahead: so much later a key is heard. */
const ahead = 0.045;
/** What the keys may play, by programs of General MIDI. */
const instruments = [
  [0, "piano"], [4, "electric piano"], [6, "harpsichord"], [11, "vibraphone"], [19, "organ"], [21, "accordion"],
  [24, "guitar"], [32, "bass"], [40, "violin"], [42, "cello"], [56, "trumpet"], [65, "saxophone"], [73, "flute"], [105, "banjo"],
];

export class Session extends EndlessSound {
  /**
   * @param player whose sound device is shared.
   * @param on what happens: `began(score)`, `heard(second)`, `kept(id)`, `ended(problem)`, `say(text)`.
   */
  constructor(player, on) {
    super(player, ahead, {
      news: (message) => this.hear(message),
      moved: (second) => this.move(second),
      ended: (problem) => this.leave(problem),
    });
    this.scene = on;
    this.models = [];
    this.keyboard = new Keyboard(byID("piano"), {
      strike: (pitch, velocity, moment) => this.strike(pitch, velocity, moment),
      release: (pitch, moment) => this.release(pitch, moment),
      isAwake: () => !byID("room-play").hidden,
      told: (text) => (byID("play-devices").textContent = text),
    });
    offerKeys(byID("play-key"));
    byID("play-instrument").replaceChildren(...instruments.map(([program, name]) => new Option(name, program)));
    byID("play-model").addEventListener("change", () => this.suit());
    byID("play-room").addEventListener("submit", (event) => {
      event.preventDefault();
      if (this.isPlaying) this.leave();
      else this.begin();
    });
    byID("play-answer").addEventListener("click", () => this.answer());
    byID("play-tap").addEventListener("click", (event) => this.tap(event.timeStamp));
    byID("play-metre").addEventListener("change", () => this.suitMetre());
    byID("play-midi").addEventListener("click", () => this.keyboard.openMIDI());
    for (const name of ["clicks", "pauses"]) {
      byID(`play-${name}`).addEventListener("change", (event) => this.tell({ [name]: event.target.checked }));
    }
    window.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !this.isPlaying || byID("room-play").hidden) return;
      // In a box that was just ticked it would send the form, and so end the session.
      if (event.target.matches("button, a, select, summary, input:not([type=checkbox]):not([type=range])")) return;
      event.preventDefault();
      this.answer();
    });
    this.taps = [];
    this.show();
  }

  offer(models) {
    this.models = models.filter((model) => model.writes);
    const select = byID("play-model");
    const before = select.value;
    select.replaceChildren(...this.models.map((model) => new Option(model.name, model.name)));
    if (this.models.some((model) => model.name === before)) select.value = before;
    byID("play-begin").disabled = this.models.length === 0;
    this.suit();
  }

  get model() { return this.models.find((one) => one.name === byID("play-model").value); }

  suit() {
    const { model } = this;
    if (!model) return;
    byID("play-title").textContent = model.title;
    offerStyles(byID("play-style"), model);
    byID("play-style-field").hidden = model.styles.length === 0;
    byID("play-key-field").hidden = !model.heeds.includes("key");
  }

  /** How many quarter notes, which tempos count, are between two taps: in 6/8 its two beats are tapped. */
  get tappedQuarters() { return byID("play-metre").value === "6/8" ? 1.5 : 1; }

  suitMetre() {
    this.taps = [];
    byID("play-tap").textContent = this.tappedQuarters === 1 ? "Tap the tempo" : "Tap the tempo, twice a bar";
  }

  /** Takes the tempo from somebody who taps it. */
  tap(moment) {
    if (this.taps.length > 0 && moment - this.taps.at(-1) > 2000) this.taps = [];
    this.taps.push(moment);
    this.taps = this.taps.slice(-8);
    if (this.taps.length < 2) return;
    const tempo = this.tappedQuarters * 60000 * (this.taps.length - 1) / (moment - this.taps[0]);
    byID("play-tempo").value = Math.round(Math.min(300, Math.max(30, tempo)));
  }

  async begin() {
    const { model } = this;
    const order = { kind: "new", model: model.name, tempo: Number(byID("play-tempo").value), metre: byID("play-metre").value };
    if (byID("play-style").value) order.style = byID("play-style").value;
    if (model.heeds.includes("key") && byID("play-key").value) order.key = byID("play-key").value;
    this.score = Score.empty();
    this.score.tracks = [{ name: "You", isDrums: false, channel: 0 }];
    this.score.seconds = 10;
    this.held = new Map();
    this.answerUntil = null;
    this.turnNow = "count";
    this.scene.began(this.score);
    this.show();
    await this.start(playing, {
      order, program: Number(byID("play-instrument").value),
      clicks: byID("play-clicks").checked, pauses: byID("play-pauses").checked,
    });
  }

  /** Ends the session; what was played is kept. */
  leave(problem) {
    if (!this.score) return;
    for (const pitch of [...this.held.keys()]) this.release(pitch, performance.now());
    this.stop();
    this.score = null;
    this.show();
    this.scene.ended(problem);
  }

  answer() {
    if (!this.isPlaying) return;
    this.tell({ answer: this.turnNow !== "answer" });
  }

  strike(pitch, velocity, moment) {
    if (!this.isPlaying || this.held.has(pitch)) return;
    const second = this.secondAt(moment);
    this.tell({ on: [pitch, velocity, second] });
    const [note] = this.score.append([[second, 0.02, pitch, velocity, 0]], 0);
    this.held.set(pitch, note);
    this.struckAt = performance.now();
  }

  release(pitch, moment) {
    const note = this.held?.get(pitch);
    if (!note) return;
    this.held.delete(pitch);
    const second = this.secondAt(moment);
    note.end = Math.max(note.start + 0.02, second);
    this.tell({ off: [pitch, second] });
  }

  hear(message) {
    if (message.barSeconds) {
      this.beatSeconds = message.beatSeconds;
      this.barSeconds = message.barSeconds;
      const [beats, value] = byID("play-metre").value.split("/").map(Number);
      // Bar lines as far as anybody plays, so that the grid is seen.
      Object.assign(this.score, {
        ticksPerQuarter: 480, tempos: [[0, 0, this.barSeconds / (480 * 4 * beats / value)]],
        bars: Array.from({ length: 2000 }, (_, bar) => bar * 480 * 4 * beats / value), endTick: 1e9,
      });
      this.show();
    }
    if (message.turn) {
      if (message.turn === "yours" && this.turnNow === "answer") this.cutAnswer();
      this.turnNow = message.turn;
      this.answerFrom = message.from;
      this.answerUntil = message.to;
      if (message.turn === "answer") this.scene.say(message.count > 0 ? `${this.model.name} answers with ${message.count === 1 ? "a note" : `${message.count} notes`}.` : `${this.model.name} answers with silence.`);
      if (message.turn === "yours" && !message.problem) this.scene.say("Your turn.");
      if (message.problem) this.scene.say(`No answer: ${message.problem}.`);
      this.show();
    }
    if (message.notes) this.score.append(message.notes, 0);
    if (message.kept) this.scene.kept(message.kept);
  }

  /** Takes away what is not heard of an answer that was broken off. */
  cutAnswer() {
    const second = this.places?.at(-1)?.seconds ?? 0;
    // One that is over has nothing left but what is heard in this moment.
    if (!(this.answerUntil > second + 0.1)) return;
    this.score.notes = this.score.notes.filter((note) => note.track === 0 || note.start < second);
    for (const note of this.score.notes) if (note.track > 0) note.end = Math.min(note.end, second);
  }

  move(second) {
    for (const note of this.held.values()) {
      note.end = Math.max(note.end, second);
      this.score.longest = Math.max(this.score.longest, note.end - note.start);
    }
    this.score.seconds = Math.max(this.score.seconds, second);
    this.keyboard.show([...this.held.keys()], this.soundingAnswer(second));
    this.tellBeat(second);
    this.scene.heard(second);
  }

  /** The pitches of an answer that sound. */
  soundingAnswer(second) {
    const { score } = this;
    const pitches = [];
    for (let index = score.firstFrom(second - score.longest); index < score.notes.length; index += 1) {
      const note = score.notes[index];
      if (note.start > second) break;
      if (note.track > 0 && note.end > second) pitches.push(note.pitch);
    }
    return pitches;
  }

  tellBeat(second) {
    if (!this.barSeconds) return;
    const beat = Math.floor(second / this.beatSeconds + 1e-6);
    if (beat === this.beat) return;
    this.beat = beat;
    const beats = Math.round(this.barSeconds / this.beatSeconds);
    if (this.turnNow === "count" && second >= this.barSeconds - 1e-3) this.turnNow = "yours";
    byID("play-beat").textContent = "●".repeat(beat % beats + 1) + "○".repeat(beats - beat % beats - 1);
    this.show();
  }

  /** Says whose turn it is. */
  show() {
    const { isPlaying } = this;
    byID("play-begin").textContent = isPlaying ? "Stop" : "Count me in";
    byID("play-answer").disabled = !isPlaying;
    byID("play-answer").textContent = this.turnNow === "answer" ? "Enough" : "Answer now";
    for (const id of ["model", "style", "key", "tempo", "metre", "instrument", "tap"]) byID(`play-${id}`).disabled = isPlaying;
    const name = this.model?.name ?? "the model";
    const turn = !isPlaying ? "Play; stop for a bar, and you are answered."
      : { count: "Count-in", yours: "Your turn", thinking: `${name} answers on the next bar`, answer: `${name} answers` }[this.turnNow];
    // A line that screen readers say is not said anew with each beat.
    if (byID("play-turn").textContent !== turn) byID("play-turn").textContent = turn;
    byID("play-turn").dataset.turn = isPlaying ? this.turnNow : "";
    if (!isPlaying) {
      byID("play-beat").textContent = "";
      this.keyboard?.show([], []);
    }
  }
}
