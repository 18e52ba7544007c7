// <input data-behaviour="room-filter" data-target="#rooms" data-count="#chosen">: narrows the
// [data-search] elements inside the target, and counts the boxes ticked there, hidden ones too; a box with
// data-stands-for="98" counts as so many.
import { all, closest, named } from "./find.js";
import { fold } from "./fold.js";

function filter(input) {
  const wanted = fold(input.value.trim());
  for (const element of named(input.dataset.target)?.querySelectorAll("[data-search]") ?? []) {
    element.hidden = !fold(element.dataset.search).includes(wanted);
  }
}

function count(input) {
  const place = named(input.dataset.count);
  const target = named(input.dataset.target);
  if (!place || !target) return;
  const ticked = [...target.querySelectorAll('input[name="rooms"]:checked, input[data-stands-for]:checked')];
  place.textContent = ticked.reduce((sum, box) => sum + Number(box.dataset.standsFor ?? 1), 0);
}

export function start(root) {
  // Looked for in the whole page: what came in may be the filter or the list it filters.
  for (const input of all(document, "room-filter")) {
    if (!root.contains(input) && !root.contains(named(input.dataset.target)) && !named(input.dataset.target)?.contains(root)) continue;
    filter(input);
    count(input);
  }
}

export function listen() {
  document.addEventListener("input", ({ target }) => {
    const input = closest(target, "room-filter");
    if (input) filter(input);
  });
  document.addEventListener("change", ({ target }) => {
    if (!target.matches('input[type="checkbox"]')) return;
    for (const input of all(document, "room-filter")) if (named(input.dataset.target)?.contains(target)) count(input);
  });
  // Enter while narrowing a list of boxes must not send the form the list is part of.
  document.addEventListener("keydown", (event) => {
    const input = event.key === "Enter" && closest(event.target, "room-filter");
    if (input && input.form?.contains(named(input.dataset.target))) event.preventDefault();
  });
  // A reset form gets its first values back only after the event.
  document.addEventListener("reset", () => setTimeout(() => start(document)));
  window.addEventListener("pageshow", () => start(document));
}
