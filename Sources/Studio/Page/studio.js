// The page: what is chosen, what is shown, what is heard.

import * as api from "./api.js";
import { Score, clock, named } from "./score.js";
import { Roll } from "./roll.js";
import { Player } from "./sound.js";
import { History } from "./history.js";
import { Maker, offerInstruments, offerKeys, offerStyles, suggestBoldness } from "./make.js";
import { Endless } from "./endless.js";
import { Comparison } from "./compare.js";
import { School } from "./learn.js";
import { keepingFocus } from "./focus.js";
import { Inside } from "./inside.js";
import { Session } from "./playing.js";
import { Work } from "./work.js";

const byID = (id) => document.getElementById(id);

// The page is painted before its scripts begin their work; one that nobody looks at is not painted.
await new Promise((done) => {
  requestAnimationFrame(() => setTimeout(done));
  setTimeout(done, 500);
});

let pieces = [];
let current = null;
let stopListening = () => {};
let histories = new Map();
let second = 0;

// Words to the user.

/** Says something that screen readers hear, too. */
function say(text) {
  byID("say").textContent = text;
}

let noteTimer = 0;

/** Shows a line with, perhaps, something to do about it. */
function note(text, action, act) {
  byID("note-text").textContent = text;
  const button = byID("note-action");
  button.hidden = !action;
  button.textContent = action ?? "";
  button.onclick = () => {
    byID("note").hidden = true;
    act?.();
  };
  byID("note").hidden = false;
  hideNoteLater();
}

/** Takes the line away after a while, but not from under who is about to use it. */
function hideNoteLater() {
  clearTimeout(noteTimer);
  noteTimer = setTimeout(() => {
    if (byID("note").matches(":hover, :focus-within")) return hideNoteLater();
    byID("note").hidden = true;
  }, 12000);
}

/** Does something that may fail, and tells if it does. */
async function trying(work) {
  try {
    return await work();
  } catch (error) {
    note(error.message);
    return undefined;
  }
}

// The piece that is shown.

const roll = new Roll(byID("roll"), {
  seek: (to) => seek(to),
  edit: (change, name) => edit(change, name),
  bars: (bars) => work?.showBars(bars),
  chosen: () => work.describe(),
  lock: () => byID("lock").click(),
  say,
});

const player = new Player(
  (at) => moveTo(at),
  (problem) => {
    showPlaying(false);
    if (problem) note(problem);
    else moveTo(roll.score?.seconds ?? 0);
  });

function moveTo(at) {
  second = at;
  roll.isSounding = player.isPlaying;
  roll.movePlayhead(at);
  byID("now").textContent = clock(at);
}

const isWritten = () => current?.stage === "finished";

async function open(id, { at = 0 } = {}) {
  stopPlaying();
  stopFollowing();
  leaveEndless();
  session.leave();
  const piece = pieces.find((one) => one.id === id);
  if (!piece) return;
  current = piece;
  byID("piece").hidden = false;
  history.replaceState(null, "", `#${id}`);
  showInside(null);
  moveTo(0);
  roll.selection.clear();
  if (!histories.has(id)) histories.set(id, new History());
  describe();
  list();
  watchWaiting();
  if (isWritten()) {
    const message = await trying(() => api.score(id));
    if (!message || current?.id !== id) return;
    roll.isBusy = false;
    roll.show(new Score(message));
  } else if (piece.stage === "failed") {
    roll.show(Score.empty());
    note(`${piece.name} could not be written: ${piece.error}.`);
  } else follow(piece);
  describe();
  if (at > 0) moveTo(Math.min(at, roll.score.seconds));
}

/** Leaves a piece that is written, and tells no more how far it is. */
function stopFollowing() {
  stopListening();
  byID("progress").hidden = true;
}

