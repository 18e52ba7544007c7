// <button type="button" data-behaviour="print" hidden>: prints the page; without scripts the browser's own menu does.
import { all, closest } from "./find.js";

export function start(root) {
  for (const button of all(root, "print")) button.hidden = false;
}

export function listen() {
  document.addEventListener("click", ({ target }) => {
    if (closest(target, "print")) window.print();
  });
}
