// Questions that have to be answered before anything else: native modal dialogs.

import { button, el, newId, put, notice } from "./dom.js";

/**
 * Shows a question; resolves to true once `accept` has succeeded, to false when it was dismissed. A failure of
 * `accept` is told inside the dialog, which stays open.
 */
export function ask({
  title,
  body,
  acceptLabel,
  dismissLabel = "Cancel",
  danger = false,
  accept = async () => {},
}) {
  return new Promise((resolve) => {
    const heading = newId("dialog");
    const failure = el("div", {});
    const dialog = el("dialog", { "aria-labelledby": heading });
    let accepted = false;
    const confirm = button(
      acceptLabel,
      async () => {
        put(failure);
        try {
          await accept();
          accepted = true;
          dialog.close();
        } catch (error) {
          put(failure, notice("bad", error.message));
        }
      },
      { class: danger ? "primary danger" : "primary" },
    );
    const dismiss = el("button", { type: "button", onclick: () => dialog.close() }, dismissLabel);
    dialog.append(el("h2", { id: heading }, title), el("div", { class: "dialog-body" }, body), failure);
    dialog.append(el("div", { class: "actions end" }, dismiss, confirm));
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(accepted);
    });
    document.body.append(dialog);
    dialog.showModal();
    dismiss.focus();
  });
}
