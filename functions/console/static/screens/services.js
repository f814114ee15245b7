// Sync Services → Zoho Books: connect, choose the organization, reconnect, disable.

import { call, find, get, post, put as send } from "../api.js";
import { badge, button, el, facts, icon, link, notice, put, spinner } from "../dom.js";
import { ask } from "../dialog.js";
import { dateTime } from "../format.js";
import { forgetOptions } from "../options.js";
import { carry, failureNotice, redirect, say, show } from "../router.js";

export async function services({ render, signal }) {
  const connection = await find("/connection", ["not_connected"], signal);
  const room = el("div", { class: "room" });
  const card = {
    undefined: () => notConnected(signal),
    choose_organization: () => chooseOrganization(connection, room, signal),
    connected: () => connected(connection, signal),
    needs_reconnect: () => lostConsent(connection, signal),
  }[connection?.status]();
  render("Sync Services", el("h1", {}, "Sync Services"), room, await card);
}

function card(status, ...children) {
  const mark = el("span", { class: "mark", "aria-hidden": "true" }, "B");
  const head = el("header", { class: "card-head" }, mark, el("h2", {}, "Zoho Books"), status);
  return el("section", { class: "card" }, head, ...children);
}

// ---- consent --------------------------------------------------------------------------------------------

function notConnected(signal) {
  return card(
    badge("quiet", "Not connected"),
    el("p", {}, "Bring the customers of one Zoho Books organization into a mailing list of Zoho Campaigns."),
    el(
      "p",
      { class: "hint" },
      "The organization and your Zoho Campaigns account must be registered under the same email address.",
    ),
    el(
      "div",
      { class: "actions" },
      button("Associate New Account", () => consent(signal), { class: "primary" }),
    ),
  );
}

function lostConsent(connection, signal) {
  return card(
    badge("bad", "Reconnect needed"),
    notice(
      "warn",
      "Zoho no longer accepts the access you gave. Sign in to Zoho again as ",
      el("strong", {}, connection.email),
      "; the sync then goes on where it stopped.",
    ),
    details(connection),
    el(
      "div",
      { class: "actions" },
      button("Reconnect", () => consent(signal), { class: "primary" }),
    ),
    disableSection(signal),
  );
}

async function consent(signal) {
  const body = [
    el("p", {}, "Zoho will ask you to sign in and to allow:"),
    el(
      "ul",
      {},
      el(
        "li",
        {},
        el("strong", {}, "Zoho Books: "),
        "read your organization, its customers and their fields",
      ),
      el(
        "li",
        {},
        el("strong", {}, "Zoho Campaigns: "),
        "read lists, topics and fields, add contacts and fields",
      ),
    ),
    el(
      "p",
      { class: "hint" },
      "Nothing in Zoho Books is ever changed. You can take the access back at any time.",
    ),
  ];
  await ask({
    title: "Associate New Account",
    body,
    acceptLabel: "Continue",
    accept: async () => {
      const { authorization_url: address } = await post(
        "/connection/authorization",
        {},
        { key: crypto.randomUUID(), signal },
      );
      location.assign(address);
    },
    signal,
  });
}

const REFUSALS = {
  access_denied:
    "Zoho was told not to allow access, so nothing was connected. Choose Associate New Account again and accept.",
};

const WHAT_TO_DO = {
  state_invalid:
    "The consent took longer than ten minutes, or was started in another browser. Choose Associate New Account again.",
  data_center_unknown:
    "Zoho sent an address that is none of its data centres. Choose Associate New Account again.",
  no_organization: "Create an organization in Zoho Books, or sign in to Zoho as somebody who belongs to one.",
  zoho_refused: "Choose Associate New Account again; the code Zoho hands out is valid for two minutes only.",
};

/** Where Zoho's consent comes back to: `answer` was taken out of the address bar before. */
export async function finishConsent({ view }, answer) {
  put(view, spinner("Connecting to Zoho…"));
  try {
    if (answer.error) {
      carry(
        notice(
          "warn",
          REFUSALS[answer.error] ?? `Zoho did not give access (${answer.error}). Nothing was connected.`,
        ),
      );
    } else {
      await post("/connection", answer);
      say("Connected to Zoho.");
    }
  } catch (error) {
    if (error.status === 401) throw error;
    carry(el("div", {}, failureNotice(error), WHAT_TO_DO[error.code] && el("p", {}, WHAT_TO_DO[error.code])));
  }
  redirect("/services");
}

