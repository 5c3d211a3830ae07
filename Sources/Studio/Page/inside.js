// What a network does while it reads the piece that is shown: strips below the roll, and what recall points at on it.

import { clock } from "./score.js";

const byID = (id) => document.getElementById(id);
const stripHeight = 34;

export class Inside {
  /** @param roll the roll, whose view the strips share. */
  constructor(roll) {
    this.roll = roll;
    this.canvas = byID("inside");
    this.view = null;
    roll.painted = () => this.draw();
    roll.marks = () => this.marks();
    new ResizeObserver(() => this.draw()).observe(this.canvas);
  }

  show(view) {
    this.view = view;
    byID("inside-view").hidden = !view;
    if (!view) return this.roll.draw();
    const curves = [...view.gates, ...view.units];
    // Gates lie between 0 and 1; the state of an LSTM's cell may grow as long as the piece does.
    for (const one of curves) one.range = one.unit === undefined ? [0, 1] : rangeOf(one.values);
    this.canvas.style.height = `${curves.length * stripHeight}px`;
    this.canvas.setAttribute("aria-label", `What ${view.model} does: ${curves.map((one) => `layer ${one.layer} ${one.name}`).join(", ")}`);
    byID("inside-facts").textContent = [
      this.isPart ? `${view.model} reads the first ${clock(view.readSeconds)} of this piece.` : `${view.model} reads this piece.`,
      view.quotations.length > 0 ? `${view.quotations.length} passages go on as its recall says: while one is heard, where it stood before is marked.` : "",
      view.gates.length === 0 ? "Its cells have no gates." : "Gates are means over a layer's units, from 0 to 1; a unit follows what it is named after, as well as its correlation says, and is drawn from its lowest to its highest state.",
    ].filter(Boolean).join(" ");
    byID("inside-units").replaceChildren(...view.units.map((one) => {
      const item = document.createElement("li");
      item.textContent = `Unit ${one.unit} of layer ${one.layer}: ${one.name}, ${one.correlation.toFixed(2)}`;
      return item;
    }));
    this.roll.draw();
  }

  /** Whether the piece goes on behind what was read of it. */
  get isPart() {
    return this.view.readSeconds + 1 < (this.roll.score.notes.at(-1)?.start ?? 0);
  }

  /** Where recall points now: the passage that is heard, and where it stood before. */
  marks() {
    const now = this.roll.playhead;
    const found = this.view?.quotations.filter((one) => one.start <= now && now <= one.end).at(-1);
    if (!found) return [];
    return [[found.start, found.end, "now"], [found.from, found.from + found.end - found.start, "before"]];
  }

  draw() {
    const { view, roll, canvas } = this;
    if (!view || !roll.width) return;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    if (canvas.width !== Math.round(width * ratio)) canvas.width = Math.round(width * ratio);
    if (canvas.height !== Math.round(height * ratio)) canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d", { alpha: false });
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const { colours } = roll;
    context.fillStyle = colours.paper;
    context.fillRect(0, 0, width, height);
    const left = roll.x(roll.left);
    let first = 0;
    while (first + 1 < view.seconds.length && view.seconds[first + 1] < roll.left) first += 1;
    let last = first;
    while (last + 1 < view.seconds.length && roll.x(view.seconds[last]) < width) last += 1;
    const curves = [...view.gates, ...view.units];
    curves.forEach((curve, index) => {
      const [top, bottom] = [index * stripHeight + 4, (index + 1) * stripHeight - 3];
      const [low, high] = curve.range;
      const y = (value) => bottom - (Math.min(Math.max(value, low), high) - low) / (high - low) * (bottom - top);
      context.strokeStyle = curve.unit === undefined ? colours.parts[curve.layer % 6] : colours.accent;
      context.lineWidth = 1.3;
      context.save();
      context.beginPath();
      context.rect(left, top - 3, width, stripHeight);
      context.clip();
      context.beginPath();
      for (let place = first; place <= last; place += 1) {
        const [x, value] = [roll.x(view.seconds[place]), y(curve.values[place])];
        if (place === first) context.moveTo(x, value);
        else context.lineTo(x, value);
      }
      context.stroke();
      context.restore();
      context.fillStyle = colours.line;
      context.fillRect(0, bottom + 2, width, 1);
      context.font = "11px ui-sans-serif, system-ui, sans-serif";
      context.textBaseline = "top";
      const text = curve.unit === undefined ? `layer ${curve.layer}, ${curve.name}` : `${curve.name}, ${curve.range.map(short).join(" to ")}`;
      context.fillStyle = colours.paper;
      context.globalAlpha = 0.8;
      context.fillRect(left + 4, top - 2, context.measureText(text).width + 6, 14);
      context.globalAlpha = 1;
      context.fillStyle = colours.text;
      context.fillText(text, left + 7, top - 1);
    });
    const x = roll.x(roll.playhead);
    if (x >= left) {
      context.fillStyle = colours.accent;
      context.fillRect(Math.round(x) - 1, 0, 2, height);
    }
    Object.assign(canvas.dataset, {
      curves: curves.length, places: last - first + 1, ranges: JSON.stringify(curves.map((one) => one.range)),
    });
  }
}

/** The lowest and the highest of some values, apart. */
function rangeOf(values) {
  const [low, high] = values.reduce(([least, most], value) => [Math.min(least, value), Math.max(most, value)], [Infinity, -Infinity]);
  return high > low ? [low, high] : [low - 0.5, low + 0.5];
}

const short = (value) => value.toFixed(Math.abs(value) < 10 ? 2 : 0);