/** Shows a piece while it is written. */
function follow(piece) {
  const score = Score.empty();
  roll.isBusy = true;
  roll.show(score);
  const progress = byID("progress");
  progress.hidden = false;
  progress.removeAttribute("value");
  stopListening = api.listen(piece.id, (message) => {
    if (current?.id !== piece.id) return;
    const isFirst = score.notes.length === 0 && message.notes.length > 0;
    score.append(message.notes, message.settledSeconds);
    if (message.share !== undefined) progress.value = message.share;
    if (isFirst) roll.fit();
    roll.arrange();
    roll.draw();
    byID("length").textContent = clock(score.seconds);
    piece.stage = message.stage;
    if (message.error) piece.error = message.error;
    if (isFirst || message.stage === "finished") describe();
  }, async () => {
    progress.hidden = true;
    await refresh();
    if (current?.id !== piece.id) return;
    current = pieces.find((one) => one.id === piece.id) ?? current;
    if (current.stage === "failed") note(`It could not be written: ${current.error}.`);
    if (isWritten()) {
      const message = await trying(() => api.score(piece.id));
      if (!message || current?.id !== piece.id) return;
      roll.isBusy = false;
      roll.show(new Score(message), score.notes.length > 0);
      if (score.notes.length === 0) roll.fit();
      say(`${current.name} is written: ${current.notes} notes.`);
      work.told(current);
    }
    describe();
  });
}

/** Fills in what stands around the roll. */
function describe() {
  const piece = current;
  const isHere = Boolean(piece);
  byID("name").disabled = !isHere || !isWritten();
  if (document.activeElement !== byID("name")) byID("name").value = piece?.name ?? "";
  byID("rating").disabled = !isWritten();
  rate(piece?.rating ?? 0);
  byID("play").disabled = !isHere || piece.stage === "failed";
  const model = piece?.order?.model;
  const parts = !isHere ? ["Write a piece, or open a MIDI file."]
    : isWritten() ? [`${piece.notes.toLocaleString()} notes`, clock(piece.seconds), model ? `by ${model}` : piece.playedWith ? `played with ${piece.playedWith}` : `from ${piece.file}`,
      piece.order ? `seed ${piece.order.seed}` : "", piece.isBeyondCommands ? "made around what was kept, which no command line tells" : "", piece.edits ? `changed by hand ${piece.edits === 1 ? "once" : `${piece.edits} times`}` : ""]
    : [{ waiting: "waits for its turn", writing: "is being written", failed: "could not be written" }[piece.stage]];
  byID("facts").textContent = parts.filter(Boolean).join(" · ");
  byID("length").textContent = clock(isWritten() ? piece.seconds : roll.score?.seconds ?? 0);
  for (const [id, kind] of [["midi", "mid"], ["wav", "wav"], ["musicxml", "musicxml"]]) {
    if (isWritten()) byID(id).href = api.file(piece.id, kind);
    else byID(id).removeAttribute("href");
  }
  byID("command").hidden = !piece?.command;
  byID("command-line").textContent = piece?.command ?? "";
  byID("work-field").disabled = !isWritten() || !roll.score?.isEditable;
  work.offerParts(isWritten());
  work.describe();
  const past = histories.get(piece?.id);
  byID("undo").disabled = !past?.canUndo;
  byID("redo").disabled = !past?.canRedo;
  document.title = isHere ? `${piece.name} – musegen studio` : "musegen studio";
}

// Playing.

function showPlaying(isPlaying) {
  const button = byID("play");
  button.classList.toggle("is-playing", isPlaying);
  button.setAttribute("aria-label", isPlaying ? "Pause" : "Play");
}

function stopPlaying() {
  if (player.isPlaying) player.stop();
  showPlaying(false);
  roll.isSounding = false;
}

async function play() {
  if (endlessScore) return leaveEndless();
  if (session.isPlaying) return session.leave();
  if (!current || current.stage === "failed") return;
  if (player.isPlaying) return stopPlaying();
  const end = roll.score?.seconds ?? 0;
  const from = !isWritten() || second >= end - 0.05 ? 0 : second;
  roll.isFollowing = true;
  moveTo(from);
  showPlaying(true);
  await player.play(current.id, from, isWritten());
}

