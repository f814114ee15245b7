// Set up, step 1: which list, how, and when.

import { put as send } from "../api.js";
import { button, el, link, put } from "../dom.js";
import { counted } from "../format.js";
import { choice, field, focusFirstError, group, select } from "../forms.js";
import { forgetOptions, options } from "../options.js";
import { failureNotice, go } from "../router.js";
import { capital, LAST_PLAIN_DAY, sentenceWithNext, WEEKDAYS } from "../schedule.js";
import { configurationProblems, frame, load, scheduleOf } from "../setup.js";

// What the form's own controls are called, other than the boxes that are ticked.
const NAMES = [
  "list_key",
  "subscription_type",
  "lawful_basis",
  "frequency",
  "time",
  "time_zone",
  "weekday",
  "day_of_month",
];

export async function configuration({ render, signal, params }) {
  const setup = await load(params, signal);
  if (!setup) return;
  const parts = [listPart(setup), subscriptionPart(setup, signal), valuesPart(setup), schedulePart(setup)];
  const leave = link(setup.id ? `#/syncs/${setup.id}/configuration` : "#/syncs", "Cancel", {
    class: "button",
  });
  const next = button("Next", goOn, { class: "primary", type: "submit" });
  const form = el(
    "form",
    { novalidate: true },
    parts.map((part) => part.node),
    el("div", { class: "actions end" }, leave, next),
  );

  function changed() {
    read(form, setup.draft.values);
    setup.save();
    for (const part of parts) part.update();
  }

  async function goOn() {
    if ((await setup.switching) === false || signal.aborted) return;
    setup.draft.errors = {};
    const problems = configurationProblems(setup);
    for (const part of parts) part.refuse(problems);
    setup.save();
    if (Object.keys(problems).length) focusFirstError(form);
    else go(`${setup.base}/mapping`);
  }

  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("input", changed);
  render(setup.id ? "Edit the sync" : "Add New Sync", ...frame(setup, "configuration"), form);
  for (const part of parts) {
    part.update();
    part.refuse(setup.draft.errors ?? {});
  }
}

function read(form, values) {
  const data = new FormData(form);
  for (const name of NAMES) if (data.has(name)) values[name] = data.get(name);
  values.update_empty_fields = data.has("update_empty_fields");
  if (form.querySelector('[name="topic_ids"]')) values.topic_ids = data.getAll("topic_ids");
}

// ---- the parts: each has its node, update() after every change, and refuse({ field: sentence }) ----------------

const card = (title, ...children) => el("section", { class: "card" }, el("h2", {}, title), ...children);

function listPart({ draft, offer }) {
  const lists = offer.lists.map((list) => [
    list.key,
    `${list.name} (${counted(list.contacts, "contact", "contacts")})`,
  ]);
  const modules = offer.modules.map((each) => [each.id, each.name]);
  const module = field(
    "Module",
    select("module", modules, "contacts"),
    "All records of the module are synced, into the All Contacts view.",
  );
  const list = field(
    "Mailing list",
    select(
      "list_key",
      [["", lists.length ? "Choose a list" : "There is no list yet", true], ...lists],
      draft.values.list_key,
    ),
    lists.length
      ? "The list in Zoho Campaigns that receives the contacts."
      : "Create a mailing list in Zoho Campaigns, then reload this page.",
  );
  return {
    node: card("What is synced", module, list),
    update: () => draft.values.list_key && list.refuse(""),
    refuse: (problems) => list.refuse(problems.list_key),
  };
}

function subscriptionPart(setup, signal) {
  const { draft, offer } = setup;
  const types = offer.subscription_types.map((each) =>
    choice("radio", "subscription_type", each.id, each.name, draft.values.subscription_type === each.id),
  );
  const type = group(
    "Subscription type",
    el("div", { class: "row" }, types),
    "Zoho offers no setting for this to other applications. Each contact gets it in the field “Subscription Type”, which you can segment by.",
  );
  const topics = el("div", {});
  const basis = el("div", {});
  let basisField = null;

  function drawBasis() {
    basisField = lawfulBasis(setup);
    put(basis, basisField);
  }

  drawBasis();
  return {
    node: card("How contacts are subscribed", type, topics, gdprSwitch(setup, signal, drawBasis), basis),
    update() {
      drawTopics(topics, setup);
      if (draft.values.lawful_basis) basisField?.refuse("");
    },
    refuse(problems) {
      type.refuse(problems.subscription_type ?? problems.topic_ids);
      basisField?.refuse(problems.lawful_basis);
    },
  };
}

