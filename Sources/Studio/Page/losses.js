// Losses of runs, drawn over their steps: faintly each step, firmly their running mean, and what was held out.

/** What is drawn of one run alone, and of each of several. */
const [learnedPart, heldPart] = [2, 1];

/** The colour of a run among several, as a number of a part's. */
export const partOf = (index) => index % 6 + 1;

/**
 * Draws the losses of runs.
 *
 * @param canvas where.
 * @param runs each with `learned` and `held`, lists of `step` and `nats`; alone, or one colour each.
 */
export function drawLosses(canvas, runs) {
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
  const all = runs.flatMap(({ learned, held }) => [...learned, ...held]);
  Object.assign(canvas.dataset, {
    learned: runs[0]?.learned.length ?? 0, held: runs[0]?.held.length ?? 0,
    runs: runs.filter(({ learned, held }) => learned.length + held.length > 0).length,
  });
  if (all.length === 0) return;
  // Of more values than a call takes arguments, too.
  const lastStep = all.reduce((most, one) => Math.max(most, one.step), 2);
  const sorted = all.map((one) => one.nats).sort((a, b) => a - b);
  // The first steps may be far above all others.
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
  runs.forEach(({ learned, held }, index) => {
    // Single steps are noise: what is drawn firmly is their running mean.
    let mean = null;
    const smooth = learned.map(({ step, nats }) => {
      mean = mean === null ? nats : mean + 0.12 * (nats - mean);
      return { step, nats: mean };
    });
    const isAlone = runs.length === 1;
    const [own, other] = isAlone ? [learnedPart, heldPart] : [partOf(index), partOf(index)];
    const curves = isAlone ? [[learned, own, 0.25, 1], [smooth, own, 1, 1.8], [held, other, 1, 1.8]]
      : [[smooth, own, 0.35, 1.2], [held, other, 1, 2]];
    for (const [points, part, alpha, thickness] of curves) {
      context.strokeStyle = context.fillStyle = colour(`part-${part}`);
      context.globalAlpha = alpha;
      context.lineWidth = thickness;
      context.beginPath();
      points.forEach(({ step, nats }, place) => (place ? context.lineTo(x(step), y(nats)) : context.moveTo(x(step), y(nats))));
      context.stroke();
      if (points === held) for (const { step, nats } of points) context.fillRect(x(step) - 2.5, y(nats) - 2.5, 5, 5);
    }
  });
  context.globalAlpha = 1;
}
