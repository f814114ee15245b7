// A configuration and a mapping in words, for the review and for the sync's own page.

import { el, facts, icon } from "./dom.js";
import { number } from "./format.js";
import { capital, sentence } from "./schedule.js";

/** `settings` is the body of POST /syncs or a sync; `offer` (null while unknown) has the names. */
export function configurationFacts(settings, offer, listName) {
  const topics = settings.topic_ids.map((id) => offer?.topics?.find((topic) => topic.id === id)?.name ?? id);
  const marketing = settings.subscription_type === "marketing";
  const noTopics = marketing ? "None" : "None, because contacts are non-marketing";
  return facts(
    ["Module", "Contacts (Customers in Zoho Books)"],
    ["Mailing list", el("bdi", {}, listName)],
    ["Subscription type", marketing ? "Marketing" : "Non-marketing"],
    [
      "Topics",
      topics.length && marketing ? (offer ? topics.join(", ") : `${topics.length} chosen`) : noTopics,
    ],
    settings.lawful_basis && ["Lawful basis for communication", basisName(settings.lawful_basis)],
    ["Update empty field value", settings.update_empty_fields ? "On" : "Off"],
    ["Schedule", capital(sentence(settings.schedule))],
  );
}

const basisName = (id) => id.charAt(0).toUpperCase() + id.slice(1).replaceAll("_", " ");

export function mappingTable(mapping, offer) {
  const label = (name) => offer?.books_fields.find((field) => field.name === name)?.label ?? name;
  const rows = mapping.map((pair) =>
    el(
      "tr",
      {},
      el("td", {}, label(pair.source)),
      el("td", { class: "between" }, icon("arrow")),
      el("td", {}, pair.target, pair.new_field && el("span", { class: "hint" }, "New Field")),
    ),
  );
  const head = el(
    "tr",
    {},
    el("th", { scope: "col" }, "Zoho Books"),
    el("td", {}),
    el("th", { scope: "col" }, "Zoho Campaigns"),
  );
  return el("table", { class: "mapping" }, el("thead", {}, head), el("tbody", {}, rows));
}

// "(campaigns.listsubscribe): 914" or ": 14" at the end of a sentence of the service.
const TECHNICAL = / \(((?:accounts|books|campaigns)\.\w+)\)(?:: ([^\s.]+))?|: (\d+)(?=\.$)/;

/** A message of the service: its words, then small what only somebody who helps can use. */
export function plainWords(message) {
  const code = TECHNICAL.exec(message)?.slice(1).filter(Boolean).join(" ");
  return [message.replace(TECHNICAL, ""), code && el("span", { class: "hint" }, `Code: ${code}`)];
}

/** tallies: [[count, label, class of its colour]] */
export const tiles = (tallies) =>
  el(
    "ul",
    { class: "tiles" },
    tallies.map(([count, label, tone]) =>
      el(
        "li",
        { class: `tile ${tone}` },
        el("span", { class: "figure" }, number(count)),
        el("span", {}, label),
      ),
    ),
  );

export const runTiles = (run) =>
  tiles([
    [run.added, "Added", "added"],
    [run.updated, "Updated", "updated"],
    [run.unchanged, "Unchanged", "unchanged"],
    [run.skipped, "Skipped", "skipped"],
  ]);
