// Work on the piece that is shown: bars are varied, gone on from, filled; parts harmonized and accompanied; what is good is
// locked.

import * as api from "./api.js";
import * as locks from "./locks.js";
import { named } from "./score.js";

const byID = (id) => document.getElementById(id);

export class Work {
  /**
   * @param roll where bars and notes are chosen.
   * @param scene what is there and what happens: `piece()`, `models()`, `chosenModel()`, `second()`; `order(what)`,
   *   `edit(change, name)`, `changed(piece)`, `note(text, action, act)`, `say(text)`, `learn()`, `trying(work)`.
   */
  constructor(roll, scene) {
    this.roll = roll;
    this.scene = scene;
    byID("work").addEventListener("submit", (event) => {
      event.preventDefault();
      this.vary();
    });
    byID("go-on").addEventListener("click", () => this.goOn());
    byID("fill").addEventListener("click", () => this.fill());
    byID("harmonize").addEventListener("click", () => this.harmonize());
    byID("accompany").addEventListener("click", () => this.accompany());
    byID("lock").addEventListener("click", () => this.lock());
    byID("unlock-all").addEventListener("click", () => this.setLocks({ bars: [], notes: [] }, "Nothing is locked any more."));
    for (const id of ["first", "last"]) byID(id).addEventListener("change", () => this.chooseBars());
  }

  get piece() { return this.scene.piece(); }

  /** A model for work on the piece: the one that wrote it, else the one that is chosen, else any that can. */
  modelFor(isFit) {
    const fit = this.scene.models().filter(isFit);
    const known = [this.piece?.order?.model, this.piece?.playedWith, this.scene.chosenModel()];
    const names = fit.map((one) => one.name);
    // One that writes no whole pieces cannot be chosen.
    return known.find((name) => names.includes(name)) ?? fit.find((one) => !one.writes)?.name ?? names[0];
  }

  writer() { return this.modelFor((one) => one.writes); }

  /** The part that is chosen, as an order names it. */
  get part() { return byID("part").value ? { track: Number(byID("part").value) } : {}; }

  /** An order upon the piece. */
  upon(kind, model, more) {
    return { kind, source: this.piece.id, model, ...this.part, ...more };
  }

  vary() {
    const { bars } = this.roll;
    this.scene.order(this.upon("variation", this.writer(), bars ? { bars } : {}));
  }

  fill() {
    const { bars } = this.roll;
    this.scene.order(this.upon("filling", this.writer(), bars ? { bars } : {}));
  }

  goOn() {
    const { score, bars } = this.roll;
    const second = this.scene.second();
    const bar = bars?.[1] ?? (second > 0 ? score.barAt(score.tickAt(second)) : 0);
    const what = {
      kind: "continuation", source: this.piece.id, model: this.writer(),
      length: { unit: byID("unit").value, amount: Math.round(Number(byID("amount").value)) || 30 },
    };
    // After the last bar it goes on at the line, wherever the end of the track is.
    if (bar >= 1) what.afterBar = bar;
    this.scene.order(what);
  }

  harmonize() {
    const model = this.modelFor((one) => one.harmonizes);
    if (model) return this.scene.order(this.upon("harmony", model));
    this.scene.note("None of the models writes voices to a melody; one of piano rolls does, such as chorales.");
  }

  accompany() {
    const model = this.modelFor((one) => one.accompanies);
    if (model) return this.scene.order(this.upon("accompaniment", model));
    this.scene.note(
      "None of the models here writes parts to a given one. Train one that learns to.",
      "Train one", () => this.scene.learn());
  }

