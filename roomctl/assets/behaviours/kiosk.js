// <body data-behaviour="kiosk" data-home="/panel">: a screen on a wall that nobody can leave and that never goes white. Forms and
// links are asked for here and shown in place; when no answer comes, the page stays and says so. A page that is not the home
// screen is left after a minute without a touch, and once a night the whole is loaded anew.
import { all } from "./find.js";
import { hhmm } from "./hhmm.js";
import { replaceChildren } from "./replace.js";

const PATIENCE = 15_000;
const LEFT_ALONE = 60_000;
const LOOK = 15_000;
const NOT_AGAIN_WITHIN = 2000; // A page and a source that disagree must not renew each other without end.
const NIGHT_HOUR = "03";

const loadedAt = new Date();
const nightMinute = Math.floor(Math.random() * 60); // Not all panels at once.
let home = "";
let busy = false;
let lastTouched = Date.now();
let renewedAt = 0;

const day = (moment) => new Intl.DateTimeFormat("en-CA", { timeZone: "Asia/Ho_Chi_Minh" }).format(moment);
const isLost = () => document.documentElement.dataset.connection === "lost";
const isHome = () => document.querySelector('[data-behaviour~="live"], [data-kind="pairing"]') !== null;
const isLeftAlone = () => Date.now() - lastTouched > LEFT_ALONE;

async function ask(url, options = {}) {
  const response = await fetch(url, {
    credentials: "same-origin",
    cache: "no-store",
    signal: AbortSignal.timeout(PATIENCE),
    headers: { Accept: "text/html" },
    ...options,
  });
  const page = new DOMParser().parseFromString(await response.text(), "text/html");
  if (!all(page, "kiosk").length) throw new Error("not a page of ours"); // A gateway answered in the server's place.
  return page;
}

function show(page) {
  const program = (root) => root.querySelector("script[src]")?.getAttribute("src");
  if (program(page) !== program(document)) {
    location.replace(home); // The server has a newer version.
    return;
  }
  document.title = page.title;
  replaceChildren(document.body, page.body);
  for (const form of document.forms) form.reset(); // Nobody's digits are left for the next.
  document.body.dispatchEvent(new CustomEvent("roomctl:replaced", { bubbles: true }));
}

function say(what) {
  for (const line of document.querySelectorAll("[data-unsent]")) line.hidden = line.dataset.unsent !== what;
}

async function go(url, { options, pressed = true } = {}) {
  if (busy) return;
  if (pressed && isLost()) {
    say("lost");
    return;
  }
  busy = true;
  document.body.setAttribute("aria-busy", "true");
  try {
    show(await ask(url, options));
  } catch {
    if (pressed) say("unknown");
  } finally {
    busy = false;
    document.body.removeAttribute("aria-busy");
  }
}

function submit(event) {
  const { target: form, submitter } = event;
  if (!home || event.defaultPrevented || form.method === "dialog") return;
  event.preventDefault();
  const body = new URLSearchParams(new FormData(form));
  if (submitter?.name) body.append(submitter.name, submitter.value);
  go(form.getAttribute("action"), { options: { method: "POST", body } });
}

function follow(event) {
  const link = home && event.target.closest("a[href]");
  if (!link) return;
  event.preventDefault();
  if (link.getAttribute("href").startsWith(home)) go(link.getAttribute("href"));
}

function renew(event) {
  if (!home) return;
  event.preventDefault(); // The screen is renewed in place instead of loaded anew.
  if (Date.now() - renewedAt < NOT_AGAIN_WITHIN || (document.querySelector("dialog[open]") && !isLeftAlone())) return;
  renewedAt = Date.now();
  // A screen that is not the home one says where it is drawn anew.
  go(document.querySelector("[data-renew]")?.dataset.renew ?? home, { pressed: false });
}

async function look() {
  if (!home || !isLeftAlone() || busy) return;
  if (!isHome()) {
    go(home, { pressed: false });
    return;
  }
  const now = new Date();
  const [hour, minute] = hhmm(now).split(":");
  const isQuiet = document.querySelector('[data-kind="free"], [data-kind="maintenance"], [data-kind="pairing"]') !== null;
  const wasTonight = day(loadedAt) === day(now) && hhmm(loadedAt) >= `${NIGHT_HOUR}:00`;
  if (hour !== NIGHT_HOUR || Number(minute) < nightMinute || wasTonight || !isQuiet || isLost()) return;
  try {
    await ask(home); // Only with a server at the other end: a browser's own error page would stay until the morning.
    location.replace(home);
  } catch {
    // Tried again before long.
  }
}

export function start(root) {
  for (const body of all(root, "kiosk")) home = body.dataset.home;
}

export function listen() {
  document.addEventListener("submit", submit);
  document.addEventListener("click", follow);
  document.addEventListener("roomctl:renew", renew);
  document.addEventListener("contextmenu", (event) => home && event.preventDefault());
  for (const touch of ["pointerdown", "keydown", "input"]) {
    document.addEventListener(touch, () => {
      lastTouched = Date.now();
    });
  }
  setInterval(look, LOOK);
}
