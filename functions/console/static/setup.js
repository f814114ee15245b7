// What the three steps of setting up a sync share: the draft, the request made of it, and what is wrong with it.

import { get } from "./api.js";
import { drop, read, write } from "./drafts.js";
import { el, link, notice } from "./dom.js";
import { VIEWER_ZONE } from "./format.js";
import { options } from "./options.js";
import { address, carry, redirect } from "./router.js";

export const EMAIL_TARGET = "Contact Email";

const STEPS = [
  ["configuration", "Configuration"],
  ["mapping", "Field Mapping"],
  ["review", "Review"],
];

let inHand = ""; // the draft that this page has been working on without a break

/** Everything a step needs, or null after it sent the person elsewhere. `id` is undefined for a new sync. */
export async function load({ id }, signal) {
  const [offer, { items }] = await Promise.all([options(signal), get("/syncs", signal)]);
  const sync = items.find((each) => each.id === id);
  if (!id && items.length) {
    carry(notice("info", "Only one sync can be set up, and there is one already."));
    redirect("/syncs");
    return null;
  }
  if (id && !sync) {
    redirect(`/syncs/${id}/configuration`); // which says that there is no such sync
    return null;
  }
  const scope = id ?? "new";
  const kept = read(scope);
  const draft = kept ?? {
    values: id ? valuesOf(sync) : firstValues(offer),
    mapping: (sync ?? offer).mapping ?? offer.suggested_mapping,
  };
  const save = () => write(scope, draft);
  const resumed = kept !== null && inHand !== scope;
  inHand = scope;
  const base = `/syncs/${id ? `${id}/edit` : "new"}`;
  signal.addEventListener("abort", () => {
    if (!address().startsWith(`${base}/`)) inHand = "";
  });
  return {
    id,
    sync,
    offer,
    draft,
    save,
    resumed,
    base,
    discard: () => discard(scope),
  };
}

function discard(scope) {
  drop(scope);
  inHand = "";
}

function firstValues(offer) {
  return {
    list_key: offer.lists.length === 1 ? offer.lists[0].key : "",
    subscription_type: "marketing",
    topic_ids: (offer.topics ?? []).map((topic) => topic.id),
    lawful_basis: "",
    update_empty_fields: false,
    frequency: "daily",
    time: "09:00",
    time_zone: offer.time_zones.includes(VIEWER_ZONE) ? VIEWER_ZONE : "UTC",
    weekday: "monday",
    day_of_month: "1",
  };
}

function valuesOf(sync) {
  const { frequency, time, time_zone, weekday, day_of_month } = sync.schedule;
  return {
    list_key: sync.list_key,
    subscription_type: sync.subscription_type,
    topic_ids: sync.topic_ids,
    lawful_basis: sync.lawful_basis ?? "",
    update_empty_fields: sync.update_empty_fields,
    frequency,
    time,
    time_zone,
    weekday: weekday ?? "monday",
    day_of_month: String(day_of_month ?? "1"),
  };
}

export function scheduleOf(values) {
  const schedule = { frequency: values.frequency, time: values.time, time_zone: values.time_zone };
  if (values.frequency === "weekly") schedule.weekday = values.weekday;
  if (values.frequency === "monthly") {
    schedule.day_of_month = values.day_of_month === "last" ? "last" : Number(values.day_of_month);
  }
  return schedule;
}

/** The body of POST /syncs. A choice that is not on offer (any more) is left out. */
export function bodyOf({ draft, offer }, acceptAutoUpgrade) {
  const { values, mapping } = draft;
  const known = new Set((offer.topics ?? []).map((topic) => topic.id));
  const marketing = values.subscription_type === "marketing";
  return {
    module: "contacts",
    list_key: values.list_key,
    subscription_type: values.subscription_type,
    topic_ids: marketing ? values.topic_ids.filter((id) => known.has(id)) : [],
    lawful_basis: offer.lawful_bases ? values.lawful_basis : null,
    update_empty_fields: values.update_empty_fields,
    accept_auto_upgrade: acceptAutoUpgrade,
    schedule: scheduleOf(values),
    mapping: mapping.map(({ source, target, new_field }) => ({ source, target, new_field })),
  };
}

/** { field: sentence } of what the configuration still lacks. */
export function configurationProblems({ draft, offer }) {
  const { values } = draft;
  const problems = {};
  if (!offer.lists.some((list) => list.key === values.list_key)) problems.list_key = "Choose a mailing list.";
  if (offer.lawful_bases && !values.lawful_basis) problems.lawful_basis = "Choose the lawful basis.";
  if (!/^\d\d:\d\d$/.test(values.time)) problems.time = "Enter a time, such as 09:30.";
  return problems;
}

/** For each pair a sentence about what is wrong with it, or "". */
export function mappingProblems({ draft, offer }) {
  const existing = new Set(offer.campaigns_fields.map((field) => field.name.toLowerCase()));
  const taken = new Set([EMAIL_TARGET.toLowerCase()]);
  return draft.mapping.map((pair, index) => {
    if (index === 0) return "";
    const key = pair.target.trim().toLowerCase();
    const twice = key && taken.has(key);
    taken.add(key);
    if (!pair.source) return "Choose a Zoho Books field.";
    if (!key) return "Choose a Zoho Campaigns field, or tick New Field.";
    if (twice) return `${pair.target} is mapped already. Choose another field.`;
    if (pair.new_field && !existing.has(key) && !/^[\p{L}\p{N} _]{1,50}$/u.test(pair.target)) {
      return "Zoho Campaigns takes only letters, digits and spaces in a new field’s name, 50 at most.";
    }
    return !pair.new_field && !existing.has(key) ? `Zoho Campaigns has no field ${pair.target}.` : "";
  });
}

/** The frame around a step: where one is, and what was taken up again. */
export function frame({ id, base, resumed, discard: forget }, step) {
  const at = STEPS.findIndex(([name]) => name === step);
  const items = STEPS.map(([name, label], index) =>
    el(
      "li",
      { class: index < at ? "done" : "" },
      index < at
        ? link(`#${base}/${name}`, label)
        : el("span", { "aria-current": index === at ? "step" : undefined }, label),
    ),
  );
  const startOver = el(
    "button",
    { type: "button", class: "plain", onclick: () => again(forget, base) },
    "Start over",
  );
  return [
    el(
      "p",
      { class: "crumbs" },
      link("#/syncs", "Active Syncs"),
      " / ",
      id ? link(`#/syncs/${id}/configuration`, "Sync") : "Add New Sync",
    ),
    el("h1", {}, id ? "Edit the sync" : "Add New Sync"),
    el("ol", { class: "steps", "aria-label": "Steps" }, items),
    resumed &&
      step === "configuration" &&
      notice("info", "What you entered before is still here. ", startOver),
  ];
}

function again(forget, base) {
  forget();
  redirect(`${base}/configuration`);
}