  /** Says what came of work where that is not to be heard. */
  told(piece) {
    const { order, difference } = piece;
    if (!difference || !["variation", "filling"].includes(order.kind)) return;
    const isFilling = order.kind === "filling";
    if (difference.added === 0 && difference.removed === 0) {
      const temperature = Math.min(2, Math.round((order.temperature ?? 1) * 130) / 100);
      const { seed, ...same } = order;
      return this.scene.note(
        isFilling
          ? `${order.model} leaves the gap silent this time.`
          : `${order.model} wrote just the same again, as a model that recalls its piece may do with few bars. Choose more of them, or try it bolder.`,
        temperature > (order.temperature ?? 1) ? "Try it bolder" : undefined,
        () => this.scene.order({ ...same, temperature }));
    }
    const notes = (count) => (count === 1 ? "a note" : `${count} notes`);
    this.scene.say(isFilling ? `${notes(difference.added)} fill the gap.`
      : `${notes(difference.removed)} gave way to ${notes(difference.added)}; ${notes(difference.kept)} stay.`);
  }

  // What is chosen.

  chooseBars() {
    const most = this.roll.score?.bars.length ?? 0;
    const [first, last] = ["first", "last"].map((one) => Math.round(Number(byID(one).value)));
    const from = Math.min(Math.max(first || last, 1), most);
    if (from) this.roll.setBars([from, Math.min(Math.max(last || from, from), most)]);
  }

  showBars(bars) {
    byID("first").value = bars?.[0] ?? "";
    byID("last").value = bars?.[1] ?? "";
    this.describe();
  }

  /** The parts of the piece, one of which can be chosen. */
  offerParts(isWritten) {
    const select = byID("part");
    const before = select.value;
    const { score } = this.roll;
    const parts = isWritten ? score?.tracks ?? [] : [];
    const options = parts.flatMap((part, index) =>
      score.notes.some((note) => note.track === index) ? [new Option(`${index + 1} ${part.name}`, index + 1)] : []);
    select.replaceChildren(new Option("all", ""), ...options);
    select.value = options.some((one) => one.value === before) ? before : "";
  }

  /** What can be done with what is chosen. */
  describe() {
    const { roll, piece } = this;
    roll.locks = piece?.locks ?? null;
    const notes = [...roll.selection];
    const words = locks.inWords(piece?.locks);
    byID("locked").textContent = words;
    byID("unlock-all").hidden = !words;
    byID("vary").textContent = roll.bars ? "Vary these bars" : "Vary it";
    byID("fill").textContent = roll.bars ? "Fill these bars" : "Fill the gaps";
    byID("lock").disabled = notes.length === 0 && !roll.bars;
    byID("lock").textContent = `${this.isChosenLocked() ? "Unlock" : "Lock"} ${notes.length === 1 ? "this note" : notes.length > 1 ? `${notes.length} notes` : "these bars"}`;
    roll.draw();
  }

  isChosenLocked() {
    const { roll, piece } = this;
    const notes = [...roll.selection];
    if (notes.length > 0) return notes.every((note) => locks.holdsNote(piece?.locks, roll.score, note));
    if (!roll.bars) return false;
    for (let bar = roll.bars[0]; bar <= roll.bars[1]; bar += 1) if (!locks.holdsBar(piece?.locks, bar)) return false;
    return true;
  }

  /** Locks what is chosen, or unlocks it where all of it is locked. */
  lock() {
    const { roll, piece } = this;
    const notes = [...roll.selection];
    const isLocked = !this.isChosenLocked();
    if (notes.length > 0) {
      let next = locks.withNotes(piece.locks, notes.map(named), isLocked);
      // A note of a locked bar is freed with the bar.
      if (!isLocked) for (const note of notes) next = locks.withBars(next, Array(2).fill(roll.score.barAt(note.onset)), false);
      this.setLocks(next);
    } else if (roll.bars) this.setLocks(locks.withBars(piece.locks, roll.bars, isLocked));
  }

  async setLocks(next, told) {
    const { id } = this.piece;
    const piece = await this.scene.trying(() => api.change(id, { locks: next }));
    if (!piece) return;
    this.scene.changed(piece);
    this.describe();
    this.scene.say(told ?? (locks.inWords(piece.locks) || "Nothing is locked any more."));
  }
}