async function seek(to) {
  // Music that goes on is heard where it is.
  if (endlessScore || session.isPlaying) return;
  const isPlaying = player.isPlaying;
  if (isPlaying) player.stop();
  moveTo(Math.min(Math.max(to, 0), roll.score?.seconds ?? 0));
  if (isPlaying && isWritten()) await player.play(current.id, second, true);
  else showPlaying(false);
}

byID("play").addEventListener("click", play);
byID("volume").addEventListener("input", (event) => player.setVolume(Number(event.target.value)));
byID("closer").addEventListener("click", () => roll.zoom(1.4));
byID("farther").addEventListener("click", () => roll.zoom(1 / 1.4));
window.addEventListener("pagehide", () => {
  player.stop();
  endless.stop();
  session.stop();
});

// Changing notes.

let lastChange = Promise.resolve();
let changesWaiting = 0;

/** Does what changes notes once all is done that was asked for before: it stands on what came of that. */
function inTurn(work) {
  changesWaiting += 1;
  const turn = lastChange.then(work).finally(() => (changesWaiting -= 1));
  lastChange = turn.catch(() => {});
  return turn;
}

async function edit(change, name) {
  // What is chosen is about to become other notes, as while a key is held.
  if (changesWaiting > 0) return roll.draw();
  const id = current?.id;
  const past = histories.get(id);
  const send = async (what) => {
    const piece = await api.edit(id, { remove: what.remove.map(named), add: what.add.map(named) });
    const { change } = piece;
    delete piece.change;
    replace(piece);
    if (current?.id !== id) return change;
    current = piece;
    await apply(change, what.add);
    describe();
    list();
    if (player.isPlaying) await player.play(id, second, true);
    return change;
  };
  const isDone = await trying(() => inTurn(async () => {
    const done = await send(change);
    // What is taken back is what has become of the notes, which may be more than was meant. It is noted in this turn:
    // to take it back may be the next.
    past.add({
      name,
      undo: () => send({ remove: done.add, add: done.remove }),
      redo: () => send(done),
    });
    return true;
  }));
  if (!isDone) return open(id);
  say(name);
  describe();
}

/** Makes a change in the piece that is shown. */
async function apply({ remove, add }, chosen) {
  // What was read is no longer what is there.
  showInside(null);
  const score = roll.score;
  if (Math.abs(current.seconds - score.seconds) > 1e-3 || current.bars !== score.bars.length) {
    // The piece ends elsewhere, or has other bars.
    const id = current.id;
    const message = await trying(() => api.score(id));
    if (!message || current?.id !== id) return;
    roll.show(new Score(message), true);
    return roll.select(chosen);
  }
  const gone = new Map();
  const key = (one) => `${one.track} ${one.onset} ${one.duration} ${one.pitch} ${one.velocity}`;
  for (const one of remove) gone.set(key(one), (gone.get(key(one)) ?? 0) + 1);
  score.notes = score.notes.filter((one) => {
    const count = gone.get(key(one)) ?? 0;
    if (count > 0) gone.set(key(one), count - 1);
    return count === 0;
  });
  score.notes.push(...add.map((one) => ({ ...named(one) })));
  score.settle();
  roll.show(score, true);
  roll.select(chosen);
}

async function step(direction) {
  const past = histories.get(current?.id);
  if (!past) return;
  const name = await trying(() => inTurn(() => past[direction]()));
  if (name) say(`${direction === "undo" ? "Undone" : "Done again"}: ${name}`);
  describe();
}

byID("undo").addEventListener("click", () => step("undo"));
byID("redo").addEventListener("click", () => step("redo"));

// Making pieces.

let models = [];

async function order(what) {
  const piece = await trying(() => api.write(what));
  if (!piece) return;
  pieces.unshift(piece);
  await open(piece.id);
  if (byID("roll").getBoundingClientRect().top > innerHeight / 2) byID("piece").scrollIntoView();
  // It is heard while it is written, where the browser lets it: somebody has just asked for it.
  if (!player.isPlaying) await play();
}

