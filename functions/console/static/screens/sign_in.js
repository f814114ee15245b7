// Sign in: what this is, and one button.

import { button, el, icon, notice, put } from "../dom.js";
import { address } from "../router.js";
import { isLocal, signIn } from "../session.js";

/** `why` is a sentence for whoever was signed in a moment ago, or could not sign in. */
export function signInScreen(view, why = "") {
  document.title = "Sign in · Contact Sync";
  const room = el("div", {}, why && notice("warn", why));
  const leave = async (more) => {
    try {
      await signIn(address(), more);
    } catch (error) {
      put(room, notice("bad", error.message));
    }
  };
  const start = button("Sign in", () => leave(), { class: "primary large" });
  const choose = button("Sign in as somebody else", () => leave({ prompt: "select_account" }));
  const promises = [
    "Every customer of Zoho Books in a mailing list of Zoho Campaigns, on the schedule you choose",
    "Nobody who unsubscribed or bounced is ever added again",
    "Each record that was skipped, with the reason and how to mend it",
  ];
  put(
    view,
    el(
      "section",
      { class: "welcome" },
      el("h1", { tabindex: "-1" }, "Keep your mailing list in step with your books"),
      el(
        "ul",
        { class: "ticks" },
        promises.map((each) => el("li", {}, icon("check"), each)),
      ),
      room,
      el("div", { class: "actions" }, start, isLocal() && choose),
      isLocal() &&
        el("p", { class: "hint" }, "Local stack: any name is a user of its own, no password needed."),
    ),
  );
  view.querySelector("h1").focus();
}
