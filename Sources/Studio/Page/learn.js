// Models that learn: a folder of music is taken in, a training is started, watched, stopped and gone on with.

import * as api from "./api.js";
import { keepingFocus } from "./focus.js";
import { drawLosses, partOf } from "./losses.js";
import { clock } from "./score.js";

const byID = (id) => document.getElementById(id);
/** The files that can be learned from; what is called .xml the studio looks into. */
const endings = /\.(mid|midi|kar|rmi|musicxml|mxl|xml|abc)$/i;
const states = {
  starting: "reads the music", running: "learns", interrupted: "was stopped", finished: "has learned",
  diverged: "broke: its loss is no number", empty: "stopped before it began", failed: "could not begin",
};

export class School {
  /** @param on what happens: `say(text)`, `note(text)`, `piece(piece)`, `write(model)`, `learned()`. */
  constructor(on) {
    this.on = on;
    this.runs = [];
    this.models = [];
    this.shown = null;
    this.points = { learned: [], held: [] };
    // The runs beside the one that is shown, and what is known of their losses.
    this.beside = [];
    this.others = new Map();
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
    byID("learn-from").addEventListener("change", () => this.suit());
    this.describe();
  }

  /** What is there already. */
  async enter(models) {
    this.models = models;
    const base = byID("learn-from");
    const before = base.value;
    base.replaceChildren(new Option("one that knows nothing", ""), ...models.map((one) => new Option(`${one.name}, trained further`, one.name)));
    base.value = [...base.options].some((one) => one.value === before) ? before : "";
    this.suit();
    await this.trying(async () => {
      this.runs = await api.trainings();
      await this.listMusic();
    });
    this.list();
    if (!this.shown && this.runs.length > 0) this.show(this.runs[0].name);
  }

  /** What a model that is trained further learns it has learned already. */
  suit() {
    byID("learn-given-field").hidden = byID("learn-from").value !== "";
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
    const taken = new Set([...this.runs, ...this.models].map((one) => one.name));
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
    let problem = "";
    const told = byID("learn-taking");
    // A few at a time: the studio has two hands.
    const next = async () => {
      const file = music.shift();
      if (!file) return;
      const path = file.webkitRelativePath.split("/").slice(1).join("/") || file.name;
      try {
        await api.addMusic(name, path, file);
        taken += 1;
      } catch (error) {
        refused += 1;
        problem ||= error.message;
      }
      told.textContent = `${areFiles(taken)} taken in.`;
      await next();
    };
    await Promise.all([next(), next(), next()]);
    await this.trying(() => this.listMusic(name));
    told.textContent = `Of ${top} ${areFiles(taken)} taken in${refused ? `, ${refused} not` : ""}.`;
    this.on.say(told.textContent);
    if (problem) this.on.note(problem);
  }

  async train() {
    const order = { name: byID("learn-name").value, music: byID("learn-music").value, minutes: Number(byID("learn-minutes").value) };
    if (byID("learn-from").value) order.from = byID("learn-from").value;
    else if (byID("learn-given").value) order.given = byID("learn-given").value;
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
    this.putAway(name);
    this.points = { learned: [], held: [] };
    this.list();
    this.describe();
    this.compare();
    this.stopListening = api.listenToTraining(name, (message) => {
      if (this.shown !== name) return;
      const before = this.run?.state;
      this.runs = this.runs.map((run) => (run.name === name ? message.training : run));
      add(this.points, message.lines);
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
      const beside = document.createElement("button");
      beside.type = "button";
      beside.className = "beside";
      beside.textContent = "◫";
      beside.title = "Compare";
      beside.setAttribute("aria-label", `Compare ${run.name} with the training that is shown`);
      beside.setAttribute("aria-pressed", this.beside.includes(run.name));
      beside.disabled = run.name === this.shown;
      beside.dataset.key = `${run.name} beside`;
      beside.addEventListener("click", () => this.toggle(run.name));
      item.append(button, beside);
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

  draw() {
    drawLosses(this.canvas, [this.points, ...this.beside.map((name) => this.others.get(name)?.points ?? { learned: [], held: [] })]);
  }

  // Runs side by side.

  /** Puts a run beside the one that is shown, or away. */
  toggle(name) {
    if (this.beside.includes(name)) this.putAway(name);
    else {
      if (this.beside.length >= 5) return this.on.note("Six trainings are compared at most; put one away first.");
      const points = { learned: [], held: [] };
      const stop = api.listenToTraining(name, (message) => {
        add(points, message.lines);
        this.draw();
      }, () => {});
      this.beside.push(name);
      this.others.set(name, { points, stop });
    }
    this.list();
    this.compare();
  }

  putAway(name) {
    this.others.get(name)?.stop();
    this.others.delete(name);
    this.beside = this.beside.filter((one) => one !== name);
  }

  /** Says in what the runs that are compared differ. */
  async compare() {
    this.draw();
    const names = [this.shown, ...this.beside];
    const isAlone = this.beside.length === 0;
    byID("legend-one").hidden = !isAlone;
    byID("legend-many").hidden = isAlone;
    byID("differences").hidden = true;
    if (isAlone) return;
    byID("legend-many").replaceChildren(...names.flatMap((name, index) => {
      const swatch = document.createElement("span");
      swatch.className = `swatch part-${partOf(index)}`;
      return [swatch, ` ${name} `];
    }), "· on pieces held out firmly, on the music they learn from faintly; lower is better");
    const found = await this.trying(() => api.compareTrainings(names));
    if (!found || names.join() !== [this.shown, ...this.beside].join()) return;
    // A list is told as JSON.
    const shown = (value) => (value === null ? "–" : typeof value === "object" ? JSON.stringify(value) : String(value));
    const row = (kind, texts) => {
      const line = document.createElement("tr");
      line.append(...texts.map((text, index) => {
        const cell = document.createElement(kind === "th" || index === 0 ? "th" : "td");
        cell.scope = kind === "th" ? "col" : index === 0 ? "row" : "";
        cell.textContent = text;
        return cell;
      }));
      return line;
    };
    byID("differences").hidden = false;
    byID("differences-head").replaceChildren(row("th", ["", ...names]));
    byID("differences-body").replaceChildren(...found.differences
      .map(({ name, values }) => row("td", [name, ...values.map(shown)])));
    byID("no-differences").hidden = found.differences.length > 0;
  }
}

/** The most steps that are drawn of a run. */
const mostSteps = 6000;

/** Adds lines of a log to what is drawn; where they are too many, every other step is left out. */
function add(points, lines) {
  for (const line of lines) {
    const known = points[line.isHeldOut ? "held" : "learned"];
    // A run that goes on from its last checkpoint tells what came behind that anew.
    while (known.length > 0 && known.at(-1).step >= line.step) known.pop();
    known.push(line);
  }
  if (points.learned.length > mostSteps) points.learned = points.learned.filter((_, index) => index % 2 === 0);
}

const areFiles = (count) => (count === 1 ? "1 file is" : `${count} files are`);

/** A folder's name as that of a collection; letters lose their accents. */
function slug(text) {
  const plain = text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40).replace(/-+$/, "");
  return plain || "music";
}
