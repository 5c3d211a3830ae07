// The keyboard stays where it is while a list is drawn anew.

/** Draws a list whose buttons have names in `data-key`, and gives the focus back to the one that had it. */
export function keepingFocus(list, draw) {
  const active = document.activeElement;
  const key = list.contains(active) ? active.dataset.key : undefined;
  draw();
  if (key !== undefined) [...list.querySelectorAll("[data-key]")].find((one) => one.dataset.key === key)?.focus();
}
