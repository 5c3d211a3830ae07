// Pieces side by side: each drawn whole and small, to be heard in turn from the same place.

import * as api from "./api.js";
import { keepingFocus } from "./focus.js";
import { Score, clock } from "./score.js";

const byID = (id) => document.getElementById(id);

export class Comparison {
  /** @param on what happens: `hear(id)`, `changed()`. */
  constructor(on) {
    this.on = on;
    this.ids = [];
    this.scores = new Map();
    new ResizeObserver(() => this.draw()).observe(byID("cards"));
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
  }

  has(id) { return this.ids.includes(id); }

  toggle(id) {
    this.ids = this.has(id) ? this.ids.filter((one) => one !== id) : [...this.ids, id];
    this.scores.delete(id);
    this.on.changed();
  }

  /** Shows what is chosen of the pieces that are there. */
  show(pieces, current) {
    this.ids = this.ids.filter((id) => pieces.some((piece) => piece.id === id));
    const chosen = this.ids.map((id) => pieces.find((piece) => piece.id === id));
    byID("compare").hidden = chosen.length === 0;
    keepingFocus(byID("cards"), () =>
      byID("cards").replaceChildren(...chosen.map((piece) => this.card(piece, piece.id === current))));
    for (const piece of chosen) this.fetch(piece);
    this.draw();
  }

  card(piece, isShown) {
    const item = document.createElement("li");
    item.className = isShown ? "shown" : "";
    const canvas = document.createElement("canvas");
    canvas.dataset.id = piece.id;
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", `${piece.name}, drawn small`);
    const name = document.createElement("b");
    name.textContent = piece.name;
    const facts = document.createElement("small");
    facts.textContent = piece.stage === "finished"
      ? [`${piece.notes} notes`, clock(piece.seconds), piece.order ? `${piece.order.model}, seed ${piece.order.seed}` : piece.file,
        "●".repeat(piece.rating)].filter(Boolean).join(" · ")
      : piece.stage;
    const row = document.createElement("p");
    const buttons = [button("Hear", `Hear ${piece.name} from here`, () => this.on.hear(piece.id)),
      button("×", `Put ${piece.name} away`, () => this.toggle(piece.id))];
    for (const one of buttons) one.dataset.key = `${piece.id} ${one.textContent}`;
    row.append(name, ...buttons);
    item.append(canvas, row, facts);
    return item;
  }

  async fetch(piece) {
    // A piece that is played along with grows without changes by hand.
    const state = `${piece.edits} ${piece.notes} ${piece.seconds}`;
    if (piece.stage !== "finished" || this.scores.get(piece.id)?.state === state) return;
    const score = await api.score(piece.id).then((message) => new Score(message), () => null);
    if (!score) return;
    score.state = state;
    this.scores.set(piece.id, score);
    this.draw();
  }

  draw() {
    // All on one scale, so that lengths can be compared.
    const longest = Math.max(1, ...this.ids.map((id) => this.scores.get(id)?.seconds ?? 0));
    for (const canvas of byID("cards").querySelectorAll("canvas")) {
      const score = this.scores.get(canvas.dataset.id);
      if (score) paint(canvas, score, longest);
    }
  }
}

function button(text, label, act) {
  const button = document.createElement("button");
  button.type = "button";
  button.textContent = text;
  button.setAttribute("aria-label", label);
  button.addEventListener("click", act);
  return button;
}

function paint(canvas, score, longest) {
  const ratio = devicePixelRatio || 1;
  const [width, height] = [canvas.clientWidth, canvas.clientHeight];
  if (!width) return;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  const style = getComputedStyle(canvas);
  const span = Math.max(score.highest - score.lowest + 1, 24);
  const row = (height - 8) / span;
  for (const note of score.notes) {
    context.fillStyle = style.getPropertyValue(`--part-${note.track % 6 + 1}`);
    const x = note.start / longest * width;
    context.fillRect(x, 4 + (score.highest - note.pitch) * row, Math.max(1, (note.end - note.start) / longest * width), Math.max(1.5, row));
  }
}
