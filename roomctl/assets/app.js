// The one script of every page. Load it with <script defer>, so that the htmx settings below
// stand before htmx starts at DOMContentLoaded.
import htmx from "htmx.org";
import * as clock from "./behaviours/clock.js";
import * as confirm from "./behaviours/confirm.js";
import * as live from "./behaviours/live.js";
import * as pinPad from "./behaviours/pin-pad.js";
import * as roomFilter from "./behaviours/room-filter.js";
import * as submitOnce from "./behaviours/submit-once.js";

Object.assign(htmx.config, {
  allowEval: false,
  includeIndicatorStyles: false,
  selfRequestsOnly: true,
});

// 304: the page is still right. 409 and 422: the answer is the form with what is wrong in it.
document.addEventListener("htmx:beforeSwap", ({ detail }) => {
  const { status } = detail.xhr;
  if (status === 304) detail.shouldSwap = false;
  if (status === 409 || status === 422) {
    detail.shouldSwap = true;
    detail.isError = false;
  }
});

const behaviours = [clock, confirm, live, pinPad, roomFilter, submitOnce];
for (const behaviour of behaviours) behaviour.listen?.();

function start(root) {
  for (const behaviour of behaviours) behaviour.start?.(root);
}

// htmx announces the body once at the beginning, then everything it swaps in.
document.addEventListener("htmx:load", ({ target }) => start(target));

// What the live behaviour brought in is new to htmx as well.
document.addEventListener("roomctl:replaced", ({ target }) => {
  htmx.process(target);
  start(target);
});
