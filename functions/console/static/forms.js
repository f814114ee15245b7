// Labelled controls with a hint and room for an error.

import { el, icon, newId, put } from "./dom.js";

/** A control under its label. Returns the node; `node.control`, and `node.refuse(text)` ("" takes it back). */
export function field(label, control, hint) {
  const id = newId("field");
  control.id = id;
  const error = el("p", { class: "error", id: `${id}-error` });
  const hintNode = hint ? el("p", { class: "hint", id: `${id}-hint` }, hint) : null;
  describe(control, `${hint ? `${id}-hint ` : ""}${id}-error`);
  const node = el("div", { class: "field" }, el("label", { for: id }, label), control, error, hintNode);
  return Object.assign(node, { control, refuse: (text) => refuse(control, error, text) });
}

/** Several controls that answer one question; `node.refuse` as in field. */
export function group(legend, controls, hint) {
  const id = newId("group");
  const error = el("p", { class: "error", id: `${id}-error` });
  const hintNode = hint ? el("p", { class: "hint", id: `${id}-hint` }, hint) : null;
  const node = el("fieldset", { class: "field" }, el("legend", {}, legend), controls, error, hintNode);
  describe(node, `${hint ? `${id}-hint ` : ""}${id}-error`);
  return Object.assign(node, { refuse: (text) => refuse(node, error, text) });
}

const describe = (node, ids) => node.setAttribute("aria-describedby", ids);

export function refuse(control, error, text) {
  if (text) control.setAttribute("aria-invalid", "true");
  else control.removeAttribute("aria-invalid");
  put(error, text ? [icon("warn"), text] : []);
}

/** choices: [[value, label, disabled]] */
export function select(name, choices, value, attributes = {}) {
  const options = choices.map(([key, label, disabled]) =>
    el("option", { value: String(key), disabled, selected: String(key) === String(value ?? "") }, label),
  );
  return el("select", { name, ...attributes }, ...options);
}

export function choice(type, name, value, label, checked, hint) {
  const input = el("input", { type, name, value, checked });
  if (!hint) return el("label", { class: "choice" }, input, el("span", {}, label));
  const id = newId("hint");
  input.setAttribute("aria-describedby", id);
  const words = el("span", {}, label, el("span", { class: "hint", id, "aria-hidden": "true" }, hint));
  return el("label", { class: "choice" }, input, words);
}

/** Focus the first control that was refused. */
export function focusFirstError(form) {
  const wrong = form.querySelector('[aria-invalid="true"]');
  const target = wrong?.matches("fieldset") ? wrong.querySelector("input, select") : wrong;
  target?.focus();
}
