// Which screen is shown for which #/address, with focus, title, loading and failure handled once for all.

import { ApiError } from "./api.js";
import { button, el, link, notice, put, spinner } from "./dom.js";
import { timeOfDay } from "./format.js";

const PRODUCT = "Contact Sync";
const LOADING_AFTER_MS = 150;

let routes = [];
let view = null;
let live = null;
let current = null;
let message = null;
let carried = null;
let stopped = false;

/** routes: [[pattern, screen, section]]; `view` is where screens are shown, `live` a polite live region. */
export function start(table, elements) {
  routes = table;
  ({ view, live } = elements);
  window.addEventListener("hashchange", () => show({ focus: true }));
  show({ focus: false });
}

/** Show nothing more until the page is loaded anew: the session has ended. */
export function stop() {
  stopped = true;
  current?.leaving.abort();
}

export const address = () => location.hash.slice(1) || "/";

export function go(path) {
  if (address() === path) show({ focus: true });
  else location.hash = path;
}

/** Like go, without a step that the back button would return to. */
export function redirect(path) {
  history.replaceState(null, "", `#${path}`);
  show({ focus: true });
}

/** Say something to those who listen to the page. */
export function say(text) {
  put(live);
  requestAnimationFrame(() => put(live, text));
}

/** A message that the next screen shows at its top: notice(...). */
export function carry(node) {
  message = node;
}

/** Take that message away: what it said is over. */
export function settle() {
  carried?.remove();
}

export function show({ focus = true } = {}) {
  if (stopped) return;
  const path = address();
  const [match, screen, section] = found(path);
  const key = `${screen.name}/${match.groups?.id ?? ""}`;
  if (current?.key === key && current.stay) {
    current.stay(match.groups ?? {});
    return;
  }
  current?.leaving.abort();
  const leaving = new AbortController();
  current = { key, leaving, stay: null };
  document.querySelectorAll("[data-section]").forEach((each) => {
    if (each.dataset.section === section) each.setAttribute("aria-current", "page");
    else each.removeAttribute("aria-current");
  });
  open(screen, { view, signal: leaving.signal, params: match.groups ?? {}, focus }, current);
}

function found(path) {
  for (const [pattern, screen, section] of routes) {
    const match = pattern.exec(path);
    if (match) return [match, screen, section];
  }
  return [{}, nothingHere, ""];
}

async function open(screen, context, mine) {
  let shown = false;
  const timer = setTimeout(() => put(context.view, spinner("Loading…")), LOADING_AFTER_MS);
  context.render = (title, ...children) => {
    clearTimeout(timer);
    document.title = `${title} · ${PRODUCT}`;
    put(context.view, message, ...children);
    if (message) carried = message;
    message = null;
    if (!shown && context.focus) focusHeading(context.view);
    shown = true;
  };
  context.view.setAttribute("aria-busy", "true");
  try {
    mine.stay = (await screen(context)) ?? null;
  } catch (error) {
    if (context.signal.aborted) return;
    if (!(error instanceof ApiError)) console.error(error);
    context.render(
      "Something went wrong",
      failure(error, () => show(), context.signal),
    );
  } finally {
    clearTimeout(timer);
    if (!context.signal.aborted) context.view.setAttribute("aria-busy", "false");
  }
}

function focusHeading(region) {
  window.scrollTo(0, 0);
  const heading = region.querySelector("h1");
  heading?.setAttribute("tabindex", "-1");
  heading?.focus({ preventScroll: true });
}

async function nothingHere({ render }) {
  render(
    "Not found",
    el("h1", {}, "There is nothing here"),
    el("p", {}, "The address may be old. ", link("#/", "Go to the start"), "."),
  );
}

const WAYS_OUT = {
  not_connected: ["#/services", "Connect Zoho Books"],
  needs_reconnect: ["#/services", "Reconnect Zoho"],
  sync_not_found: ["#/syncs", "Go to Active Syncs"],
};

const HEADINGS = {
  offline: "You seem to be offline",
  timeout: "That took too long",
  not_connected: "Zoho Books is not connected",
  needs_reconnect: "Zoho asks you to connect again",
  zoho_rate_limited: "Zoho is limiting calls right now",
  sync_not_found: "There is no such sync",
};

/** The state of a screen that could not be loaded: what happened, what to do, how to try again. */
export function failure(error, retry, signal) {
  const way = WAYS_OUT[error.code];
  const again = button("Try again", retry, { class: way ? "" : "primary" });
  window.addEventListener("online", retry, { signal, once: true });
  return el(
    "section",
    { class: "state" },
    el("h1", {}, HEADINGS[error.code] ?? "Something went wrong"),
    el("p", {}, error instanceof ApiError ? error.message : "The page met something it did not expect."),
    waitHint(error),
    zohoWords(error),
    el("div", { class: "actions" }, way && link(way[0], way[1], { class: "button primary" }), again),
    error.status >= 500 && error.requestId && el("p", { class: "hint" }, `Request ${error.requestId}`),
  );
}

function waitHint(error) {
  if (!error.retryAfterSeconds) return null;
  return el("p", {}, `Try again after ${timeOfDay(Date.now() + error.retryAfterSeconds * 1000)}.`);
}

function zohoWords(error) {
  const { zoho_code: code, zoho_message: words } = error.details ?? {};
  return (
    (code || words) &&
    el("p", { class: "hint" }, "Zoho’s own words: ", el("q", {}, [words, code].filter(Boolean).join(" · ")))
  );
}

/** The same for something that failed beside a screen that stays. */
export function failureNotice(error) {
  const way = WAYS_OUT[error.code];
  return notice(
    "bad",
    el("p", {}, error instanceof ApiError ? error.message : "The page met something it did not expect."),
    waitHint(error),
    zohoWords(error),
    way && el("p", {}, link(way[0], way[1])),
  );
}
