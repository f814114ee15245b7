// Active Syncs: the one sync with how it is doing, or the way to set it up.

import { find, get } from "../api.js";
import { badge, el, facts, icon, link, notice, putIfChanged } from "../dom.js";
import { counted, dateTime, number, RUN_STATUS, SYNC_STATUS, TONE } from "../format.js";
import { paceOf, poll } from "../polling.js";
import { failureNotice, redirect } from "../router.js";
import { read } from "../drafts.js";
import { capital, sentence } from "../schedule.js";
import { plainWords } from "../summary.js";

/** The start: whoever has nothing connected begins there. */
export async function home({ signal }) {
  const connection = await find("/connection", ["not_connected"], signal);
  redirect(connection?.status === "connected" ? "/syncs" : "/services");
}

export async function syncs({ render, signal }) {
  const [connection, { items: first }] = await Promise.all([
    find("/connection", ["not_connected"], signal),
    get("/syncs", signal),
  ]);
  const list = el("div", {});
  const trouble = el("div", {});
  const draw = (items) =>
    putIfChanged(list, items, () => (items.length ? items.map(card) : empty(connection)));
  draw(first);
  render("Active Syncs", head(first.length, connection), trouble, list);
  let fresh = first;
  poll(
    async () => {
      if (!fresh) ({ items: fresh } = await get("/syncs", signal));
      const items = fresh;
      fresh = null;
      trouble.replaceChildren();
      draw(items);
      return paceOf(...items);
    },
    { signal, failed: (error) => trouble.replaceChildren(failureNotice(error)) },
  );
}

function head(count, connection) {
  const add =
    count || connection?.status !== "connected"
      ? el(
          "button",
          { type: "button", "aria-disabled": "true", "aria-describedby": "one-only" },
          icon("plus"),
          "Add New Sync",
        )
      : link("#/syncs/new/configuration", [icon("plus"), "Add New Sync"], { class: "button primary" });
  const why = count
    ? "Only one sync can be set up. Edit the one below, or disable the integration to start over."
    : "Connect Zoho Books first.";
  return el(
    "header",
    { class: "page-head" },
    el("h1", {}, "Active Syncs"),
    el("div", { class: "page-actions" }, add),
    (count > 0 || connection?.status !== "connected") && el("p", { class: "hint", id: "one-only" }, why),
  );
}

function empty(connection) {
  if (connection?.status !== "connected") {
    return el(
      "section",
      { class: "state card" },
      el(
        "h2",
        {},
        connection?.status === "needs_reconnect"
          ? "Zoho asks you to connect again"
          : "Connect Zoho Books first",
      ),
      el("p", {}, "A sync brings customers from Zoho Books into Zoho Campaigns, so it needs both."),
      el("div", { class: "actions" }, link("#/services", "Go to Sync Services", { class: "button primary" })),
    );
  }
  return el(
    "section",
    { class: "state card" },
    el("h2", {}, read("new") ? "Your sync is half set up" : "No sync yet"),
    el(
      "p",
      {},
      "Choose a mailing list, a schedule and the fields to carry over. You see what would happen before anything does.",
    ),
    el(
      "div",
      { class: "actions" },
      link("#/syncs/new/configuration", read("new") ? "Continue" : "Set up the sync", {
        class: "button primary",
      }),
    ),
  );
}

function card(sync) {
  const run = sync.current_run;
  const last = sync.last_run;
  const address = `#/syncs/${sync.id}/configuration`;
  return el(
    "article",
    { class: "card" },
    el(
      "header",
      { class: "card-head" },
      el(
        "h2",
        {},
        link(
          address,
          ["Contacts ", icon("arrow"), el("span", { class: "sr" }, "to "), el("bdi", {}, sync.list_name)],
          { "data-key": "open" },
        ),
      ),
      badge(TONE[sync.status], SYNC_STATUS[sync.status]),
    ),
    sync.attention && notice("warn", plainWords(sync.attention), " ", link(address, "See what to do")),
    facts(
      ["Schedule", capital(sentence(sync.schedule))],
      [
        "Last run",
        last
          ? [dateTime(last.sync_time), " ", badge(TONE[last.status], RUN_STATUS[last.status]), result(last)]
          : "Not yet",
      ],
      ["Next run", sync.next_run_at ? dateTime(sync.next_run_at) : "None while paused"],
      run && [
        "Now",
        badge(TONE[run.status], RUN_STATUS[run.status]),
        ` ${counted(run.total, "customer", "customers")} examined`,
      ],
    ),
  );
}

const result = (run) =>
  el(
    "span",
    { class: "hint" },
    `${number(run.added)} added, ${number(run.updated)} updated, ${number(run.unchanged)} unchanged, ${number(run.skipped)} skipped`,
  );