const maker = new Maker(async (what, count) => {
  if (count === 1) return order(what);
  const made = [];
  for (let index = 0; index < count; index += 1) {
    const seed = what.seed === undefined ? {} : { seed: what.seed + index };
    const piece = await trying(() => api.write({ ...what, ...seed }));
    if (!piece) break;
    pieces.unshift(piece);
    made.push(piece.id);
    comparison.toggle(piece.id);
  }
  if (made.length > 0) await open(made[0]);
  if (made.length > 0 && !player.isPlaying) await play();
  watchWaiting();
});

const comparison = new Comparison({
  changed: () => list(),
  hear: async (id) => {
    // From where the other one was heard, so that they can be held against each other.
    const at = second;
    if (current?.id !== id) await open(id, { at });
    if (!player.isPlaying && isWritten()) await play();
  },
});

let waitingTimer = 0;

/** Looks after pieces that are written while another is shown, or none. */
function watchWaiting() {
  clearTimeout(waitingTimer);
  if (!pieces.some((piece) => piece.id !== current?.id && ["waiting", "writing"].includes(piece.stage))) return;
  waitingTimer = setTimeout(async () => {
    if (await refresh()) watchWaiting();
  }, 700);
}

const work = new Work(roll, {
  piece: () => current,
  models: () => models,
  chosenModel: () => maker.model?.name,
  second: () => second,
  order,
  changed: (piece) => {
    replace(piece);
    if (current?.id === piece.id) current = piece;
  },
  note,
  say,
  learn: () => enter("learn", { focus: true }),
  trying,
});

// Music that goes on.

let endlessScore = null;

const endless = new Endless(player, {
  news: (message) => {
    // What still sounded of a piece that was left is not told one by one.
    if (message.piece) endlessScore.releaseAll(message.piece.start);
    if (message.struck) endlessScore.strike(message.struck);
    if (message.released) endlessScore.release(message.released);
    endlessScore.forget(4000);
    if (message.piece) say(`A piece begins, seed ${message.piece.seed}.`);
    if (message.kept) {
      note("The piece is kept.", "Open it", () => open(message.kept));
      refresh().then(watchWaiting);
    }
    if (message.problem) note(`The piece is not kept: ${message.problem}.`);
  },
  moved: (at) => {
    endlessScore.hold(at);
    endlessScore.seconds = Math.max(endlessScore.seconds, at);
    second = at;
    roll.isSounding = true;
    roll.movePlayhead(at);
    byID("now").textContent = clock(at);
  },
  ended: (problem) => {
    leaveEndless();
    if (problem) note(problem);
  },
});

const steerings = {
  temperature: (value) => value.toFixed(2),
  density: (value) => (value > 0 ? value.toFixed(1) : "as it likes"),
  semitones: (value) => (value === 0 ? "not" : `${value > 0 ? "+" : "−"}${Math.abs(value)} semitones`),
  speed: (value) => `${Math.round(value * 100)} %`,
};

const steered = (name) => Number(byID(`steer-${name}`).value);

/** What is asked for while it plays, but for what stands as it would anyway. */
function steering() {
  const all = Object.keys(steerings).map((name) => [name, steered(name)]);
  const still = { temperature: endlessModel()?.defaults.temperature, density: 0, semitones: 0, speed: 1 };
  return Object.fromEntries(all.filter(([name, value]) => Math.abs(value - still[name]) > 0.006));
}

for (const name of Object.keys(steerings)) {
  let timer = 0;
  byID(`steer-${name}`).addEventListener("input", () => {
    tellSteering(name);
    // While a slider is dragged, some times a second are enough.
    clearTimeout(timer);
    timer = setTimeout(() => endless.steer({ [name]: steered(name) }), 60);
  });
}

function tellSteering(name) {
  const text = steerings[name](steered(name));
  byID(`steer-${name}-value`).textContent = text;
  byID(`steer-${name}`).setAttribute("aria-valuetext", text);
}

const endlessModel = () => models.find((one) => one.name === byID("endless-model").value);

