// <main data-behaviour="live" data-source="/panel/7/body" data-state="idle">: asks the source again
// and again, shows what changed, and says so on the page when no answer comes.
import { all } from "./find.js";
import { hhmm } from "./hhmm.js";
import { replaceChildren } from "./replace.js";

const TIMEOUT = 8000;
const SECONDS = 15;
const SECONDS_LIVE = 1;
const MISSES = 2;
const IN_USE = 60_000;

const feeds = new Map(); // element -> Feed
let leaving = false;
let lastTouched = Date.now();

function showConnection() {
  const lost = [...feeds.values()].filter((feed) => feed.lost);
  document.documentElement.dataset.connection = lost.length ? "lost" : "ok";
  if (!lost.length) return;
  const since = hhmm(Math.min(...lost.map((feed) => feed.lastGood)));
  for (const place of document.querySelectorAll("[data-lost-since]")) place.textContent = since;
}

function reloadPage() {
  // A page that can renew itself in place does so, and takes the event.
  if (!document.dispatchEvent(new CustomEvent("roomctl:renew", { cancelable: true }))) return;
  // Not at once after loading, or a page and a source that disagree would reload without end.
  setTimeout(
    () => (location.hash ? location.reload() : location.replace(location.href)),
    Math.max(0, 2000 - performance.now()),
  );
}

class Feed {
  constructor(element) {
    this.element = element;
    this.lastGood = Date.now(); // the page itself was an answer
    this.lost = false;
    this.misses = 0;
    this.etag = null;
    this.seconds = SECONDS;
  }

  async poll() {
    clearTimeout(this.timer);
    this.abort?.abort(); // an older question still open: its answer no longer counts
    const { signal } = (this.abort = new AbortController());
    if (!this.element.isConnected) return this.stop();
    const overdue = setTimeout(() => this.giveUp(signal), TIMEOUT);
    let response;
    let text = "";
    try {
      response = await fetch(this.element.dataset.source, {
        headers: this.etag ? { "If-None-Match": this.etag } : {},
        credentials: "same-origin",
        cache: "no-store",
        redirect: "manual",
        signal,
      });
      if (response.status === 200) text = await response.text();
    } catch {
      if (!signal.aborted) this.fail();
      return;
    } finally {
      clearTimeout(overdue);
    }
    if (!signal.aborted) this.take(response, text);
  }

  giveUp(signal) {
    if (signal.aborted) return;
    this.abort.abort();
    this.fail();
  }

  take(response, text) {
    const { status } = response;
    if (status === 401 || response.type === "opaqueredirect") {
      // Signed out. Should the reload not come about, ask again later.
      reloadPage();
      return this.again(SECONDS);
    }
    if (status >= 500) return this.fail();
    if (!response.ok && status !== 304) {
      this.misses += 1;
      if (this.misses >= MISSES) return this.fail();
      return this.again(this.seconds);
    }
    const state = response.headers.get("X-Panel-State") ?? this.element.dataset.state;
    this.seconds = this.secondsFrom(response, state);
    this.succeed();
    this.show(response, text, state);
    return this.again(this.seconds);
  }

  secondsFrom(response, state) {
    const wanted = Number.parseFloat(response.headers.get("X-Poll-Seconds"));
    if (wanted > 0) return Math.min(Math.max(wanted, 1), 600);
    return state === "live" ? SECONDS_LIVE : SECONDS;
  }

  show(response, text, state) {
    const { state: shown } = this.element.dataset;
    if (shown !== undefined && state !== shown) {
      // Another page altogether, but not under the hands of someone filling in a form. The ETag
      // is not kept, so the next answer is whole again.
      this.etag = null;
      if (!this.inUse()) reloadPage();
      return;
    }
    if (response.status !== 200) return;
    this.etag = response.headers.get("ETag");
    if (text === this.text) return;
    this.text = text;
    const page = new DOMParser().parseFromString(text, "text/html");
    const fresh = (this.element.id && page.getElementById(this.element.id)) || page.body;
    const focused = this.element.contains(document.activeElement) ? document.activeElement.id : "";
    trim(this.element);
    trim(fresh);
    replaceChildren(this.element, fresh);
    if (focused && document.activeElement === document.body) {
      document.getElementById(focused)?.focus({ preventScroll: true });
    }
    this.element.dispatchEvent(new CustomEvent("roomctl:replaced", { bubbles: true }));
  }

  // Focus alone does not do: on a tablet it stays on the last key pressed after everyone has left.
  inUse() {
    return Date.now() - lastTouched < IN_USE && this.element.querySelector("form:focus-within") !== null;
  }

  succeed() {
    this.lastGood = Date.now();
    this.misses = 0;
    this.lost = false;
    showConnection();
  }

  fail() {
    if (leaving) return; // the browser drops open requests when it goes to another page
    this.misses += 1;
    this.lost = true;
    showConnection();
    this.again(Math.min(Math.max(this.seconds, 3), SECONDS));
  }

  again(seconds) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.poll(), seconds * 1000);
  }

  // What is shown came from elsewhere: the next answer is to be whole, and is shown whatever was shown before.
  forget() {
    this.etag = null;
    this.text = undefined;
  }

  stop() {
    feeds.delete(this.element);
    showConnection();
  }
}

// White space at the edges is lost in parsing; without it the children match one to one.
function trim(element) {
  const isBlank = (node) => node?.nodeType === Node.TEXT_NODE && !node.data.trim();
  while (isBlank(element.firstChild)) element.firstChild.remove();
  while (isBlank(element.lastChild)) element.lastChild.remove();
}

export function start(root) {
  for (const element of all(root, "live")) {
    if (feeds.has(element)) {
      if (root !== element) feeds.get(element).forget();
      continue;
    }
    const feed = new Feed(element);
    feeds.set(element, feed);
    feed.poll();
  }
}

function pollAll() {
  for (const feed of [...feeds.values()]) feed.poll();
}

export function listen() {
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "visible") pollAll();
  });
  window.addEventListener("online", pollAll);
  for (const touch of ["pointerdown", "keydown", "input", "focusin"]) {
    document.addEventListener(touch, () => {
      lastTouched = Date.now();
    });
  }
  window.addEventListener("pagehide", () => {
    leaving = true;
  });
  window.addEventListener("pageshow", ({ persisted }) => {
    leaving = false;
    if (persisted) pollAll();
  });
}
