// The studio's interface, as Documentation/StudioAPI.yaml describes it.

const root = "/api/v1/";

/** Asks the studio; throws an Error whose message is for people. */
async function ask(method, path, body, type = "application/json") {
  let answer;
  try {
    answer = await fetch(root + path, {
      method,
      body: body === undefined ? undefined : type === "application/json" ? JSON.stringify(body) : body,
      headers: body === undefined ? {} : { "Content-Type": type },
    });
  } catch {
    throw new Error("The studio does not answer. Is it still running in the terminal?");
  }
  if (answer.status === 204) return null;
  const content = await answer.json().catch(() => ({}));
  if (!answer.ok) throw new Error(sentence(content.error ?? `The studio answered ${answer.status}.`));
  return content;
}

function sentence(text) {
  // A line may begin with a file's name, which stays as it is.
  const line = /^\S+\.\w+:/.test(text) ? text : text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(line) ? line : `${line}.`;
}

export const models = () => ask("GET", "models");
export const pieces = () => ask("GET", "pieces");
export const piece = (id) => ask("GET", `pieces/${id}`);
export const score = (id) => ask("GET", `pieces/${id}/score`);
export const write = (order, name) => ask("POST", "pieces", { order, name });
export const change = (id, what) => ask("PATCH", `pieces/${id}`, what);
export const remove = (id) => ask("DELETE", `pieces/${id}`);
export const restore = (id) => ask("POST", `pieces/${id}/restore`, {});
export const edit = (id, what) => ask("POST", `pieces/${id}/edits`, what);
export const inside = (id, model) => ask("GET", `pieces/${id}/inside?model=${encodeURIComponent(model)}`);
export const file = (id, kind) => `${root}pieces/${id}/piece.${kind}`;

/** The most bytes of a MIDI file that is taken in. */
const longestFile = 16 * 1024 * 1024;

export async function takeIn(file) {
  if (file.size > longestFile) {
    throw new Error(`${file.name} has ${Math.ceil(file.size / 1e6)} MB; the studio takes MIDI files of up to 16.`);
  }
  return ask("POST", `imports?name=${encodeURIComponent(file.name)}`, file, "audio/midi");
}

function socket(path) {
  const connection = new WebSocket(`${location.origin.replace(/^http/, "ws")}${root}${path}`);
  connection.binaryType = "arraybuffer";
  return connection;
}

/** Hears of a piece while it is written: `heard` takes each message, `over` comes once. */
export const listen = (id, heard, over) => hear(`pieces/${id}/notes`, heard, over);

function hear(path, heard, over) {
  const connection = socket(path);
  connection.onmessage = (event) => heard(JSON.parse(event.data));
  connection.onclose = over;
  return () => {
    connection.onclose = null;
    connection.close();
  };
}

export const music = () => ask("GET", "music");
export const trainings = () => ask("GET", "trainings");
export const train = (order) => ask("POST", "trainings", order);
export const stopTraining = (name) => ask("POST", `trainings/${name}/stop`);
export const resumeTraining = (name) => ask("POST", `trainings/${name}/resume`);
export const compareTrainings = (names) => ask("GET", `comparison?${names.map((name) => `of=${name}`).join("&")}`);
export const takeSample = (name, step) => ask("POST", `trainings/${name}/samples/${step}`);

/** Hands in a file of a collection of music. */
export const addMusic = (collection, path, file) =>
  ask("POST", `music/${collection}?name=${encodeURIComponent(path)}`, file, "application/octet-stream");

/** Hears of a training: `heard` takes each message, `over` comes once. */
export const listenToTraining = (name, heard, over) => hear(`trainings/${name}/log`, heard, over);

/** Music that goes on; what is sent and heard over it is in JSON, but for the samples. */
export const endless = () => socket("endless");

/** Playing along: keys are sent in JSON, samples and answers are heard. */
export const playing = () => socket("playing");

/** The samples of a piece; `from` seconds, or undefined for one that is being written. */
export const sound = (id, from) => socket(`pieces/${id}/sound${from === undefined ? "" : `?from=${from}`}`);