// ---- organization ---------------------------------------------------------------------------------------

async function chooseOrganization(connection, room, signal) {
  const { items } = await get("/connection/organizations", signal);
  const usable = items.filter((each) => each.eligible);
  const form = el(
    "form",
    {},
    el(
      "fieldset",
      { class: "field" },
      el("legend", {}, "Choose the organization"),
      items.map((each) => organization(each, usable)),
    ),
    usable.length === 0 && notice("warn", noneUsable(connection)),
    el(
      "div",
      { class: "actions" },
      button("Proceed", () => proceed(form, room, signal), {
        class: "primary",
        "aria-disabled": usable.length ? undefined : "true",
      }),
      button("Use another Zoho account", () => consent(signal)),
    ),
  );
  form.addEventListener("submit", (event) => event.preventDefault());
  return card(
    badge("info", "One step left"),
    el("p", {}, "Signed in to Zoho as ", el("strong", {}, connection.email), "."),
    form,
  );
}

function organization(each, usable) {
  const input = el("input", {
    type: "radio",
    name: "organization",
    value: each.id,
    disabled: !each.eligible,
  });
  input.checked = usable.length === 1 && each.eligible;
  return el(
    "label",
    { class: each.eligible ? "choice boxed" : "choice boxed off" },
    input,
    el(
      "span",
      {},
      el("bdi", { class: "strong" }, each.name),
      el("span", { class: "hint" }, each.email),
      each.reason && el("span", { class: "reason" }, each.reason),
    ),
  );
}

const noneUsable = (connection) =>
  `None of these can be connected. Sign in to Zoho as the user whose address the organization is registered under, or change the organization’s address in Zoho Books to ${connection.email}.`;

async function proceed(form, room, signal) {
  const chosen = form.querySelector("input:checked");
  if (!chosen) {
    put(room, notice("warn", "Choose an organization first."));
    return;
  }
  try {
    await send("/connection/organization", { organization_id: chosen.value });
    if (signal.aborted) return;
    carry(
      notice("good", "Zoho Books and Zoho Campaigns are connected. ", link("#/syncs", "Set up the sync")),
    );
    show();
  } catch (error) {
    put(room, failureNotice(error));
  }
}

// ---- connected ------------------------------------------------------------------------------------------

const details = (connection) =>
  facts(
    connection.organization && ["Organization", el("bdi", {}, connection.organization.name)],
    ["Email", connection.email],
    ["Data centre", connection.data_center.toUpperCase()],
    ["Connected", dateTime(connection.connected_at)],
  );

function connected(connection, signal) {
  return card(
    badge("good", "Connected"),
    details(connection),
    el(
      "p",
      { class: "hint" },
      "One organization is connected at a time. To connect another one, disable this integration first.",
    ),
    el("div", { class: "actions" }, link("#/syncs", "Active Syncs", { class: "button primary" })),
    disableSection(signal),
  );
}

function disableSection(signal) {
  return el(
    "section",
    { class: "danger-zone" },
    el(
      "div",
      {},
      el("h3", {}, "Disable integration"),
      el("p", { class: "hint" }, "Takes the access to Zoho away and removes the sync."),
    ),
    button("Deny", () => disable(signal), { class: "danger" }),
  );
}

async function disable(signal) {
  let effects;
  try {
    ({ effects } = await get("/connection/disable-effects", signal));
  } catch (error) {
    if (signal.aborted) return;
    carry(failureNotice(error));
    show();
    return;
  }
  const done = await ask({
    title: "Disable integration",
    body: [
      el("p", {}, "This cannot be undone:"),
      el(
        "ul",
        { class: "effects" },
        effects.map((each) => el("li", {}, icon("info"), each)),
      ),
    ],
    acceptLabel: "Go Ahead",
    danger: true,
    accept: async () => {
      await call("DELETE", "/connection?confirm=true");
      forgetOptions();
    },
    signal,
  });
  if (!done) return;
  carry(notice("good", "The integration is disabled. Contacts in Zoho Campaigns are still there."));
  show();
}
