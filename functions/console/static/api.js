// The API on this origin: one function that calls it, one error that it throws.

import { endSession, token } from "./session.js";

const PATIENCE_MS = 35_000; // the API itself gives up after 30 s

/**
 * Everything that can go wrong with a call. `code` is the API's, or one of ours: `offline` (no answer at all),
 * `timeout`, `unreadable` (an answer that is not the API's). `retryAfterSeconds` is null when nobody said.
 */
export class ApiError extends Error {
  constructor(status, code, message, { details = {}, requestId = "", retryAfterSeconds = null } = {}) {
    super(message);
    Object.assign(this, { status, code, details, requestId, retryAfterSeconds });
  }
}

/** Resolves to the parsed answer (null for an empty one); rejects with ApiError, or AbortError when aborted. */
export async function call(method, path, { body, key, signal } = {}) {
  const headers = { Authorization: `Bearer ${token()}` };
  if (body !== undefined) headers["Content-Type"] = "application/json";
  if (key) headers["Idempotency-Key"] = key;
  const response = await send(path, { method, headers, body: body && JSON.stringify(body) }, signal);
  const content = await parsed(response, signal);
  if (response.ok) return content;
  if (response.status === 401) endSession();
  throw refusal(response, content?.error);
}

export const get = (path, signal) => call("GET", path, { signal });
export const post = (path, body = {}, options = {}) => call("POST", path, { body, ...options });
export const put = (path, body, options = {}) => call("PUT", path, { body, ...options });

/** Like get, but an answer with one of `codes` is null: what does not exist yet is no failure. */
export async function find(path, codes, signal) {
  try {
    return await get(path, signal);
  } catch (error) {
    if (error instanceof ApiError && codes.includes(error.code)) return null;
    throw error;
  }
}

async function send(path, request, signal) {
  const limit = AbortSignal.timeout(PATIENCE_MS);
  try {
    const answer = await fetch(path, {
      ...request,
      cache: "no-store",
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    });
    reachable(true);
    return answer;
  } catch (error) {
    if (signal?.aborted) throw error;
    if (error.name === "TimeoutError") {
      throw new ApiError(
        0,
        "timeout",
        "There was no answer in time. It may have been carried out all the same.",
      );
    }
    reachable(false);
    throw new ApiError(0, "offline", "The service cannot be reached. Check your connection.");
  }
}

async function parsed(response, signal) {
  try {
    const text = await response.text();
    return text ? JSON.parse(text) : null;
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(response.status, "unreadable", "The answer could not be read. Try again.");
  }
}

const GATEWAY_WORDS = {
  401: "Your session has ended.",
  404: "There is nothing at this address.",
  429: "Too many requests at once. Wait a moment, then try again.",
  503: "The service is busy. Try again in a moment.",
};

function refusal(response, error) {
  const seconds = Number.parseInt(response.headers.get("Retry-After") ?? "", 10);
  const message =
    error?.message ?? GATEWAY_WORDS[response.status] ?? "Something went wrong on our side. Try again.";
  return new ApiError(response.status, error?.code ?? "unreadable", message, {
    details: error?.details,
    requestId: error?.request_id,
    retryAfterSeconds: Number.isNaN(seconds) ? null : seconds,
  });
}

/** Tell the page whether the service answers, so that one banner speaks for every screen. */
function reachable(yes) {
  window.dispatchEvent(new CustomEvent("service", { detail: yes }));
}
