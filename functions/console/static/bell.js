// The bell: how many notifications are unread, the list, and the way to what each is about.

import { get, post } from "./api.js";
import { el, icon, link, newId, put, putIfChanged } from "./dom.js";
import { dateTime } from "./format.js";
import { poll, RESTING_MS } from "./polling.js";
import { say } from "./router.js";
import { plainWords } from "./summary.js";

const SHOWN = 20;

/** Returns the node; keeps itself up to date until `signal`. */
export function bell(signal) {
  const id = newId("notifications");
  const count = el("span", { class: "count", hidden: true });
  const opener = el(
    "button",
    { type: "button", class: "icon-button bell", popovertarget: id },
    icon("bell"),
    count,
  );
  const list = el("div", {});
  const panel = el(
    "section",
    { id, popover: "auto", class: "popover", "aria-label": "Notifications" },
    el("h2", { tabindex: "-1" }, "Notifications"),
    list,
  );
  let newest = null;

  async function read() {
    const inbox = await get(`/notifications?limit=${SHOWN}`, signal);
    announce(inbox);
    draw(inbox);
    return RESTING_MS;
  }

  function announce({ items, unread }) {
    const [latest] = items;
    if (newest !== null && latest && latest.id !== newest && unread) say(`New notification: ${latest.title}`);
    newest = latest?.id ?? "";
  }

  function draw({ items, unread }) {
    opener.setAttribute("aria-label", unread ? `Notifications, ${unread} unread` : "Notifications");
    count.hidden = unread === 0;
    put(count, unread > 99 ? "99+" : String(unread));
    putIfChanged(list, items, () =>
      items.length
        ? el("ul", { class: "inbox" }, items.map(entry))
        : el("p", { class: "hint" }, "Nothing yet. You are told here when a sync completes."),
    );
  }

  function entry(each) {
    const body = [
      el("span", { class: "strong" }, each.title, !each.read_at && el("span", { class: "sr" }, " (unread)")),
      el("span", {}, plainWords(each.body)),
      el("span", { class: "hint" }, dateTime(each.created_at)),
    ];
    // The link is the console's own address of the sync; only its #/part is followed.
    const target = each.link.slice(each.link.indexOf("#"));
    return el(
      "li",
      { class: each.read_at ? "" : "unread" },
      link(target, body, { "data-key": each.id, onclick: () => open(each) }),
    );
  }

  async function open(each) {
    panel.hidePopover();
    if (each.read_at) return;
    // Where this fails the notification is still unread, which is what the next reading shows.
    await post(`/notifications/${encodeURIComponent(each.id)}/read`).catch(() => null);
    again();
  }

  panel.addEventListener("toggle", (event) => {
    opener.setAttribute("aria-expanded", String(event.newState === "open"));
    if (event.newState !== "open") return;
    panel.querySelector("h2").focus();
    again();
  });
  const again = poll(read, { signal, failed: () => {} }); // the screen beside it tells what is wrong
  window.addEventListener("run-ended", () => again(), { signal });
  opener.setAttribute("aria-expanded", "false");
  opener.setAttribute("aria-label", "Notifications");
  return el("div", { class: "bell-holder" }, opener, panel);
}
