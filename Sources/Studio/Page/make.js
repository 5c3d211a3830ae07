// The form in which a piece is ordered.

const byID = (id) => document.getElementById(id);
// As musicians spell them.
const tonics = {
  major: ["C", "Db", "D", "Eb", "E", "F", "F#", "G", "Ab", "A", "Bb", "B"],
  minor: ["C", "C#", "D", "Eb", "E", "F", "F#", "G", "G#", "A", "Bb", "B"],
};
const commonMetres = ["4/4", "3/4", "2/4", "6/8", "9/8", "2/2"];
const families = [
  "piano", "chromatic-percussion", "organ", "guitar", "bass", "strings", "ensemble", "brass", "reed", "pipe",
  "synth-lead", "synth-pad", "synth-effects", "ethnic", "percussive", "sound-effects", "drums",
];

export class Maker {
  /** `ordered` is given an order when the form is sent, and how many pieces are made of it. */
  constructor(ordered) {
    this.form = byID("make");
    this.models = [];
    offerKeys(byID("key"));
    byID("model").addEventListener("change", () => this.suit());
    for (const name of ["temperature", "repeats"]) {
      byID(name).addEventListener("input", () => this.tell(name));
    }
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      ordered(this.order(), Math.round(Number(byID("count").value)));
    });
  }

  offer(models) {
    const before = this.model?.name;
    this.models = models;
    const writers = models.filter((model) => model.writes);
    fill(byID("model"), writers.map((model) => [model.name, model.name]));
    if (writers.some((model) => model.name === before)) byID("model").value = before;
    this.form.querySelector("button").disabled = writers.length === 0;
    // What was asked of a model that is still there stays.
    if (writers.length > 0 && this.model.name !== before) this.suit();
  }

  get model() { return this.models.find((model) => model.name === byID("model").value); }

  /** Shows what the chosen model can be asked for, and nothing else. */
  suit() {
    const { model } = this;
    const heeds = (what) => model.heeds.includes(what);
    byID("model-title").textContent = model.title;
    offerStyles(byID("style"), model);
    byID("style-field").hidden = model.styles.length === 0;
    byID("key-field").hidden = !heeds("key");
    byID("metre-field").hidden = !heeds("metre");
    const metre = byID("metre");
    const beat = metre.value;
    const metres = model.metres.length > 0 ? model.metres : commonMetres;
    fill(metre, [["", "as it likes"], ...metres.map((name) => [name, name])]);
    if (metres.includes(beat)) metre.value = beat;
    byID("repeats-field").hidden = !heeds("repeats");
    byID("instruments-field").hidden = !heeds("instruments");
    suggestBoldness(byID("temperature"), model);
    byID("repeats").value = model.defaults.repeats;
    for (const name of ["temperature", "repeats"]) this.tell(name);
  }

  tell(name) {
    const isDefault = this.isDefault(name);
    byID(`${name}-value`).textContent = Number(byID(name).value).toFixed(2) + (isDefault ? ", as suggested" : "");
  }

  isDefault(name) {
    const step = Number(byID(name).step);
    return Math.abs(Number(byID(name).value) - this.model.defaults[name]) < step / 2 + 1e-6;
  }

  /** The order: only what was asked for, so that its command line is as short. */
  order() {
    const { model } = this;
    const heeds = (what) => model.heeds.includes(what);
    const order = {
      kind: "new", model: model.name,
      length: { unit: byID("unit").value, amount: Math.round(Number(byID("amount").value)) },
    };
    const take = (name, isShown, turn = (text) => text) => {
      const text = byID(name).value;
      if (isShown && text !== "") order[name] = turn(text);
    };
    take("style", model.styles.length > 0);
    take("key", heeds("key"));
    take("metre", heeds("metre"));
    take("tempo", true, Number);
    take("density", true, Number);
    take("seed", true, Number);
    take("temperature", !this.isDefault("temperature"), Number);
    take("repeats", heeds("repeats") && !this.isDefault("repeats"), Number);
    const instruments = [...byID("instruments").querySelectorAll("input:checked")].map((box) => box.value);
    if (heeds("instruments") && instruments.length > 0) order.instruments = instruments;
    return order;
  }
}

function fill(select, options) {
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}

/** The keys that may be asked for. */
export function offerKeys(select) {
  fill(select, [["", "as it likes"], ...Object.entries(tonics).flatMap(([mode, names]) =>
    names.map((tonic) => [`${tonic}-${mode}`, `${tonic.replace("#", "♯").replace(/b$/, "♭")} ${mode}`]))]);
}

/** Sets a slider to the temperature that a model suggests, which may lie beyond the slider's usual ends. */
export function suggestBoldness(slider, model) {
  const { temperature } = model.defaults;
  slider.min = Math.min(0.3, temperature);
  slider.max = Math.max(1.7, temperature);
  slider.value = temperature;
}

/** The styles that a model knows; what was chosen stays where it knows it. */
export function offerStyles(select, model) {
  const before = select.value;
  fill(select, [["", "as it likes"], ...model.styles.map((name) => [name, name])]);
  if (model.styles.includes(before)) select.value = before;
}

/** Boxes for the families of instruments. */
export function offerInstruments() {
  byID("instruments").replaceChildren(...families.map((name) => {
    const label = document.createElement("label");
    const box = document.createElement("input");
    box.type = "checkbox";
    box.value = name;
    label.append(box, name.replace("-", " "));
    return label;
  }));
}
