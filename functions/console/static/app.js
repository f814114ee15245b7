// Starts the page: who is signed in, what came back in the address, the frame around every screen.

import { bell } from "./bell.js";
import { button, el, link, notice, put, spinner } from "./dom.js";
import { redirect, start, stop } from "./router.js";
import { finishSignIn, loadConfig, signedIn, signOut, user } from "./session.js";
import { configuration } from "./screens/configuration.js";
import { detail } from "./screens/detail.js";
import { mapping } from "./screens/mapping.js";
import { review } from "./screens/review.js";
import { finishConsent, services } from "./screens/services.js";
import { signInScreen } from "./screens/sign_in.js";
import { home, syncs } from "./screens/syncs.js";

const CONSENT = "consent"; // Zoho's answer, while its owner has to sign in first

const view = document.getElementById("main");
const live = document.getElementById("live");
const banner = document.getElementById("banner");

const setUp = (step) => new RegExp(`^/syncs/(?:new|(?<id>[^/]+)/edit)/${step}$`);

const ROUTES = [
  [/^\/$/, home, ""],
  [/^\/services$/, services, "services"],
  [/^\/consent$/, consented, "services"],
  [/^\/syncs$/, syncs, "syncs"],
  [setUp("configuration"), configuration, "syncs"],
  [setUp("mapping"), mapping, "syncs"],
  [setUp("review"), review, "syncs"],
  [/^\/syncs\/(?<id>[^/]+)\/(?<tab>configuration|mapping|history)$/, detail, "syncs"],
];

const inSession = new AbortController();

async function begin() {
  put(view, spinner("Loading…"));
  keepConsent();
  let why = "";
  try {
    await loadConfig();
    why = await takeSignIn();
  } catch {
    why = "The service cannot be reached. Check your connection, then reload this page.";
  }
  if (signedIn()) enter();
  else signInScreen(view, why);
}

/** Take Zoho's answer out of the address bar at once; it is a secret for the next two minutes. */
function keepConsent() {
  if (location.pathname !== "/oauth/callback") return;
  const answer = new URLSearchParams(location.search);
  const kept = {
    code: answer.get("code") ?? "",
    state: answer.get("state") ?? "",
    location: answer.get("location") ?? "",
    accounts_server: answer.get("accounts-server") ?? "",
  };
  sessionStorage.setItem(
    CONSENT,
    JSON.stringify(answer.has("error") ? { error: answer.get("error") } : kept),
  );
  history.replaceState(null, "", "/#/consent");
}

async function consented(context) {
  const answer = JSON.parse(sessionStorage.getItem(CONSENT) ?? "null");
  sessionStorage.removeItem(CONSENT);
  if (answer) await finishConsent(context, answer);
  else redirect("/services");
}

/** Finish a sign-in that comes back from the issuer; resolves to why it failed, "" if it did not. */
async function takeSignIn() {
  const answer = new URLSearchParams(location.search);
  if (location.pathname !== "/" || !answer.has("state")) return "";
  history.replaceState(null, "", "/");
  try {
    history.replaceState(null, "", `/#${await finishSignIn(answer)}`);
    return "";
  } catch (error) {
    return error.message;
  }
}

function enter() {
  const account = el("span", { class: "account", title: "Signed in" }, user().name);
  put(
    document.getElementById("tools"),
    bell(inSession.signal),
    account,
    button("Sign out", signOut, { class: "plain" }),
  );
  document.body.classList.add("signed-in");
  start(ROUTES, { view, live });
}

function leave() {
  stop();
  inSession.abort();
  document.querySelectorAll("dialog").forEach((dialog) => dialog.close());
  document.body.classList.remove("signed-in");
  put(document.getElementById("tools"));
  signInScreen(view, "Your session has ended. Sign in again to go on; everything you typed is kept.");
}

function showReachable(yes) {
  if (yes && navigator.onLine) put(banner);
  else if (!banner.hasChildNodes()) {
    put(banner, notice("warn", "You are offline. What you see may be out of date; what you type is kept."));
  }
}

document.getElementById("skip").addEventListener("click", (event) => {
  event.preventDefault();
  view.focus();
});
window.addEventListener("session-ended", leave);
window.addEventListener("service", ({ detail: yes }) => showReachable(yes));
window.addEventListener("offline", () => showReachable(false));
window.addEventListener("online", () => showReachable(true));
put(
  document.getElementById("sections"),
  [
    ["syncs", "Active Syncs"],
    ["services", "Sync Services"],
  ].map(([section, label]) => link(`#/${section}`, label, { "data-section": section })),
);
begin();
