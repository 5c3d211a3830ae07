// Music that goes on and is steered while it plays: what is written is heard less than a second later.

import { endless } from "./api.js";
import { EndlessSound } from "./sound.js";

/** How many seconds of samples are fetched ahead. */
const ahead = 0.45;

export class Endless extends EndlessSound {
  /**
   * @param player whose sound device is shared.
   * @param on what happens: `news(message)`, `moved(second)`, `ended(problem)`.
   */
  constructor(player, on) {
    super(player, ahead, on);
  }

  /** Begins with an order, steered from the start. */
  begin(order, steering) {
    return this.start(endless, { order, ...steering });
  }

  /** Asks for something else from now on. */
  steer(what) {
    this.tell(what);
    const last = this.places?.at(-1);
    // For scripts that look: how many milliseconds are heard as they were.
    if (last) document.documentElement.dataset.steeredAfter = ((last.seconds - this.second) / last.speed * 1000).toFixed(0);
  }
}
