// One sync: what it does, how it is doing, and its three tabs.

import { get, post } from "../api.js";
import { ask } from "../dialog.js";
import { badge, button, el, facts, icon, link, notice, put, putIfChanged } from "../dom.js";
import {
  dateTime,
  dateTimeIn,
  MODE,
  number,
  RUN_STATUS,
  SYNC_STATUS,
  TONE,
  TRIGGER,
  VIEWER_ZONE,
} from "../format.js";
import { options } from "../options.js";
import { paceOf, poll } from "../polling.js";
import { failureNotice, go, say, settle } from "../router.js";
import { progressPanel } from "../progress.js";
import { configurationFacts, mappingTable, plainWords, runTiles } from "../summary.js";
import { historyPanel, whyNotNow } from "./history.js";

const TABS = [
  ["configuration", "Configuration"],
  ["mapping", "Field Mapping"],
  ["history", "Sync History"],
];

export async function detail({ render, signal, params }) {
  const state = { sync: await get(`/syncs/${params.id}`, signal), offer: null, tab: params.tab };
  const screen = parts(state, signal, { change, act });
  render(`Contacts to ${state.sync.list_name}`, ...screen.nodes);
  screen.draw();
  nameThings(state, signal, screen.draw);
  const again = watch(state, signal, screen);

  /** Do something to the sync; over, well or not, only once the screen shows what came of it. */
  async function change(request, words) {
    put(screen.refused);
    try {
      await request();
      say(words);
    } finally {
      await again();
    }
  }

  /** The same, with a failure told on the screen until something else is done. */
  async function act(request, words) {
    try {
      await change(request, words);
    } catch (error) {
      if (!signal.aborted) put(screen.refused, failureNotice(error));
    }
  }

  return ({ tab }) => {
    state.tab = tab;
    screen.draw();
  };
}

/** The pieces of the screen: `nodes` in their order, `draw()` brings each up to date and leaves the rest alone. */
function parts(state, signal, { change, act }) {
  const { id } = state.sync;
  const status = el("span", {});
  const doings = el("div", { class: "page-actions" });
  const trouble = el("div", { class: "room" }); // of reading: over with the next that succeeds
  const refused = el("div", { class: "room" }); // what was done last
  const plea = el("div", {});
  const progress = progressPanel((run) => cancel(id, run, change, signal));
  const tabs = tabList(id, signal);
  const startFull = () => change(() => start(id, "full"), "A full run was started.");
  const panel = tabPanel(state, historyPanel(id, signal, startFull));
  const name = el(
    "h1",
    {},
    "Contacts ",
    icon("arrow"),
    el("span", { class: "sr" }, "to "),
    el("bdi", {}, state.sync.list_name),
  );

  function draw() {
    const { sync } = state;
    putIfChanged(status, sync.status, () => badge(TONE[sync.status], SYNC_STATUS[sync.status]));
    putIfChanged(doings, [sync.status, sync.current_run?.id], () => actions(state.sync, act));
    putIfChanged(plea, sync.attention, () => sync.attention && attention(sync, act));
    progress.update(sync.current_run);
    tabs.show(state.tab);
    panel.draw();
  }

  const head = el("header", { class: "page-head" }, name, status, doings);
  const crumbs = el("p", { class: "crumbs" }, link("#/syncs", "Active Syncs"), " / Sync");
  const nodes = [crumbs, head, trouble, refused, plea, progress.node, tabs.node, panel.node];
  return { nodes, draw, trouble, refused };
}

/** Keep the sync up to date; when a run ends, tell the bell. */
function watch(state, signal, { draw, trouble }) {
  let first = true;
  return poll(
    async () => {
      if (!first) {
        const before = state.sync.current_run?.id;
        state.sync = await get(`/syncs/${state.sync.id}`, signal);
        put(trouble);
        draw();
        if (before && before !== state.sync.current_run?.id) {
          settle();
          window.dispatchEvent(new Event("run-ended"));
        }
      }
      first = false;
      return paceOf(state.sync);
    },
    { signal, failed: (error) => put(trouble, failureNotice(error)) },
  );
}

/** Names of topics and fields come from Zoho; until (or unless) they are there, ids have to do. */
async function nameThings(state, signal, draw) {
  try {
    state.offer = await options(signal);
    draw();
  } catch (error) {
    if (!signal.aborted) console.info("Names of topics and fields are not available:", error.message);
  }
}

// ---- tabs -----------------------------------------------------------------------------------------------