function suitEndless() {
  const model = endlessModel();
  if (!model) return;
  byID("endless-title").textContent = model.title;
  offerStyles(byID("endless-style"), model);
  byID("endless-style-field").hidden = model.styles.length === 0;
  byID("endless-key-field").hidden = !model.heeds.includes("key");
  suggestBoldness(byID("steer-temperature"), model);
  Object.keys(steerings).forEach(tellSteering);
}

offerKeys(byID("endless-key"));
byID("endless-model").addEventListener("change", suitEndless);

byID("endless").addEventListener("submit", async (event) => {
  event.preventDefault();
  if (endless.isPlaying) return leaveEndless();
  const model = endlessModel();
  const what = { kind: "new", model: model.name };
  if (byID("endless-style").value) what.style = byID("endless-style").value;
  if (model.heeds.includes("key") && byID("endless-key").value) what.key = byID("endless-key").value;
  endlessScore = Score.empty();
  // So much of it is in sight.
  endlessScore.seconds = 14;
  showStream(endlessScore);
  showEndless(true);
  await endless.begin(what, steering());
});

/** Shows music that goes on in the place of a piece. */
function showStream(score) {
  stopPlaying();
  stopFollowing();
  if (score !== endlessScore) leaveEndless();
  current = null;
  showInside(null);
  history.replaceState(null, "", location.pathname);
  roll.isBusy = true;
  roll.isStreaming = true;
  roll.show(score);
  describe();
  list();
  watchWaiting();
}

function showEndless(isPlaying) {
  byID("endless-begin").textContent = isPlaying ? "Stop" : "Begin";
  for (const id of ["endless-next", "endless-keep"]) byID(id).disabled = !isPlaying;
  // These are asked for at the beginning alone.
  for (const id of ["endless-model", "endless-style", "endless-key"]) byID(id).disabled = isPlaying;
  if (isPlaying) {
    byID("facts").textContent = `${byID("endless-model").value} goes on until you stop it.`;
    byID("length").textContent = "∞";
  }
  byID("play").disabled = !isPlaying && !current;
  showPlaying(isPlaying);
}

function leaveEndless() {
  if (!endlessScore) return;
  endless.stop();
  endlessScore = null;
  roll.isStreaming = false;
  showEndless(false);
  roll.isSounding = false;
  // It goes on no more.
  describe();
}

byID("endless-next").addEventListener("click", () => endless.steer({ next: true }));
byID("endless-keep").addEventListener("click", () => endless.steer({ keep: `Endless, ${clock(second)}` }));

// Playing along.

let playedPiece = null;
let piecesBefore = new Set();

const session = new Session(player, {
  began: (score) => {
    playedPiece = null;
    piecesBefore = new Set(pieces.map((piece) => piece.id));
    showStream(score);
    byID("play").disabled = false;
    byID("facts").textContent = "You and the model, on one beat.";
    byID("length").textContent = "∞";
    showPlaying(true);
  },
  heard: (at) => {
    second = at;
    roll.isSounding = true;
    roll.movePlayhead(at);
    byID("now").textContent = clock(at);
  },
  kept: (id) => {
    playedPiece = id;
    refresh();
  },
  ended: async (problem) => {
    roll.isStreaming = false;
    roll.isSounding = false;
    showPlaying(false);
    describe();
    if (problem) note(problem);
    // What the studio keeps as the session ends comes a moment after.
    setTimeout(async () => {
      await refresh();
      const piece = pieces.find((one) => one.id === playedPiece)
        ?? pieces.find((one) => one.playedWith && !piecesBefore.has(one.id));
      if (piece && !current && !session.isPlaying) note(`${piece.name} is kept.`, "Open it", () => open(piece.id));
    }, 300);
  },
  say,
});

// Rooms.

const rooms = ["make", "endless", "play", "learn"];

