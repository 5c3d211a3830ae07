// Models that learn: a folder of music is taken in, a training is started, watched, stopped and gone on with.

import * as api from "./api.js";
import { keepingFocus } from "./focus.js";
import { clock } from "./score.js";

const byID = (id) => document.getElementById(id);
/** The files that can be learned from. */
const endings = /\.(mid|midi|kar|rmi|musicxml|mxl|abc)$/i;
const states = {
  starting: "reads the music", running: "learns", interrupted: "was stopped", finished: "has learned",
  diverged: "broke: its loss is no number", empty: "stopped before it began", failed: "could not begin",
};

export class School {
  /** @param on what happens: `say(text)`, `note(text)`, `piece(piece)`, `write(model)`, `learned()`. */
  constructor(on) {
    this.on = on;
    this.runs = [];
    this.shown = null;
    this.points = { learned: [], held: [] };
    this.stopListening = () => {};
    this.canvas = byID("losses");
    new ResizeObserver(() => this.draw()).observe(this.canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    byID("learn-folder").addEventListener("change", (event) => this.takeIn([...event.target.files]));
    byID("learn").addEventListener("submit", (event) => {
      event.preventDefault();
      this.train();
    });
    byID("training-stop").addEventListener("click", () => this.act(api.stopTraining));
    byID("training-resume").addEventListener("click", () => this.act(api.resumeTraining));
    byID("training-write").addEventListener("click", () => this.on.write(this.shown));
    byID("learn-music").addEventListener("change", () => this.suggestName());
    this.describe();
  }

  /** What is there already. */
  async enter(models) {
    const base = byID("learn-from");
    const before = base.value;
    base.replaceChildren(new Option("one that knows nothing", ""), ...models.map((one) => new Option(`${one.name}, trained further`, one.name)));
    base.value = [...base.options].some((one) => one.value === before) ? before : "";
    await this.trying(async () => {
      await this.listMusic();
      this.runs = await api.trainings();
    });
    this.list();
    if (!this.shown && this.runs.length > 0) this.show(this.runs[0].name);
  }

  async trying(work) {
    try {
      return await work();
    } catch (error) {
      this.on.note(error.message);
      return undefined;
    }
  }

  async listMusic(chosen) {
    const collections = await api.music();
    const select = byID("learn-music");
    const before = chosen ?? select.value;
    select.replaceChildren(...collections.map(({ name, files }) => new Option(`${name}, ${files} files`, name)));
    if (collections.some((one) => one.name === before)) select.value = before;
    this.suggestName();
  }

  suggestName() {
    const name = byID("learn-name");
    if (name.value && name.value !== this.suggested) return;
    const stem = byID("learn-music").value;
    if (!stem) return;
    const taken = new Set(this.runs.map((run) => run.name));
    let suggestion = stem;
    for (let number = 2; taken.has(suggestion); number += 1) suggestion = `${stem}-${number}`;
    name.value = this.suggested = suggestion;
  }

  /** Takes in the music of a folder that was chosen. */
  async takeIn(files) {
    const music = files.filter((file) => endings.test(file.name));
    byID("learn-folder").value = "";
    if (music.length === 0) return this.on.note("There is no music in that folder: MIDI, MusicXML or ABC files.");
    const top = music[0].webkitRelativePath.split("/")[0];
    const name = slug(top);
    let taken = 0;
    let refused = 0;
    const told = byID("learn-taking");
    // A few at a time: the studio has two hands.
    const next = async () => {
      const file = music.shift();
      if (!file) return;
      const path = file.webkitRelativePath.split("/").slice(1).join("/") || file.name;
      try {
        await api.addMusic(name, path, file);
        taken += 1;
      } catch {
        refused += 1;
      }
      told.textContent = `${taken} files are taken in.`;
      await next();
    };
    await Promise.all([next(), next(), next()]);
    await this.trying(() => this.listMusic(name));
    told.textContent = `${taken} files of ${top} are taken in${refused ? `, ${refused} are not` : ""}.`;
    this.on.say(told.textContent);
  }

  async train() {
    const order = { name: byID("learn-name").value, music: byID("learn-music").value, minutes: Number(byID("learn-minutes").value) };
    if (byID("learn-from").value) order.from = byID("learn-from").value;
    const run = await this.trying(() => api.train(order));
    if (!run) return;
    this.runs = [run, ...this.runs.filter((one) => one.name !== run.name)];
    this.show(run.name);
    this.suggestName();
  }

  async act(what) {
    const name = this.shown;
    const run = await this.trying(() => what(name));
    if (run) this.show(name);
  }

  /** Shows a training, and what comes of it. */
  show(name) {
    this.stopListening();
    this.shown = name;
    this.points = { learned: [], held: [] };
    this.list();
    this.describe();
    this.stopListening = api.listenToTraining(name, (message) => {
      if (this.shown !== name) return;
      const before = this.run?.state;
      this.runs = this.runs.map((run) => (run.name === name ? message.training : run));
      for (const line of message.lines) {
        const list = this.points[line.isHeldOut ? "held" : "learned"];
        list.push(line);
        if (!line.isHeldOut) this.last = line;
      }
      if (before !== message.training.state) {
        this.on.say(`${name} ${states[message.training.state]}.`);
        if (["finished", "interrupted"].includes(message.training.state)) this.on.learned();
        this.list();
      }
      this.describe();
      this.draw();
    }, async () => {
      const runs = await this.trying(() => api.trainings());
      if (!runs) return;
      this.runs = runs;
      this.list();
      if (this.shown !== name) return;
      this.describe();
      if (this.run?.error && this.run.state === "failed") this.on.note(`${name}: ${this.run.error}`);
    });
  }

  get run() { return this.runs.find((run) => run.name === this.shown); }

  list() {
    byID("no-runs").hidden = this.runs.length > 0;
    keepingFocus(byID("runs"), () => byID("runs").replaceChildren(...this.runs.map((run) => {
      const item = document.createElement("li");
      const button = document.createElement("button");
      button.type = "button";
      button.setAttribute("aria-current", run.name === this.shown);
      const name = document.createElement("b");
      name.textContent = run.name;
      const facts = document.createElement("small");
      facts.textContent = [states[run.state], run.bestNats !== undefined ? `${run.bestNats.toFixed(3)} nats` : ""].filter(Boolean).join(" · ");
      button.append(name, facts);
      button.dataset.key = run.name;
      button.addEventListener("click", () => this.show(run.name));
      item.append(button);
      return item;
    })));
  }

  describe() {
    const { run } = this;
    for (const id of ["stop", "resume", "write"]) byID(`training-${id}`).hidden = true;
    byID("training-progress").hidden = true;
    if (!run) return;
    byID("training-title").textContent = run.name;
    byID("training-stop").hidden = !["running", "starting"].includes(run.state);
    byID("training-resume").hidden = run.state !== "interrupted";
    byID("training-write").hidden = !run.isModel;
    byID("training-progress").hidden = run.state !== "running";
    byID("training-progress").value = run.progress;
    const left = run.state === "running" && run.progress > 0 ? run.seconds * (1 - run.progress) / run.progress : null;
    byID("training-facts").textContent = [
      states[run.state] + (run.error ? `: ${run.error}` : ""),
      run.step ? `step ${run.step.toLocaleString()}` : "",
      run.lastNats !== undefined ? `loss ${run.lastNats.toFixed(3)}` : "",
      run.bestNats !== undefined ? `best held out ${run.bestNats.toFixed(3)} nats per event` : "",
      run.parameters ? `${run.parameters.toLocaleString()} parameters` : "",
      run.seconds ? `${clock(run.seconds)} trained` : "",
      left !== null ? `${clock(left)} left` : "",
    ].filter(Boolean).join(" · ");
    const key = `${run.name} ${run.samples.join()}`;
    byID("no-samples").hidden = run.samples.length > 0;
    if (key === this.sampleKey) return;
    this.sampleKey = key;
    keepingFocus(byID("samples"), () => byID("samples").replaceChildren(...run.samples.map((step) => {
      const button = document.createElement("button");
      button.type = "button";
      button.textContent = `after ${step} steps`;
      button.addEventListener("click", async () => {
        const piece = await this.trying(() => api.takeSample(run.name, step));
        if (piece) this.on.piece(piece);
      });
      button.dataset.key = step;
      return button;
    })));
  }

  /** The losses, the first steps of which may be far above all others. */
  draw() {
    const { canvas } = this;
    const ratio = devicePixelRatio || 1;
    const [width, height] = [canvas.clientWidth, canvas.clientHeight];
    if (!width) return;
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    const context = canvas.getContext("2d", { alpha: false });
    context.scale(ratio, ratio);
    const style = getComputedStyle(canvas);
    const colour = (name) => style.getPropertyValue(`--${name}`);
    context.fillStyle = colour("roll");
    context.fillRect(0, 0, width, height);
    const { learned, held } = this.points;
    const all = [...learned, ...held];
    Object.assign(canvas.dataset, { learned: learned.length, held: held.length });
    if (all.length === 0) return;
    const lastStep = Math.max(2, ...all.map((one) => one.step));
    const sorted = all.map((one) => one.nats).sort((a, b) => a - b);
    const high = Math.max(sorted[Math.floor(sorted.length * 0.98)], sorted[0] + 0.1) * 1.05;
    const low = Math.max(0, sorted[0] - 0.08 * (high - sorted[0]));
    const [left, right, top, bottom] = [46, width - 14, 14, height - 28];
    const x = (step) => left + (step - 1) / (lastStep - 1) * (right - left);
    const y = (nats) => Math.max(top, bottom - (nats - low) / (high - low) * (bottom - top));
    context.font = "11px ui-sans-serif, system-ui, sans-serif";
    context.textBaseline = "middle";
    const grid = [0.05, 0.1, 0.2, 0.5, 1, 2].find((one) => (high - low) / one < 8) ?? 5;
    for (let nats = Math.ceil(low / grid) * grid; nats < high; nats += grid) {
      context.fillStyle = colour("roll-line");
      context.fillRect(left, Math.round(y(nats)), right - left, 1);
      context.fillStyle = colour("quiet");
      context.textAlign = "right";
      context.fillText(nats.toFixed(grid < 0.1 ? 2 : 1), left - 6, y(nats));
    }
    context.textAlign = "left";
    context.fillText("1", left, height - 12);
    context.textAlign = "right";
    context.fillText(`step ${lastStep.toLocaleString()}`, right, height - 12);
    // Single steps are noise: what is drawn firmly is their running mean.
    let mean = null;
    const smooth = learned.map(({ step, nats }) => {
      mean = mean === null ? nats : mean + 0.12 * (nats - mean);
      return { step, nats: mean };
    });
    for (const [points, part, alpha, thickness] of [[learned, "part-2", 0.25, 1], [smooth, "part-2", 1, 1.8], [held, "part-1", 1, 1.8]]) {
      context.strokeStyle = context.fillStyle = colour(part);
      context.globalAlpha = alpha;
      context.lineWidth = thickness;
      context.beginPath();
      points.forEach(({ step, nats }, index) => (index ? context.lineTo(x(step), y(nats)) : context.moveTo(x(step), y(nats))));
      context.stroke();
      if (part === "part-1") for (const { step, nats } of points) context.fillRect(x(step) - 2.5, y(nats) - 2.5, 5, 5);
    }
    context.globalAlpha = 1;
  }
}

/** A folder's name as that of a collection. */
function slug(text) {
  const plain = text.normalize("NFKD").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40).replace(/-+$/, "");
  return plain || "music";
}
