// Connect, choose the organization, watch the sync, download what was skipped, disable.

import { ApiError, call, find, token } from "./api.js";

const WATCHING_MS = 3_000;
const RESTING_MS = 60_000;

const main = document.getElementById("main");
const message = document.getElementById("message");
const signOut = document.getElementById("sign-out");
let timer = 0;

function element(tag, properties = {}, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function button(label, action) {
  const made = element("button", { type: "button", textContent: label });
  made.addEventListener("click", () => attempt(action));
  return made;
}

function show(...children) {
  main.replaceChildren(...children);
  main.setAttribute("aria-busy", "false");
}

async function attempt(action) {
  message.textContent = "";
  try {
    await action();
  } catch (error) {
    message.textContent = error.message;
    if (error instanceof ApiError && error.status === 401) await render();
  }
}

function time(text) {
  return text ? new Date(text).toLocaleString() : "–";
}

// ---- signing in ----------------------------------------------------------------------------------

async function showSignIn() {
  const config = await call("GET", "/assets/config.json");
  const local = config.environment === "local";
  const input = element("input", { id: "who", autocomplete: "off", type: local ? "text" : "password" });
  const form = element(
    "form",
    {},
    element("label", { htmlFor: "who", textContent: local ? "Your name on this machine" : "Access token" }),
    input,
    element("button", { textContent: "Sign in" }),
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    attempt(async () => {
      const value = input.value.trim();
      token.set(local ? (await call("POST", "/local/token", { sub: value })).access_token : value);
      await render();
    });
  });
  show(form);
}

// ---- connecting ----------------------------------------------------------------------------------

async function authorize() {
  const consent = await call("POST", "/connection/authorization", {}, { "Idempotency-Key": crypto.randomUUID() });
  location.assign(consent.authorization_url);
}

async function completeCallback() {
  const answer = new URLSearchParams(location.search);
  history.replaceState(null, "", "/");
  if (answer.has("error")) {
    message.textContent = `Zoho did not grant access: ${answer.get("error")}`;
    return;
  }
  await call("POST", "/connection", {
    code: answer.get("code") ?? "",
    state: answer.get("state") ?? "",
    location: answer.get("location") ?? "",
    accounts_server: answer.get("accounts-server") ?? "",
  });
}

function showConnect(label) {
  show(
    element("h2", { textContent: "Zoho Books" }),
    element("p", { textContent: "Both your Zoho Campaigns account and the organization must have the same email." }),
    button(label, authorize),
  );
}

async function showOrganizations() {
  const { items } = await call("GET", "/connection/organizations");
  const rows = items.map((each) => {
    const proceed = button("Proceed", async () => {
      await call("PUT", "/connection/organization", { organization_id: each.id });
      await render();
    });
    proceed.disabled = !each.eligible;
    return element("li", {}, `${each.name} (${each.email}) `, proceed, each.reason ? ` ${each.reason}` : "");
  });
  show(element("h2", { textContent: "Choose the organization" }), element("ul", {}, ...rows));
}

async function disable() {
  const { effects } = await call("GET", "/connection/disable-effects");
  const dialog = element("dialog", {}, element("h2", { textContent: "Disable integration" }));
  dialog.append(element("ul", {}, ...effects.map((effect) => element("li", { textContent: effect }))));
  const close = () => dialog.remove();
  dialog.append(
    button("Deny", close),
    button("Go Ahead", async () => {
      close();
      await call("DELETE", "/connection?confirm=true");
      await render();
    }),
  );
  document.body.append(dialog);
  dialog.showModal();
}

// ---- the sync ------------------------------------------------------------------------------------

async function download(sync, run) {
  const { url } = await call("GET", `/syncs/${sync.id}/runs/${run.id}/skipped`);
  location.assign(url);
}

function runRow(sync, run) {
  const counts = [run.total, run.added, run.updated, run.skipped].map((count) => element("td", {}, String(count)));
  const ended = ["completed", "failed", "cancelled"].includes(run.status);
  const skipped = ended && run.skipped ? button("Export", () => download(sync, run)) : "";
  return element("tr", {}, element("td", {}, time(run.sync_time)), element("td", {}, run.status), ...counts,
    element("td", {}, skipped));
}

function historyTable(sync, runs) {
  const head = ["Sync time", "Status", "Total records", "Added", "Updated", "Skipped", ""];
  return element(
    "table",
    {},
    element("caption", { textContent: "Sync History" }),
    element("thead", {}, element("tr", {}, ...head.map((name) => element("th", { scope: "col" }, name)))),
    element("tbody", {}, ...runs.map((run) => runRow(sync, run))),
  );
}

async function showConnected(connection) {
  const { items: [sync] } = await call("GET", "/syncs");
  const parts = [
    element("h2", { textContent: connection.organization.name }),
    element("p", { textContent: `Connected as ${connection.email} since ${time(connection.connected_at)}` }),
  ];
  if (sync) {
    const { items } = await call("GET", `/syncs/${sync.id}/runs?limit=20`);
    const paused = sync.status === "paused";
    const act = (path, body) => async () => {
      await call("POST", `/syncs/${sync.id}/${path}`, body);
      await render();
    };
    parts.push(
      element("h3", { textContent: `Contacts → ${sync.list_name}` }),
      element("p", { textContent: sync.attention ?? `${sync.status}, next run ${time(sync.next_run_at)}` }),
      paused ? button("Resume Sync", act("resume")) : button("Pause Sync", act("pause")),
      button("Sync now", act("runs", { mode: "incremental" })),
      historyTable(sync, items),
    );
    timer = setTimeout(() => attempt(render), sync.current_run ? WATCHING_MS : RESTING_MS);
  } else {
    parts.push(element("p", { textContent: "No sync is set up yet; POST /syncs sets one up." }));
  }
  show(...parts, button("Disable integration", disable));
}

async function render() {
  clearTimeout(timer);
  signOut.hidden = !token.get();
  if (!token.get()) {
    await showSignIn();
    return;
  }
  if (location.pathname === "/oauth/callback") await attempt(completeCallback);
  const connection = await find("/connection", "not_connected");
  if (!connection) showConnect("Associate New Account");
  else if (connection.status === "needs_reconnect") showConnect("Reconnect");
  else if (connection.status === "choose_organization") await showOrganizations();
  else await showConnected(connection);
}

signOut.addEventListener("click", () => {
  token.clear();
  attempt(render);
});
attempt(render);