const school = new School({
  say,
  note,
  piece: async (piece) => {
    pieces.unshift(piece);
    await open(piece.id);
    await play();
  },
  write: async (model) => {
    await readModels();
    if (!models.find((one) => one.name === model)?.writes) {
      return note(`${model} writes to a given part: open a piece and let it accompany that.`);
    }
    byID("model").value = model;
    maker.suit();
    enter("make", { focus: true });
  },
  learned: () => readModels(),
});

/** The models that are there now, those that have just learned too. */
async function readModels() {
  await trying(async () => {
    const found = await api.models();
    const before = endlessModel()?.name;
    models = found;
    maker.offer(models);
    const writers = models.filter((model) => model.writes);
    byID("endless-model").replaceChildren(...writers.map((model) => new Option(model.name, model.name)));
    if (writers.some((model) => model.name === before)) byID("endless-model").value = before;
    byID("endless-begin").disabled = writers.length === 0;
    // Where the sliders stand for a model that is still there they stay.
    if (endlessModel()?.name !== before) suitEndless();
    session.offer(models);
  });
}

function enter(room, { focus = false } = {}) {
  for (const name of rooms) {
    const tab = byID(`tab-${name}`);
    tab.setAttribute("aria-selected", name === room);
    tab.tabIndex = name === room ? 0 : -1;
    byID(`room-${name}`).hidden = name !== room;
  }
  byID("training").hidden = room !== "learn";
  byID("piece").hidden = room === "learn";
  byID("piano").hidden = room !== "play";
  if (room !== "play") session.leave();
  if (room === "learn") school.enter(models);
  if (focus) byID(`tab-${room}`).focus();
}

for (const [index, name] of rooms.entries()) {
  byID(`tab-${name}`).addEventListener("click", () => enter(name));
  byID(`tab-${name}`).addEventListener("keydown", (event) => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (step) enter(rooms[(index + step + rooms.length) % rooms.length], { focus: true });
  });
}

const inside = new Inside(roll);

function showInside(view) {
  inside.show(view);
  byID("look-inside").setAttribute("aria-expanded", Boolean(view));
}

byID("look-inside").addEventListener("click", async () => {
  if (inside.view) return showInside(null);
  const id = current.id;
  const model = work.writer();
  say(`${model} reads the piece.`);
  const view = await trying(() => api.inside(id, model));
  if (view && current?.id === id) showInside(view);
});

// The shelf.

function replace(piece) {
  pieces = pieces.map((one) => (one.id === piece.id ? piece : one));
}

/** Reads the list anew; whether the studio answered. */
async function refresh() {
  const found = await trying(() => api.pieces());
  if (found) {
    // Whoever is listened to knows more of it than the list.
    pieces = found.map((piece) => (piece.id === current?.id && !isWritten() && piece.stage !== "finished" ? current : piece));
  }
  list();
  return found !== undefined;
}

function list() {
  byID("none").hidden = pieces.length > 0;
  comparison.show(pieces, current?.id);
  keepingFocus(byID("list"), () => byID("list").replaceChildren(...pieces.map((piece) => {
    const item = document.createElement("li");
    const button = document.createElement("button");
    button.type = "button";
    button.className = "open";
    button.setAttribute("aria-current", piece.id === current?.id);
    const name = document.createElement("b");
    name.textContent = piece.name;
    const facts = document.createElement("small");
    facts.textContent = [
      piece.stage === "finished" ? clock(piece.seconds) : piece.stage,
      piece.order ? piece.order.model : piece.playedWith ? "played" : "opened", "●".repeat(piece.rating),
    ].filter(Boolean).join(" · ");
    button.append(name, facts);
    button.addEventListener("click", () => open(piece.id));
    const gone = document.createElement("button");
    gone.type = "button";
    gone.className = "gone";
    gone.textContent = "×";
    gone.setAttribute("aria-label", `Delete ${piece.name}`);
    gone.addEventListener("click", () => remove(piece));
    const beside = document.createElement("button");
    beside.type = "button";
    beside.className = "beside";
    beside.textContent = "◫";
    beside.title = "Side by side";
    beside.setAttribute("aria-label", `${piece.name} side by side with others`);
    beside.setAttribute("aria-pressed", comparison.has(piece.id));
    beside.addEventListener("click", () => comparison.toggle(piece.id));
    for (const one of [button, beside, gone]) one.dataset.key = `${piece.id} ${one.className}`;
    item.append(button, beside, gone);
    return item;
  })));
}