function drawTopics(region, { draft, offer }) {
  const marketing = draft.values.subscription_type === "marketing";
  if (!marketing) {
    put(region, offer.topics && el("p", { class: "hint" }, "Non-marketing contacts are given no topics."));
  } else if (!offer.topics) {
    put(region, el("p", { class: "hint" }, offer.topics_reason));
  } else if (!region.querySelector("input")) {
    const boxes = offer.topics.map((topic) =>
      choice("checkbox", "topic_ids", topic.id, topic.name, draft.values.topic_ids.includes(topic.id)),
    );
    put(
      region,
      group(
        "Topics",
        el("div", { class: "row" }, boxes),
        "Contacts are associated with the topics you tick.",
      ),
    );
  }
}

function lawfulBasis({ draft, offer }) {
  if (!offer.lawful_bases) return null;
  const bases = offer.lawful_bases.map((each) => [each.id, each.name]);
  const control = select("lawful_basis", [["", "Choose a basis", true], ...bases], draft.values.lawful_basis);
  return field(
    "Lawful basis for communication",
    control,
    "Written onto each contact as the field “Lawful Basis”.",
  );
}

/**
 * GDPR cannot be read from Zoho, so the person mirrors Campaigns' own switch; it decides what is on offer. While
 * that is under way, `setup.switching` is the promise of whether it succeeds.
 */
function gdprSwitch(setup, signal, changed) {
  const trouble = el("div", {});
  const label = "GDPR settings are enabled in my Zoho Campaigns account";
  const box = choice(
    "checkbox",
    "gdpr",
    "on",
    label,
    setup.offer.lawful_bases !== null,
    "Zoho does not tell other applications, so say it here.",
  );
  const input = box.querySelector("input");
  async function mirror() {
    put(trouble);
    input.disabled = true;
    try {
      // Forgotten also when it failed: without an answer nobody knows whether it was carried out.
      await send("/connection/gdpr", { enabled: input.checked }).finally(forgetOptions);
      setup.offer = await options(signal);
      changed();
      return true;
    } catch (error) {
      if (signal.aborted) return false;
      input.checked = !input.checked;
      put(trouble, failureNotice(error));
      return false;
    } finally {
      setup.switching = null;
      input.disabled = false;
      if (document.activeElement === document.body) input.focus();
    }
  }

  input.addEventListener("change", () => {
    setup.switching = mirror();
  });
  return el("div", { class: "field" }, box, trouble);
}

function valuesPart({ draft }) {
  const hint =
    "On: a value you remove in Zoho Books is emptied in Zoho Campaigns too. Off: an empty value in Zoho Books leaves Zoho Campaigns alone.";
  const empty = choice(
    "checkbox",
    "update_empty_fields",
    "on",
    "Update empty field value",
    draft.values.update_empty_fields,
    hint,
  );
  return { node: card("Values", empty), update: () => {}, refuse: () => {} };
}

function schedulePart({ draft, offer }) {
  const { values } = draft;
  const frequencies = offer.frequencies.map((each) =>
    choice("radio", "frequency", each, capital(each), values.frequency === each),
  );
  const frequency = group(
    "Repeat",
    el("div", { class: "row" }, frequencies),
    "The first sync starts at once when you initiate.",
  );
  const weekday = field(
    "Day of the week",
    select(
      "weekday",
      WEEKDAYS.map((day) => [day, capital(day)]),
      values.weekday,
    ),
  );
  const monthDay = field("Day of the month", select("day_of_month", monthDays(), values.day_of_month));
  const time = field(
    "Sync time",
    el("input", { type: "time", name: "time", value: values.time, required: true }),
  );
  const zones = offer.time_zones.map((each) => [each, each.replaceAll("_", " ")]);
  const zone = field("Time zone", select("time_zone", zones, values.time_zone));
  const words = el("p", { class: "sentence", role: "status" });
  return {
    node: card("When", frequency, el("div", { class: "row top" }, weekday, monthDay, time, zone), words),
    update() {
      weekday.hidden = values.frequency !== "weekly";
      monthDay.hidden = values.frequency !== "monthly";
      const said = values.time ? sentenceWithNext(scheduleOf(values)) : "";
      if (words.textContent !== said) words.textContent = said;
      if (said) time.refuse("");
    },
    refuse(problems) {
      time.refuse(problems.time);
      zone.refuse(problems.time_zone);
      weekday.refuse(problems.weekday);
      monthDay.refuse(problems.day_of_month);
    },
  };
}

function monthDays() {
  const days = Array.from({ length: LAST_PLAIN_DAY }, (_, index) => [index + 1, String(index + 1)]);
  return [...days, ["last", "Last day of the month"]];
}
