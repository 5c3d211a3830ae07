// What of the piece is locked: it stays to the tick whatever is done to the rest.

/** Whether nothing is locked. */
export const isNothing = (locks) => !locks || (locks.bars.length === 0 && locks.notes.length === 0);

/** Whether a bar is locked. */
export const holdsBar = (locks, bar) => locks?.bars.some(([first, last]) => first <= bar && bar <= last) ?? false;

const key = (note) => `${note.track} ${note.onset} ${note.duration} ${note.pitch} ${note.velocity}`;

/** Whether a note is locked, by itself or with its bar. */
export function holdsNote(locks, score, note) {
  if (isNothing(locks)) return false;
  return holdsBar(locks, score.barAt(note.onset)) || locks.notes.some((one) => key(one) === key(note));
}

/** Locks with some bars locked, or free. */
export function withBars(locks, [first, last], isLocked) {
  const bars = (locks?.bars ?? []).flatMap(([from, to]) =>
    [[from, Math.min(to, first - 1)], [Math.max(from, last + 1), to]].filter(([start, end]) => start <= end));
  if (isLocked) bars.push([first, last]);
  return { bars, notes: locks?.notes ?? [] };
}

/** Locks with some notes locked, or free. */
export function withNotes(locks, notes, isLocked) {
  const keys = new Set(notes.map(key));
  const others = (locks?.notes ?? []).filter((note) => !keys.has(key(note)));
  return { bars: locks?.bars ?? [], notes: isLocked ? [...others, ...notes] : others };
}

/** What is locked, in words. */
export function inWords(locks) {
  if (isNothing(locks)) return "";
  const bars = locks.bars.map(([first, last]) => (first === last ? `${first}` : `${first}–${last}`)).join(", ");
  const single = locks.bars.length === 1 && locks.bars[0][0] === locks.bars[0][1];
  return ["Locked:", [bars && `${single ? "bar" : "bars"} ${bars}`, locks.notes.length > 0
    && (locks.notes.length === 1 ? "a note" : `${locks.notes.length} notes`)].filter(Boolean).join(" and ")].join(" ");
}
