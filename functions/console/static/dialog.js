// Questions that have to be answered before anything else: native modal dialogs.

import { button, el, newId, put, notice } from "./dom.js";

/**
 * Shows a question; resolves to true once `accept` has succeeded, to false when it was dismissed. A failure of
 * `accept` is told inside the dialog, which stays open; while `accept` runs there is no way out. Leaving the screen
 * (`signal`) takes the question away.
 */
export function ask({ title, body, acceptLabel, dismissLabel = "Cancel", danger = false, accept, signal }) {
  if (signal.aborted) return Promise.resolve(false);
  return new Promise((resolve) => {
    const heading = newId("dialog");
    const failure = el("div", {});
    const dialog = el("dialog", { "aria-labelledby": heading });
    let accepted = false;
    const working = (yes) => dismiss.setAttribute("aria-disabled", String(yes));
    const isWorking = () => dismiss.getAttribute("aria-disabled") === "true";
    const confirm = button(
      acceptLabel,
      async () => {
        put(failure);
        working(true);
        try {
          await accept();
          accepted = true;
          end();
        } catch (error) {
          put(failure, notice("bad", error.message));
        } finally {
          working(false);
        }
      },
      { class: danger ? "primary danger" : "primary" },
    );
    const dismiss = el("button", { type: "button", onclick: () => isWorking() || end() }, dismissLabel);

    /** Not left to the close event alone, which comes a moment after the focus is back where it was. */
    function end() {
      dialog.close();
      dialog.remove();
      resolve(accepted);
    }

    dialog.append(el("h2", { id: heading }, title), el("div", { class: "dialog-body" }, body), failure);
    dialog.append(el("div", { class: "actions end" }, dismiss, confirm));
    dialog.addEventListener("cancel", (event) => {
      event.preventDefault();
      if (!isWorking()) end();
    });
    // A browser does not let a second Escape be refused any more, unless its key is.
    dialog.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && isWorking()) event.preventDefault();
    });
    dialog.addEventListener("close", end);
    signal.addEventListener("abort", end);
    document.body.append(dialog);
    dialog.showModal();
    dismiss.focus();
  });
}
