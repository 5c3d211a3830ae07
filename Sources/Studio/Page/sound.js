// The sound of a piece: samples from the studio's synthesizer, through an AudioWorklet.

import { sound } from "./api.js";

/** How many seconds of samples are fetched ahead. */
const ahead = 1.5;

/** Why nothing can be heard: browsers give an AudioWorklet to pages of their own machine and to encrypted ones. */
const silence = () => (window.isSecureContext ? "This browser plays no sound here."
  : "Browsers play no sound of a page that comes unencrypted from another machine. Save the piece as .wav, or open the page through a tunnel, as the guide tells.");

/** Samples that come over a connection and go into a node, until they are stopped. */
export class Sounding {
  isPlaying = false;

  stop() {
    this.turn = null;
    this.isPlaying = false;
    if (this.connection) {
      this.connection.onclose = null;
      this.connection.close();
      this.connection = null;
    }
    if (this.node) {
      this.node.disconnect();
      this.node.port.postMessage({ over: true });
      this.node = null;
    }
  }
}

/** Sound that goes on as long as it is asked for, over a connection that tells where in the music its samples are. */
export class EndlessSound extends Sounding {
  /**
   * @param player whose sound device is shared.
   * @param ahead how many seconds of samples are fetched ahead: so much later what is asked for is heard.
   * @param on what happens: `news(message)`, `moved(second)`, `ended(problem)`.
   */
  constructor(player, ahead, on) {
    super();
    Object.assign(this, { player, ahead, on });
  }

  /** Begins with a first message over a connection that `connect` opens. */
  async start(connect, hello) {
    this.stop();
    this.isPlaying = true;
    const turn = (this.turn = Symbol("turn"));
    try {
      await this.player.open();
    } catch {
      if (this.turn === turn) this.end(silence());
      return;
    }
    if (this.turn !== turn) return;
    const { context, gain } = this.player;
    const node = new AudioWorkletNode(context, "studio-player", { numberOfInputs: 0, outputChannelCount: [2] });
    node.connect(gain);
    const connection = connect();
    Object.assign(this, { node, connection, heard: 0, heardAt: 0, places: [] });
    const rate = context.sampleRate;
    let asked = 0;
    const ask = () => {
      const wanted = this.heard + Math.ceil(this.ahead * rate) - asked;
      if (wanted < Math.min(rate / 20, this.ahead * rate / 4) || connection.readyState !== WebSocket.OPEN) return;
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
      connection.send(JSON.stringify(hello));
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
      if (message.frame !== undefined) this.places.push({ speed: 1, ...message });
      this.on.news(message);
    };
    connection.onclose = () => {
      if (this.turn === turn) this.end("The music broke off: the studio does not answer.");
    };
    this.follow(turn);
  }

  /** Says something to the studio. */
  tell(what) {
    if (this.connection?.readyState === WebSocket.OPEN) this.connection.send(JSON.stringify(what));
  }

  /** The second of the music that is heard at a moment of `performance.now()`, by default now. */
  secondAt(moment = performance.now()) {
    const { places } = this;
    if (!places?.length) return 0;
    const { context } = this.player;
    const now = context.currentTime - (performance.now() - moment) / 1000;
    const since = this.heardAt > 0 ? now - this.heardAt : 0;
    const frame = this.heard + Math.min(Math.max(since, -0.5), 0.1) * context.sampleRate;
    while (places.length > 1 && places[1].frame < frame) places.shift();
    const place = places.find((one) => one.frame >= frame) ?? places[0];
    return Math.max(0, place.seconds - (place.frame - frame) / context.sampleRate * place.speed);
  }

  get second() { return this.secondAt(); }

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

export class Player extends Sounding {
  /** `moved` is told the second that is heard; `ended` when the piece is over, with a problem if there is one. */
  constructor(moved, ended) {
    super();
    this.moved = moved;
    this.ended = ended;
    this.volume = 0.9;
    this.frames = 0;
  }

  /** Plays a piece from a second on; one that is being written from its start. */
  async play(id, from, isWritten) {
    this.stop();
    this.isPlaying = true;
    const turn = (this.turn = Symbol("turn"));
    const asked = performance.now();
    try {
      await this.open();
    } catch {
      if (this.turn === turn) this.end(silence());
      return;
    }
    if (this.turn !== turn) return;
    const node = new AudioWorkletNode(this.context, "studio-player", {
      numberOfInputs: 0,
      outputChannelCount: [2],
    });
    node.connect(this.gain);
    const connection = sound(id, isWritten ? from : undefined);
    this.node = node;
    this.connection = connection;
    const rate = this.context.sampleRate;
    let [fetched, asking, isOver] = [0, 0, false];
    const ask = (heard) => {
      const wanted = heard + Math.ceil(ahead * rate) - asking;
      if (wanted < rate / 4 || isOver || connection.readyState !== WebSocket.OPEN) return;
      asking += wanted;
      connection.send(JSON.stringify({ frames: wanted }));
    };
    this.at = { second: from, time: 0 };
    node.port.onmessage = ({ data }) => {
      if (this.turn !== turn) return;
      if (data.heard > 0 && !this.firstSound) {
        this.firstSound = performance.now() - asked;
        document.documentElement.dataset.firstSound = this.firstSound.toFixed(0);
      }
      this.at = { second: from + data.heard / rate, time: data.time };
      ask(data.heard);
      if (data.isDone) this.end();
    };
    connection.onmessage = ({ data }) => {
      if (this.turn !== turn) return;
      if (typeof data !== "string") {
        const samples = new Float32Array(data);
        fetched += samples.length / 2;
        this.frames = fetched;
        node.port.postMessage({ samples }, [samples.buffer]);
        return;
      }
      const message = JSON.parse(data);
      if (message.error) return this.end(`No sound: ${message.error}.`);
      if (message.sampleRate) ask(0);
      if (message.end) {
        isOver = true;
        node.port.postMessage({ over: true });
      }
    };
    connection.onclose = () => {
      if (this.turn === turn && !isOver) this.end("The sound broke off: the studio does not answer.");
    };
    this.follow(turn);
  }

  /** Opens the sound device, at the synthesizer's rate, so that samples stay what they are. */
  async open() {
    if (!window.isSecureContext) throw new Error(silence());
    if (!this.context) {
      const context = new AudioContext({ sampleRate: 44100, latencyHint: "interactive" });
      const gain = context.createGain();
      gain.gain.value = this.volume;
      gain.connect(context.destination);
      const analyser = context.createAnalyser();
      gain.connect(analyser);
      this.opening = context.audioWorklet.addModule("/sound-worklet.js");
      Object.assign(this, { context, gain, analyser });
    }
    await this.opening;
    if (this.context.state !== "running") await this.context.resume();
  }

  follow(turn) {
    const step = () => {
      if (this.turn !== turn || !this.isPlaying) return;
      const since = this.at.time > 0 ? this.context.currentTime - this.at.time : 0;
      this.moved(this.at.second + Math.min(Math.max(since, 0), 0.1));
      requestAnimationFrame(step);
    };
    requestAnimationFrame(step);
  }

  setVolume(volume) {
    this.volume = volume;
    if (this.gain) this.gain.gain.setTargetAtTime(volume, this.context.currentTime, 0.02);
  }

  end(problem) {
    this.stop();
    this.ended(problem);
  }
}
