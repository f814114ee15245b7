// Sync History: what each run did, why records were skipped, and their export.

import { get, post } from "../api.js";
import { chart } from "../chart.js";
import { badge, button, el, icon, notice, put, putIfChanged, spinner } from "../dom.js";
import { dateTime, MODE, number, REASON, RUN_STATUS, TONE, TRIGGER } from "../format.js";
import { failureNotice, say } from "../router.js";

const PAGE = 20;
const COLUMNS = ["Sync time", "Total records", "Added", "Updated", "Unchanged", "Skipped"];
const ENDED = new Set(["completed", "failed", "cancelled"]);

/** `node` to show and `update(sync)` with its latest state; reads the runs when it is first shown. */
export function historyPanel(syncId, signal) {
  const state = { runs: null, cursor: null, open: new Set() };
  const trouble = el("div", { class: "room" });
  const body = el("div", {});
  const acts = doings(syncId, signal, state, trouble, draw);

  function draw() {
    const shown = [state.runs, [...state.open], state.cursor];
    putIfChanged(body, shown, () => (state.runs.length ? filled(state, acts) : empty()));
  }

  function update(sync) {
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
function doings(syncId, signal, state, trouble, draw) {
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
    say(`Exporting ${number(rows)} skipped records.`);
  }

  async function syncEverything() {
    await post(runs, { mode: "full" }, { key: crypto.randomUUID() });
    say("A full run was started.");
    await read();
    window.dispatchEvent(new Event("run-started"));
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
    syncEverything: () => attempt(syncEverything),
  };
}

function filled(state, acts) {
  const ended = state.runs.filter((run) => ENDED.has(run.status));
  const rows = state.runs.flatMap((run) => runRows(run, state.open.has(run.id), acts));
  const title = el("h2", { id: "history" }, "Sync History");
  const more = state.cursor && button("Show older runs", acts.older, { "data-key": "older" });
  return [
    ended.length > 0 && el("section", { class: "card" }, el("h2", {}, "The last runs"), chart(ended)),
    el("section", { class: "card" }, title, table(rows), more),
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
      button("Sync everything", acts.syncEverything),
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

// Roles are spelled out because the small-screen layout turns rows into cards, which takes a table's own away.
const table = (rows) =>
  el(
    "table",
    { class: "history", role: "table", "aria-labelledby": "history" },
    el(
      "thead",
      { role: "rowgroup" },
      el(
        "tr",
        { role: "row" },
        COLUMNS.map((name) => el("th", { scope: "col", role: "columnheader" }, name)),
      ),
    ),
    el("tbody", { role: "rowgroup" }, rows),
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
  const first = el(
    "td",
    { role: "cell" },
    expand,
    " ",
    badge(TONE[run.status], RUN_STATUS[run.status]),
    el("span", { class: "hint" }, `${TRIGGER[run.trigger]}, ${MODE[run.mode].toLowerCase()}`),
  );
  const cell = (label, value, ...extra) =>
    el("td", { role: "cell", "data-label": label, class: "number" }, number(value), extra);
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
    cell("Total records", run.total),
    cell("Added", run.added),
    cell("Updated", run.updated),
    cell("Unchanged", run.unchanged),
    cell("Skipped", run.skipped, save),
  ];
  const row = el("tr", { role: "row" }, first, cells);
  return open
    ? [
        row,
        el(
          "tr",
          { role: "row", class: "opened" },
          el("td", { role: "cell", colspan: COLUMNS.length }, reasons(run)),
        ),
      ]
    : [row];
}

function reasons(run) {
  const lines = Object.entries(run.skipped_by_reason).sort(([, one], [, other]) => other - one);
  return [
    run.error && notice("bad", run.error.message),
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