function tabList(id, signal) {
  const tabs = TABS.map(([name, label]) =>
    link(`#/syncs/${id}/${name}`, label, { role: "tab", id: `tab-${name}`, "aria-controls": "panel" }),
  );
  const node = el("div", { role: "tablist", class: "tabs", "aria-label": "Sync" }, tabs);
  const steps = { ArrowRight: 1, ArrowLeft: -1 };
  node.addEventListener(
    "keydown",
    (event) => {
      const at = tabs.indexOf(document.activeElement);
      const to =
        { Home: 0, End: tabs.length - 1 }[event.key] ??
        (event.key in steps ? (at + steps[event.key] + tabs.length) % tabs.length : -1);
      if (event.key === " ") tabs[at]?.click();
      else if (to < 0) return;
      else {
        tabs[to].focus();
        tabs[to].click();
      }
      event.preventDefault();
    },
    { signal },
  );
  const show = (name) =>
    tabs.forEach((tab, index) => {
      const chosen = TABS[index][0] === name;
      tab.setAttribute("aria-selected", String(chosen));
      tab.tabIndex = chosen ? 0 : -1;
    });
  return { node, show };
}

function tabPanel(state, history) {
  const node = el("div", { role: "tabpanel", id: "panel", tabindex: "0", class: "panel" });
  function draw() {
    node.setAttribute("aria-labelledby", `tab-${state.tab}`);
    if (state.tab === "history") {
      if (!node.contains(history.node)) put(node, history.node);
      node.shown = "";
      history.update(state.sync);
      return;
    }
    const build = state.tab === "mapping" ? mappingPanel : configurationPanel;
    putIfChanged(node, [state.tab, state.sync, state.offer !== null], () => build(state));
  }
  return { node, draw };
}

function configurationPanel({ sync, offer }) {
  const last = sync.last_run;
  const zone = sync.schedule.time_zone;
  const next = sync.next_run_at
    ? [
        dateTime(sync.next_run_at),
        zone !== VIEWER_ZONE &&
          el("span", { class: "hint" }, `${dateTimeIn(sync.next_run_at, zone)} in ${zone}`),
      ]
    : "None while the sync is paused";
  return [
    el(
      "section",
      { class: "card" },
      el("h2", {}, "At a glance"),
      last && runTiles(last),
      facts(
        [
          "Last run",
          last
            ? [dateTime(last.sync_time), " ", badge(TONE[last.status], RUN_STATUS[last.status])]
            : "The first run has not ended yet",
        ],
        last && ["Records", `${number(last.total)} examined`],
        last && ["Started", `${TRIGGER[last.trigger]}, ${MODE[last.mode].toLowerCase()}`],
        last?.error && ["What went wrong", plainWords(last.error.message)],
        ["Next run", next],
      ),
    ),
    el(
      "section",
      { class: "card" },
      el("h2", {}, "Configuration"),
      configurationFacts(sync, offer, sync.list_name),
      el(
        "p",
        { class: "hint" },
        `Set up ${dateTime(sync.created_at)}, last changed ${dateTime(sync.updated_at)}.`,
      ),
    ),
  ];
}

const mappingPanel = ({ sync, offer }) =>
  el(
    "section",
    { class: "card" },
    el("h2", {}, "Field Mapping"),
    mappingTable(sync.mapping, offer),
    el("p", { class: "hint" }, "Choose Edit to map more fields."),
  );

// ---- actions --------------------------------------------------------------------------------------------

const start = (id, mode) => post(`/syncs/${id}/runs`, { mode }, { key: crypto.randomUUID() });

function actions(sync, act) {
  return [
    !whyNotNow(sync) &&
      button(
        [icon("sync"), "Sync now"],
        () => act(() => start(sync.id, "incremental"), "A run was started."),
        { "data-key": "sync" },
      ),
    sync.status === "paused"
      ? resume(sync, act, "primary")
      : button(
          [icon("pause"), "Pause Sync"],
          () => act(() => post(`/syncs/${sync.id}/pause`), "The sync is paused."),
          { "data-key": "pause" },
        ),
    button("Edit", () => go(`/syncs/${sync.id}/edit/configuration`), { "data-key": "edit" }),
  ];
}

const resume = (sync, act, tone = "") =>
  button(
    [icon("play"), "Resume Sync"],
    () => act(() => post(`/syncs/${sync.id}/resume`), "The sync is resumed."),
    { class: tone, "data-key": "pause" },
  );

function attention(sync, act) {
  return notice(
    "bad",
    el("p", {}, plainWords(sync.attention)),
    el("p", {}, "Once that is settled in Zoho, choose Resume Sync: it goes on where it stopped."),
    el(
      "div",
      { class: "actions" },
      resume(sync, act),
      link("#/services", "Check the connection", { class: "button" }),
    ),
  );
}

function cancel(id, run, change, signal) {
  return ask({
    title: "Cancel this run?",
    body: el(
      "p",
      {},
      "It ends within moments. What it has synced so far stays, and the next run takes care of the rest.",
    ),
    acceptLabel: "Cancel the run",
    dismissLabel: "Keep it running",
    danger: true,
    accept: () => change(() => post(`/syncs/${id}/runs/${run.id}/cancel`), "The run is being cancelled."),
    signal,
  });
}
