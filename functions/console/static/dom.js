// Builds elements. Text reaches the page as text nodes only, so a customer's name can never become markup.

const SVG = "http://www.w3.org/2000/svg";

/** el("button", { class: "primary", onclick: save, "aria-label": "Save" }, "Save", icon) */
export function el(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function svg(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(node, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (name === "value" || name === "checked" || name === "selected") node[name] = value;
    else node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...flat(children));
  return node;
}

function flat(children) {
  return children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false);
}

/** Replace what is in `region`; whoever had the keyboard focus there keeps it (found by data-key). */
export function put(region, ...children) {
  const active = document.activeElement;
  const key = region.contains(active) ? active.dataset.key : undefined;
  region.replaceChildren(...flat(children));
  if (key) region.querySelector(`[data-key="${CSS.escape(key)}"]`)?.focus({ preventScroll: true });
  return region;
}

/** Like put, but only when `data` differs from the last time: a quiet screen stays untouched. */
export function putIfChanged(region, data, build) {
  const now = JSON.stringify(data);
  if (region.shown === now) return;
  region.shown = now;
  put(region, build());
}

export function link(href, text, attributes = {}) {
  return el("a", { href, ...attributes }, text);
}

/** A button that cannot be pressed twice: it is busy until `action` has settled. */
export function button(label, action, attributes = {}) {
  const made = el("button", { type: "button", ...attributes }, label);
  made.addEventListener("click", async (event) => {
    if (made.getAttribute("aria-disabled") === "true") return;
    made.setAttribute("aria-disabled", "true");
    made.classList.add("busy");
    try {
      await action(event);
    } finally {
      made.removeAttribute("aria-disabled");
      made.classList.remove("busy");
    }
  });
  return made;
}

let numbered = 0;

export function newId(prefix) {
  numbered += 1;
  return `${prefix}-${numbered}`;
}

const ICONS = {
  bell: "M12 3a6 6 0 0 0-6 6v3.6L4.5 16h15L18 12.6V9a6 6 0 0 0-6-6Zm-2.5 15a2.5 2.5 0 0 0 5 0",
  export: "M12 4v11m0 0-4-4m4 4 4-4M5 19.500h14",
  arrow: "M4 12h15m-5-5 5 5-5 5",
  remove: "M6 6l12 12M18 6 6 18",
  open: "M9 6l6 6-6 6",
  check: "M5 12.500l4.5 4.500L19 7.5",
  warn: "M12 4 2.8 20h18.400L12 4Zm0 6v4.500m0 2.500v.2",
  info: "M12 3.500a8.5 8.5 0 1 0 0 17 8.5 8.5 0 0 0 0-17Zm0 7.500v5m0-8v.2",
  plus: "M12 5v14M5 12h14",
  pause: "M8.5 5v14M15.5 5v14",
  play: "M8 5l11 7-11 7V5Z",
  sync: "M19.5 8A8 8 0 0 0 5 9.500M4.5 16A8 8 0 0 0 19 14.500M19.5 4v4h-4M4.5 20v-4h4",
};

/** A decorative picture: whatever it stands beside says the same in words. */
export function icon(name) {
  const line = svg("path", { d: ICONS[name] });
  return svg(
    "svg",
    { class: `icon icon-${name}`, viewBox: "0 0 24 24", "aria-hidden": "true", focusable: "false" },
    line,
  );
}

export function badge(kind, text) {
  return el("span", { class: `badge ${kind}` }, text);
}

/** A boxed message; `kind` is info, good, warn or bad, and warn and bad are spoken at once. */
export function notice(kind, ...children) {
  const picture = { info: "info", good: "check" }[kind] ?? "warn";
  const role = kind === "bad" || kind === "warn" ? "alert" : "status";
  return el("div", { class: `notice ${kind}`, role }, icon(picture), el("div", {}, ...children));
}

export function spinner(text) {
  return el(
    "p",
    { class: "loading", role: "status" },
    el("span", { class: "spin", "aria-hidden": "true" }),
    text,
  );
}

/** A table whose rows become cards on a small screen; that takes a table's own roles away, so they are spelled out. */
export function table(columns, rows, attributes) {
  const heads = columns.map((name) => el("th", { scope: "col", role: "columnheader" }, name));
  return el(
    "table",
    { ...attributes, class: `stacked ${attributes.class ?? ""}`, role: "table" },
    el("thead", { role: "rowgroup" }, row({}, heads)),
    el("tbody", { role: "rowgroup" }, rows),
  );
}

export const row = (attributes, ...cells) => el("tr", { ...attributes, role: "row" }, ...cells);

/** `label` is its column's name, shown where the rows are cards. */
export const cell = (label, attributes, ...content) =>
  el("td", { ...attributes, role: "cell", "data-label": label }, ...content);

/** Term and value pairs; a value may be text or nodes. */
export function facts(...pairs) {
  const rows = pairs
    .filter(Boolean)
    .map(([term, ...value]) => el("div", {}, el("dt", {}, term), el("dd", {}, ...value)));
  return el("dl", { class: "facts" }, ...rows);
}
