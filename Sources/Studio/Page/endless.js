// Music that goes on and is steered while it plays: what is written is heard less than a second later.

import { endless } from "./api.js";
import { Sounding } from "./sound.js";

/** How many seconds of samples are fetched ahead: so much later a change is heard. */
const ahead = 0.45;

export class Endless extends Sounding {
  /**
   * @param player whose sound device is shared.
   * @param on what happens: `news(message)`, `moved(second)`, `ended(problem)`.
   */
  constructor(player, on) {
    super();
    this.player = player;
    this.on = on;
  }

  /** Begins with an order, steered from the start. */
  async begin(order, steering) {
    this.stop();
    this.isPlaying = true;
    const turn = (this.turn = Symbol("turn"));
    try {
      await this.player.open();
    } catch {
      if (this.turn === turn) this.end("This browser plays no sound here.");
      return;
    }
    if (this.turn !== turn) return;
    const { context, gain } = this.player;
    const node = new AudioWorkletNode(context, "studio-player", { numberOfInputs: 0, outputChannelCount: [2] });
    node.connect(gain);
    const connection = endless();
    Object.assign(this, { node, connection, heard: 0, heardAt: 0, places: [] });
    const rate = context.sampleRate;
    let asked = 0;
    const ask = () => {
      const wanted = this.heard + Math.ceil(ahead * rate) - asked;
      if (wanted < rate / 20 || connection.readyState !== WebSocket.OPEN) return;
      asked += wanted;
      connection.send(JSON.stringify({ frames: wanted }));
    };
    node.port.onmessage = ({ data }) => {
      if (this.turn !== turn) return;
      this.heard = data.heard;
      this.heardAt = data.time;
      ask();
    };
    connection.onopen = () => {
      connection.send(JSON.stringify({ order, ...steering }));
      ask();
    };
    connection.onmessage = ({ data }) => {
      if (this.turn !== turn) return;
      if (typeof data !== "string") {
        const samples = new Float32Array(data);
        node.port.postMessage({ samples }, [samples.buffer]);
        return;
      }
      const message = JSON.parse(data);
      if (message.error) return this.end(`${message.error.charAt(0).toUpperCase()}${message.error.slice(1)}.`);
      if (message.frame !== undefined) this.places.push(message);
      this.on.news(message);
    };
    connection.onclose = () => {
      if (this.turn === turn) this.end("The music broke off: the studio does not answer.");
    };
    this.follow(turn);
  }

  /** Asks for something else from now on. */
  steer(what) {
    if (this.connection?.readyState !== WebSocket.OPEN) return;
    this.connection.send(JSON.stringify(what));
    const last = this.places.at(-1);
    // For scripts that look: how many milliseconds are heard as they were.
    if (last) document.documentElement.dataset.steeredAfter = ((last.seconds - this.second) / last.speed * 1000).toFixed(0);
  }

  /** The second of the music that is heard. */
  get second() {
    const { places } = this;
    if (!places?.length) return 0;
    const rate = this.player.context.sampleRate;
    const since = this.heardAt > 0 ? this.player.context.currentTime - this.heardAt : 0;
    const frame = this.heard + Math.min(Math.max(since, 0), 0.1) * rate;
    while (places.length > 1 && places[0].frame < frame) places.shift();
    return Math.max(0, places[0].seconds - (places[0].frame - frame) / rate * places[0].speed);
  }

  follow(turn) {
    const step = () => {
      if (this.turn !== turn) return;
      this.on.moved(this.second);
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  end(problem) {
    this.stop();
    this.on.ended(problem);
  }
}
