// Set up, step 3: what would happen, then Initiate.

import { call, post } from "../api.js";
import { ask } from "../dialog.js";
import { button, cell, el, link, notice, put, row, spinner, table } from "../dom.js";
import { counted, duration, number } from "../format.js";
import { carry, failureNotice, go } from "../router.js";
import { bodyOf, configurationProblems, frame, load, mappingProblems } from "../setup.js";
import { configurationFacts, mappingTable, tiles } from "../summary.js";

export async function review({ render, signal, params }) {
  const setup = await load(params, signal);
  if (!setup) return;
  if (Object.keys(configurationProblems(setup)).length) return go(`${setup.base}/configuration`);
  if (mappingProblems(setup).some(Boolean)) return go(`${setup.base}/mapping`);
  const body = bodyOf(setup, false);
  const list = setup.offer.lists.find((each) => each.key === body.list_key);
  const room = el("div", {});
  const preview = el("div", { class: "stack" });
  render(
    "Review",
    ...frame(setup, "review"),
    el("section", { class: "card" }, el("h2", {}, "Preview"), preview),
    el(
      "section",
      { class: "card" },
      el("h2", {}, "Configuration"),
      configurationFacts(body, setup.offer, list.name),
      el("h3", {}, "Field Mapping"),
      mappingTable(body.mapping, setup.offer),
    ),
    room,
    el(
      "div",
      { class: "actions end" },
      link(`#${setup.base}/mapping`, "Back", { class: "button" }),
      button("Initiate", () => initiate(setup, room, signal), { class: "primary" }),
    ),
  );
  showPreview(preview, body, signal);
}

// ---- preview --------------------------------------------------------------------------------------------

const OUTCOMES = [
  ["add", "Added", "added"],
  ["update", "Updated", "updated"],
  ["leave", "Left as they are", "unchanged"],
  ["skip", "Skipped", "skipped"],
];

async function showPreview(region, body, signal) {
  put(region, spinner("Looking at your customers; nothing is written…"));
  try {
    const answer = await post("/syncs/preview", body, { signal });
    put(region, previewed(answer));
  } catch (error) {
    if (signal.aborted) return;
    if (error.status === 404 && error.code !== "not_connected") {
      put(
        region,
        el("p", { class: "hint" }, "A preview is not available here. You can initiate without it."),
      );
    } else {
      put(
        region,
        failureNotice(error),
        button("Try again", () => showPreview(region, body, signal)),
      );
    }
  }
}

function previewed({ counts, samples, complete, api_calls: calls, duration_seconds: seconds }) {
  const cost =
    counts.add + counts.update
      ? `${counted(calls, "call", "calls")} to Zoho, about ${duration(seconds)} at Zoho’s pace.`
      : "There is nothing to send.";
  return [
    tiles(OUTCOMES.map(([name, label, tone]) => [counts[name], label, tone])),
    el(
      "p",
      {},
      complete
        ? `${counted(counts.total, "customer", "customers")} examined. `
        : `There are more customers than fit into a preview: these are the first ${number(counts.total)}. `,
      cost,
    ),
    OUTCOMES.filter(([name]) => samples[name].length).map(([name, label]) =>
      examples(name, label, samples[name], counts[name]),
    ),
  ];
}

function examples(name, label, rows, count) {
  const head = ["Customer", "Email", name === "skip" && "Why, and what to do"].filter(Boolean);
  const line = (each) => {
    const values = [
      el("bdi", {}, each.contact_name),
      el("bdi", {}, each.email || "–"),
      name === "skip" && el("div", {}, each.reason, each.detail && el("bdi", { class: "hint" }, each.detail)),
    ];
    return row(
      {},
      head.map((title, index) => cell(title, {}, values[index])),
    );
  };
  return el(
    "details",
    {},
    el(
      "summary",
      {},
      `${label}: ${rows.length < count ? `${rows.length} of ${number(count)}` : number(count)}`,
    ),
    el(
      "div",
      { class: "scroll", tabindex: "0", role: "region", "aria-label": `${label}, examples` },
      table(head, rows.map(line), { "aria-label": `${label}, examples` }),
    ),
  );
}

// ---- initiate -------------------------------------------------------------------------------------------

async function initiate(setup, room, signal) {
  put(room);
  try {
    await attempt(setup, signal, { accepted: false });
  } catch (error) {
    if (signal.aborted) return;
    if (error.code === "validation_failed") backToWhatIsWrong(setup, error.details.fields);
    else put(room, failureNotice(error));
  }
}

/**
 * Sends the draft; what the service wants to have confirmed first is asked, then sent again. Somebody who has left
 * the screen is neither asked nor taken anywhere; what was sent is carried out all the same.
 */
async function attempt(setup, signal, { accepted, restart = false }) {
  try {
    const sync = await sent(setup, accepted, restart);
    setup.discard();
    if (signal.aborted) return;
    carry(
      notice(
        "good",
        setup.id
          ? "The sync is initiated with its new configuration."
          : "The sync is initiated; its first run has started.",
      ),
    );
    go(`/syncs/${sync.id}/configuration`);
  } catch (error) {
    if (error.code === "auto_upgrade_disclaimer_required" && !accepted)
      return confirmUpgrade(setup, signal, error.details, restart);
    if (error.code === "run_active" && !restart) return confirmRestart(setup, signal, accepted);
    throw error;
  }
}

function sent(setup, accepted, restart) {
  const body = bodyOf(setup, accepted);
  if (setup.id) return call("PUT", `/syncs/${setup.id}`, { body: { ...body, restart } });
  return post("/syncs", body, { key: keyFor(setup, body) });
}

/** The same body is the same request, also when its answer got lost; another body is another request. */
function keyFor({ draft, save }, body) {
  const text = JSON.stringify(body);
  if (draft.sent?.text !== text) draft.sent = { text, key: crypto.randomUUID() };
  save();
  return draft.sent.key;
}

async function confirmUpgrade(setup, signal, details, restart) {
  await ask({
    title: "Before the sync starts",
    body: [
      el(
        "p",
        { class: "big" },
        counted(details.contacts_that_may_be_added, "contact", "contacts"),
        " may be added",
      ),
      el("p", {}, details.disclaimer),
    ],
    acceptLabel: "Accept and initiate",
    accept: () => attempt(setup, signal, { accepted: true, restart }),
    signal,
  });
}

async function confirmRestart(setup, signal, accepted) {
  await ask({
    title: "A run is in progress",
    body: el(
      "p",
      {},
      "It still works with the old configuration. Initiate now, and it is cancelled and followed by a run with the new one; what it has done stays done.",
    ),
    acceptLabel: "Cancel it and initiate",
    dismissLabel: "Wait",
    accept: () => attempt(setup, signal, { accepted, restart: true }),
    signal,
  });
}

/** Take a person to the first step something was refused in, with the words at their fields. */
function backToWhatIsWrong(setup, problems) {
  const pairs = problems.filter(({ field }) => field.startsWith("mapping"));
  const configuration = problems.filter(({ field }) => !field.startsWith("mapping"));
  setup.draft.errors = {};
  for (const { field, reason } of configuration.length ? configuration : pairs) {
    const [first, second] = field.split(".");
    const name = first === "mapping" || first === "schedule" ? second : first;
    setup.draft.errors[name ?? first] = `${reason.charAt(0).toUpperCase()}${reason.slice(1)}.`;
  }
  setup.save();
  carry(
    notice("warn", "Something has to be changed before the sync can be initiated: ", problems[0].reason, "."),
  );
  go(`${setup.base}/${configuration.length ? "configuration" : "mapping"}`);
}
