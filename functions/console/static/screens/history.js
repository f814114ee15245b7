// Sync History: what each run did, why records were skipped, and their export.

import { get } from "../api.js";
import { chart } from "../chart.js";
import { badge, button, cell, el, icon, notice, put, putIfChanged, row, spinner, table } from "../dom.js";
import { counted, dateTime, MODE, number, REASON, RUN_STATUS, TONE, TRIGGER } from "../format.js";
import { failureNotice, say } from "../router.js";
import { plainWords } from "../summary.js";

const PAGE = 20;
const COLUMNS = ["Sync time", "Total records", "Added", "Updated", "Unchanged", "Skipped"];
const ENDED = new Set(["completed", "failed", "cancelled"]);

/** Why no run of `sync` can be started just now, "" when one can. */
export function whyNotNow(sync) {
  if (sync.current_run) return "Possible again once the run in progress has ended.";
  return sync.status === "paused" ? "Possible again once the sync is resumed." : "";
}

/**
 * `node` to show and `update(sync)` with its latest state; reads the runs when it is first shown. `startFull` starts
 * a run of all customers and resolves once the sync shows it.
 */
export function historyPanel(syncId, signal, startFull) {
  const state = { runs: null, cursor: null, open: new Set(), notNow: "" };
  const trouble = el("div", { class: "room" });
  const body = el("div", {});
  const acts = doings(syncId, signal, state, trouble, draw, startFull);

  function draw() {
    const shown = [state.runs, [...state.open], state.cursor, state.notNow];
    putIfChanged(body, shown, () => (state.runs.length ? filled(state, acts) : empty()));
  }

  function update(sync) {
    state.notNow = whyNotNow(sync);
    if (state.runs) {
      for (const run of [sync.last_run, sync.current_run].filter(Boolean)) merge(state, run);
      draw();
    } else if (!body.hasChildNodes()) {
      put(body, spinner("Reading the history…"));
      acts.start();
    }
  }

  return { node: el("section", {}, trouble, body), update };
}

/** What can be done here; each tells its failure in `trouble` and leaves the rest as it was. */
function doings(syncId, signal, state, trouble, draw, startFull) {
  const runs = `/syncs/${syncId}/runs`;

  async function attempt(work, retry) {
    put(trouble);
    try {
      await work();
    } catch (error) {
      if (signal.aborted) return;
      put(trouble, failureNotice(error), retry && button("Try again", retry));
    }
  }

  async function read(cursor) {
    const page = await get(
      `${runs}?limit=${PAGE}${cursor ? `&cursor=${encodeURIComponent(cursor)}` : ""}`,
      signal,
    );
    const before = cursor ? state.runs : [];
    const known = new Set(before.map((run) => run.id));
    state.runs = [...before, ...page.items.filter((run) => !known.has(run.id))];
    state.cursor = page.next_cursor;
    draw();
  }

  async function exportSkipped(run) {
    const { url, rows } = await get(`${runs}/${run.id}/skipped`, signal);
    el("a", { href: url, download: "", rel: "noreferrer" }).click();
    say(`Exporting ${counted(rows, "skipped record", "skipped records")}.`);
  }

  function toggle(id) {
    if (!state.open.delete(id)) state.open.add(id);
    draw();
  }

  const start = () => attempt(() => read(), start);
  return {
    start,
    toggle,
    older: () => attempt(() => read(state.cursor)),
    exportSkipped: (run) => attempt(() => exportSkipped(run)),
    syncEverything: () => attempt(startFull),
  };
}

function filled(state, acts) {
  const ended = state.runs.filter((run) => ENDED.has(run.status));
  const rows = state.runs.flatMap((run) => runRows(run, state.open.has(run.id), acts));
  const title = el("h2", { id: "history" }, "Sync History");
  const more = state.cursor && button("Show older runs", acts.older, { "data-key": "older" });
  return [
    ended.length > 0 && el("section", { class: "card" }, el("h2", {}, "The last runs"), chart(ended)),
    el(
      "section",
      { class: "card" },
      title,
      table(COLUMNS, rows, { class: "history", "aria-labelledby": "history" }),
      more,
    ),
    el(
      "section",
      { class: "card aside" },
      el(
        "div",
        {},
        el("h3", {}, "Full sync"),
        el(
          "p",
          { class: "hint" },
          "Between weekly full passes, a run reads only what changed. This reads every customer again.",
        ),
      ),
      state.notNow
        ? el("p", { class: "hint" }, state.notNow)
        : button("Sync everything", acts.syncEverything, { "data-key": "full" }),
    ),
  ];
}

/** The sync brings its newest runs along: no need to ask for the list again. */
function merge(state, { progress, ...run }) {
  const at = state.runs.findIndex((each) => each.id === run.id);
  if (at >= 0) state.runs[at] = run;
  else if (!state.runs.length || run.id > state.runs[0].id) state.runs.unshift(run);
}

const empty = () =>
  el(
    "section",
    { class: "state card" },
    el("h2", {}, "No run yet"),
    el("p", {}, "Each run is listed here with what it did."),
  );

function runRows(run, open, { toggle, exportSkipped }) {
  const when = dateTime(run.sync_time);
  const expand = el(
    "button",
    {
      type: "button",
      class: "disclose",
      "aria-expanded": String(open),
      "data-key": `open-${run.id}`,
      onclick: () => toggle(run.id),
    },
    icon("open"),
    el("span", {}, when),
  );
  const how = el(
    "div",
    { class: "how" },
    badge(TONE[run.status], RUN_STATUS[run.status]),
    el("span", { class: "hint" }, `${TRIGGER[run.trigger]}, ${MODE[run.mode].toLowerCase()}`),
  );
  const first = el("td", { role: "cell" }, expand, how);
  const count = (label, value, ...extra) => cell(label, { class: "number" }, number(value), extra);
  const save =
    ENDED.has(run.status) &&
    run.skipped > 0 &&
    button(icon("export"), () => exportSkipped(run), {
      class: "icon-button",
      "aria-label": `Export skipped records of ${when}`,
      title: "Export skipped records",
      "data-key": `export-${run.id}`,
    });
  const cells = [
    count("Total records", run.total),
    count("Added", run.added),
    count("Updated", run.updated),
    count("Unchanged", run.unchanged),
    count("Skipped", run.skipped, save),
  ];
  return [
    row({}, first, cells),
    open && row({ class: "opened" }, el("td", { role: "cell", colspan: COLUMNS.length }, reasons(run))),
  ];
}

function reasons(run) {
  const lines = Object.entries(run.skipped_by_reason).sort(([, one], [, other]) => other - one);
  return [
    run.error && notice("bad", plainWords(run.error.message)),
    run.finished_at && el("p", { class: "hint" }, `Ended ${dateTime(run.finished_at)}.`),
    lines.length === 0 && el("p", {}, "No record was skipped."),
    lines.length > 0 &&
      el(
        "dl",
        { class: "reasons" },
        lines.map(([code, count]) => reason(code, count)),
      ),
  ];
}

function reason(code, count) {
  const [label, fix] = REASON[code] ?? [code, ""];
  return el("div", {}, el("dt", {}, el("strong", {}, number(count)), ` ${label}`), el("dd", {}, fix));
}
