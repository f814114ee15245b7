// What a sync can be made of, as Zoho has it. Reading it costs Zoho calls, so it is kept for a while.

import { get } from "./api.js";

const KEPT_MS = 300_000;

let kept = null;

export async function options(signal) {
  if (!kept || Date.now() - kept.at > KEPT_MS) {
    kept = { at: Date.now(), answer: await get("/sync-options", signal) };
  }
  return kept.answer;
}

export function forgetOptions() {
  kept = null;
}
