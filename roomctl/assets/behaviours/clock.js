// <time data-behaviour="clock">: the hour in Vietnam, whatever zone the tablet is set to.
import { all } from "./find.js";
import { hhmm } from "./hhmm.js";

export function start(root) {
  const now = hhmm(new Date());
  for (const element of all(root, "clock")) if (element.textContent !== now) element.textContent = now;
}

export function listen() {
  setInterval(() => start(document), 5000);
}
