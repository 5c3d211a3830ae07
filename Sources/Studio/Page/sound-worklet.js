// Plays samples in the order in which they come, and says how many were heard.

class Player extends AudioWorkletProcessor {
  constructor() {
    super();
    this.blocks = [];
    this.offset = 0;
    this.heard = 0;
    this.told = 0;
    this.isOver = false;
    this.port.onmessage = ({ data }) => {
      if (data.samples) this.blocks.push(data.samples);
      if (data.over) this.isOver = true;
    };
  }

  process(inputs, [output]) {
    const [left, right] = output;
    let frame = 0;
    while (frame < left.length && this.blocks.length > 0) {
      const block = this.blocks[0];
      const count = Math.min(left.length - frame, block.length / 2 - this.offset);
      for (let index = 0; index < count; index += 1) {
        const place = 2 * (this.offset + index);
        left[frame + index] = block[place];
        (right ?? left)[frame + index] = block[place + 1];
      }
      frame += count;
      this.offset += count;
      if (this.offset * 2 >= block.length) {
        this.blocks.shift();
        this.offset = 0;
      }
    }
    this.heard += frame;
    const isDone = this.isOver && this.blocks.length === 0;
    // Sixty times a second is as often as a page is drawn.
    if (this.heard - this.told >= 512 || isDone) {
      this.told = this.heard;
      this.port.postMessage({ heard: this.heard, time: currentTime, isDone });
    }
    return !isDone;
  }
}

registerProcessor("studio-player", Player);
