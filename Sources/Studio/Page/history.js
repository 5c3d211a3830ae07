// What was done by hand, so that it can be undone.

export class History {
  constructor() {
    this.done = [];
    this.undone = [];
  }

  /** Notes a step: two functions that do it and take it back, both of which may take time. */
  add(step) {
    this.done.push(step);
    this.undone = [];
    if (this.done.length > 200) this.done.shift();
  }

  get canUndo() {
    return this.done.length > 0;
  }

  get canRedo() {
    return this.undone.length > 0;
  }

  /** Takes the last step back; returns what it was called. */
  async undo() {
    const step = this.done.pop();
    if (!step) return null;
    try {
      await step.undo();
    } catch (error) {
      this.done.push(step);
      throw error;
    }
    this.undone.push(step);
    return step.name;
  }

  async redo() {
    const step = this.undone.pop();
    if (!step) return null;
    try {
      await step.redo();
    } catch (error) {
      this.undone.push(step);
      throw error;
    }
    this.done.push(step);
    return step.name;
  }
}
