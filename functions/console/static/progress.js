// The live progress of a run: phase, counts, time left, and what it waits for.

import { badge, button, el, put } from "./dom.js";
import { counted, duration, number, PHASE, RUN_STATUS, timeOfDay, TONE } from "./format.js";
import { say } from "./router.js";

const COUNTS = [
  ["added", "added"],
  ["updated", "updated"],
  ["unchanged", "unchanged"],
  ["skipped", "skipped"],
];

/** `node` to show, `update(run)` with the run in progress or null. The bar stays the same element throughout. */
export function progressPanel(cancel) {
  let run = null;
  let told = "";
  const pace = paceMeter();
  const title = el("h2", {}, "Run in progress");
  const status = el("span", {});
  const bar = el("progress", { "aria-label": "Customers examined" });
  const words = el("p", { class: "strong" });
  const left = el("p", { class: "hint" });
  const counts = el("ul", { class: "counts" });
  const stop = button("Cancel", () => cancel(run), { class: "small" });
  const node = el(
    "section",
    { class: "card progress", hidden: true },
    el("header", { class: "card-head" }, title, status, stop),
    words,
    bar,
    left,
    counts,
  );

  function update(latest) {
    if (!latest) {
      if (run) say("The run has ended.");
      run = null;
      told = "";
      node.hidden = true;
      return;
    }
    run = latest;
    node.hidden = false;
    const { examined, estimated_total: total } = run.progress;
    put(status, badge(TONE[run.status], RUN_STATUS[run.status]));
    put(words, sentence(run));
    put(
      left,
      [examinedWords(examined, total), run.status === "running" && pace.left(run)]
        .filter(Boolean)
        .join(" · "),
    );
    showBar(bar, examined, total, run.status);
    put(
      counts,
      COUNTS.map(([name, label]) =>
        el("li", { class: name }, el("strong", {}, number(run[name])), ` ${label}`),
      ),
    );
    tell(total ? Math.floor((examined / total) * 4) : 0);
  }

  /** Speak when the phase or status changes and at every quarter, not with every count. */
  function tell(quarter) {
    const now = `${run.status}/${run.progress.phase}/${quarter}`;
    if (now !== told) say(`${sentence(run)}. ${left.textContent}`);
    told = now;
  }

  return { node, update };
}

function examinedWords(examined, total) {
  if (total === null) return examined ? `${number(examined)} examined so far` : "";
  return `${number(examined)} of ${counted(Math.max(total, examined), "customer", "customers")} examined`;
}

function showBar(bar, examined, total, status) {
  if (total !== null) {
    bar.max = Math.max(total, examined, 1);
    bar.value = examined;
  } else if (status === "paused") {
    bar.value = 0;
  } else {
    bar.removeAttribute("value");
  }
}

function sentence(run) {
  if (run.status === "queued") return "Waiting for its turn";
  if (run.status === "paused") return "Paused; Resume Sync goes on from here";
  if (run.status === "waiting") {
    return run.progress.waiting_until
      ? `Waiting for Zoho’s limit until ${timeOfDay(run.progress.waiting_until)}; it goes on by itself`
      : "Waiting until you have dealt with the message above";
  }
  return PHASE[run.progress.phase];
}

/** Estimates the time left from how fast customers were examined while somebody watched. */
function paceMeter() {
  let since = null;
  return {
    left(run) {
      const { examined, estimated_total: total } = run.progress;
      if (since?.id !== run.id) since = { id: run.id, at: Date.now(), examined };
      const seconds = (Date.now() - since.at) / 1000;
      const done = examined - since.examined;
      if (total === null || done <= 0 || seconds < 5 || examined >= total) return "";
      return `about ${duration(((total - examined) * seconds) / done)} left`;
    },
  };
}
