// The one script of every page; load it with <script defer>.
import * as clock from "./behaviours/clock.js";
import * as confirm from "./behaviours/confirm.js";
import * as kiosk from "./behaviours/kiosk.js";
import * as live from "./behaviours/live.js";
import * as pinPad from "./behaviours/pin-pad.js";
import * as print from "./behaviours/print.js";
import * as roomFilter from "./behaviours/room-filter.js";
import * as submitOnce from "./behaviours/submit-once.js";

const behaviours = [clock, confirm, kiosk, live, pinPad, print, roomFilter, submitOnce];
for (const behaviour of behaviours) behaviour.listen?.();

function start(root) {
  for (const behaviour of behaviours) behaviour.start?.(root);
}

start(document.body);
document.addEventListener("roomctl:replaced", ({ target }) => start(target));
