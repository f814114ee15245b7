// Set up, step 2: Map your Fields.

import { badge, button, el, icon, link, put } from "../dom.js";
import { KIND } from "../format.js";
import { focusFirstError, refuse, select } from "../forms.js";
import { go, say } from "../router.js";
import { EMAIL_TARGET, frame, load, mappingProblems } from "../setup.js";

export async function mapping({ render, signal, params }) {
  const setup = await load(params, signal);
  if (!setup) return;
  const pairs = pairList(setup);
  const next = button(
    "Next",
    () => {
      if (pairs.complain()) focusFirstError(pairs.list);
      else go(`${setup.base}/review`);
    },
    { class: "primary" },
  );
  const head = ["Zoho Books", "", "Zoho Campaigns"].map((name) => el("span", {}, name));
  render(
    "Map your Fields",
    ...frame(setup, "mapping"),
    el(
      "section",
      { class: "card" },
      el("h2", {}, "Map your Fields"),
      el(
        "p",
        { class: "hint" },
        "Each Zoho Books field on the left is written into the Zoho Campaigns field on the right. ",
        "Fields with matching names are paired already.",
      ),
      el("div", { class: "pair pair-head", "aria-hidden": "true" }, head),
      pairs.list,
      pairs.more,
    ),
    el(
      "div",
      { class: "actions end" },
      link(`#${setup.base}/configuration`, "Back", { class: "button" }),
      next,
    ),
  );
  if (setup.draft.errors) focusFirstError(pairs.list);
}

/** The rows and the button that adds one; `complain()` tells what is wrong everywhere, and whether anything is. */
function pairList(setup) {
  const { draft } = setup;
  const list = el("ol", { class: "pairs" });
  const more = button([icon("plus"), "Map more fields"], add, { "data-key": "more" });
  const rows = [];
  let asked = false; // empty rows are left in peace until somebody wants to go on

  function draw() {
    rows.splice(
      0,
      rows.length,
      ...draft.mapping.map((pair, index) => row(setup, pair, index, edited, remove)),
    );
    put(list, rows);
    check();
  }

  function check() {
    const problems = mappingProblems(setup);
    rows.forEach((each, index) => {
      const { source, target } = draft.mapping[index];
      const unfinished = !source || !target;
      each.update(unfinished && !asked ? "" : (draft.errors?.[index] ?? problems[index]));
    });
    return problems.some(Boolean);
  }

  function edited() {
    draft.errors = null;
    setup.save();
    check();
  }

  function add() {
    draft.mapping.push({ source: "", target: "", new_field: false });
    setup.save();
    draw();
    rows.at(-1).querySelector("select").focus();
  }

  function remove(index) {
    const [gone] = draft.mapping.splice(index, 1);
    draft.errors = null;
    setup.save();
    draw();
    say(`${sourceLabel(setup, gone.source) || "The pair"} is no longer mapped.`);
    (rows[index]?.querySelector("select") ?? more).focus();
  }

  draw();
  const complain = () => {
    asked = true;
    return check();
  };
  return { list, more, complain };
}

const sourceLabel = ({ offer }, name) =>
  offer.books_fields.find((field) => field.name === name)?.label ?? name;

function row(setup, pair, index, changed, remove) {
  return index === 0 ? emailRow() : pairRow(setup, pair, index, changed, remove);
}

function emailRow() {
  const node = el(
    "li",
    { class: "pair" },
    el("span", { class: "fixed" }, "Email"),
    icon("arrow"),
    el("span", { class: "fixed" }, EMAIL_TARGET),
    el("span", { class: "hint" }, badge("quiet", "Always mapped")),
  );
  return Object.assign(node, { update: () => {} });
}

function pairRow(setup, pair, index, changed, remove) {
  const { offer } = setup;
  const books = offer.books_fields.map((field) => [field.name, field.label]);
  const fields = offer.campaigns_fields
    .filter((field) => field.name !== EMAIL_TARGET)
    .map((field) => [field.name, field.name]);
  const existing = (name) => fields.find(([known]) => known.toLowerCase() === name.toLowerCase())?.[0];
  const number = index + 1;
  const source = select("source", [["", "Choose a field", true], ...books], pair.source, {
    "aria-label": `Zoho Books field, pair ${number}`,
    "data-key": `source-${index}`,
  });
  const target = select("target", [["", "Choose a field", true], ...fields], existing(pair.target) ?? "", {
    "aria-label": `Zoho Campaigns field, pair ${number}`,
    "data-key": `target-${index}`,
  });
  const created = el("input", { type: "checkbox", checked: pair.new_field, "data-key": `new-${index}` });
  const name = el("span", { class: "fixed new" });
  const hint = el("p", { class: "hint", id: `pair-${index}-hint` });
  const error = el("p", { class: "error", id: `pair-${index}-error` });
  const wanted = `pair-${index}-hint pair-${index}-error`;
  for (const control of [source, target]) control.setAttribute("aria-describedby", wanted);

  function edited() {
    pair.source = source.value;
    pair.new_field = created.checked;
    pair.target = created.checked ? sourceLabel(setup, source.value) : target.value;
    changed();
  }
  for (const control of [source, target, created]) control.addEventListener("change", edited);

  const gone = el(
    "button",
    { type: "button", class: "icon-button", "data-key": `remove-${index}`, onclick: () => remove(index) },
    icon("remove"),
  );
  const newField = el(
    "label",
    { class: "choice" },
    created,
    el("span", {}, "New Field", el("span", { class: "sr" }, `, pair ${number}`)),
  );
  const node = el(
    "li",
    { class: "pair" },
    source,
    icon("arrow"),
    el("div", { class: "target" }, target, name),
    newField,
    gone,
    hint,
    error,
  );

  function update(problem) {
    target.hidden = pair.new_field;
    name.hidden = !pair.new_field;
    put(name, pair.target || "Named like the Zoho Books field");
    gone.setAttribute("aria-label", `Remove ${sourceLabel(setup, pair.source) || `pair ${number}`}`);
    put(hint, typeHint(setup, pair, existing(pair.target)));
    refuse(pair.source ? (pair.new_field ? source : target) : source, error, problem);
    if (!problem) for (const control of [source, target]) control.removeAttribute("aria-invalid");
  }
  return Object.assign(node, { update });
}

function typeHint({ offer }, pair, existing) {
  const from = offer.books_fields.find((field) => field.name === pair.source);
  const into = offer.campaigns_fields.find((field) => field.name === existing);
  const kind = from ? (KIND[from.kind] ?? from.kind) : "";
  if (pair.new_field && pair.source) {
    return existing
      ? `Zoho Campaigns has a field ${existing} already; it will be used.`
      : `${kind} → a new text field, created when you initiate`;
  }
  if (!from || !into) return kind;
  const room = into.max_length ? `, up to ${into.max_length} characters` : "";
  return `${kind} → ${into.kind.toLowerCase()}${room}`;
}
