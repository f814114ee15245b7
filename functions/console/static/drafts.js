// What a person has typed but not sent. Kept for this tab, by user, so that going back, reloading or an ended
// session loses nothing, and the next user of the tab sees nothing.

import { user } from "./session.js";

const name = (scope) => `draft/${user().id}/${scope}`;

/** Returns the draft of `scope`, or null. */
export function read(scope) {
  return JSON.parse(sessionStorage.getItem(name(scope)) ?? "null");
}

export function write(scope, draft) {
  sessionStorage.setItem(name(scope), JSON.stringify(draft));
}

export function drop(scope) {
  sessionStorage.removeItem(name(scope));
}