async function remove(piece) {
  const kept = await trying(() => api.remove(piece.id));
  if (kept === undefined) return;
  if (current?.id === piece.id) {
    stopPlaying();
    stopFollowing();
    current = null;
    showInside(null);
    history.replaceState(null, "", location.pathname);
    roll.show(Score.empty());
    moveTo(0);
  }
  await refresh();
  describe();
  // It may have been written since the list was read: what the studio says counts.
  if (kept === null) return note(`${piece.name} is gone.`);
  note(`${piece.name} is deleted.`, "Undo", () => trying(async () => {
    await api.restore(piece.id);
    await refresh();
    await open(piece.id);
  }));
}

async function takeIn(files) {
  for (const file of files) {
    const piece = await trying(() => api.takeIn(file));
    if (!piece) continue;
    pieces.unshift(piece);
    await open(piece.id);
  }
}

byID("file").addEventListener("change", (event) => {
  takeIn([...event.target.files]);
  event.target.value = "";
});
for (const kind of ["dragover", "drop", "dragleave"]) {
  window.addEventListener(kind, (event) => {
    if (!event.dataTransfer?.types.includes("Files")) return;
    event.preventDefault();
    document.body.classList.toggle("dropping", kind === "dragover");
    if (kind === "drop") takeIn([...event.dataTransfer.files]);
  });
}

// Name and rating.

byID("name").addEventListener("change", (event) => {
  const id = current?.id;
  trying(async () => {
    const piece = await api.change(id, { name: event.target.value });
    replace(piece);
    if (current?.id === id) current = piece;
  }).then(() => {
    if (current) event.target.value = current.name;
    list();
    describe();
  });
});

byID("rating").append(...[1, 2, 3, 4, 5].map((value) => {
  const label = document.createElement("label");
  const input = document.createElement("input");
  input.type = "radio";
  input.name = "rating";
  input.value = value;
  input.setAttribute("aria-label", `${value} of 5`);
  input.addEventListener("change", () => trying(async () => {
    const { id } = current;
    const piece = await api.change(id, { rating: value });
    replace(piece);
    // Another may be shown by now.
    if (current?.id === id) current = piece;
    describe();
    list();
  }));
  label.append(input);
  return label;
}));

function rate(rating) {
  [...byID("rating").querySelectorAll("label")].forEach((label, index) => {
    label.classList.toggle("on", index < rating);
    label.firstChild.checked = index + 1 === rating;
  });
}

byID("copy").addEventListener("click", async () => {
  try {
    // There is none where the page comes unencrypted from another machine.
    await navigator.clipboard.writeText(byID("command-line").textContent);
    say("Copied.");
  } catch {
    note("The browser does not let the page copy; select the line instead.");
  }
});
byID("note-close").addEventListener("click", () => (byID("note").hidden = true));

// Keys that mean the same everywhere but where something is typed.

window.addEventListener("keydown", (event) => {
  const target = event.target;
  const isTyping = target.matches("input:not([type=range]):not([type=radio]):not([type=checkbox]), select, textarea");
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !isTyping) {
    event.preventDefault();
    step(event.shiftKey ? "redo" : "undo");
  } else if (event.key === " " && !isTyping && !session.isPlaying && !target.matches("button, a, summary, input")) {
    event.preventDefault();
    play();
  }
});

// The start.

offerInstruments();
roll.show(Score.empty());
describe();
await Promise.all([
  readModels().then(() => {
    if (models.length === 0) note("No model is installed, so that nothing can be written.");
  }),
  refresh(),
]);
describe();
watchWaiting();
if (pieces.some((piece) => `#${piece.id}` === location.hash)) await open(location.hash.slice(1));
document.documentElement.dataset.ready = "true";
