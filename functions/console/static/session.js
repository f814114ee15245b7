// Who is signed in: OpenID Connect, authorization code with PKCE. Tokens live in this tab and end with it.

const SESSION = "session";
const REQUEST = "sign-in";

let config = null;
let last = ""; // whose session ended here, so that the issuer may offer the same person
let session = JSON.parse(sessionStorage.getItem(SESSION) ?? "null");

export const token = () => session?.token ?? "";
export const signedIn = () => session !== null;
export const user = () => session?.user ?? { id: "", name: "" };

export async function loadConfig() {
  config = await (await fetch("/assets/config.json")).json();
}

export const isLocal = () => config?.environment === "local";

async function issuer() {
  const response = await fetch(`${config.oidc_issuer.replace(/\/$/, "")}/.well-known/openid-configuration`);
  if (!response.ok) throw new Error("The sign-in service does not answer. Try again in a moment.");
  return response.json();
}

/** Leaves the page for the issuer's; `returnTo` is the hash to come back to, `more` is asked of the issuer as well. */
export async function signIn(returnTo, more = {}) {
  const { authorization_endpoint: address } = await issuer();
  const request = { state: random(), nonce: random(), verifier: random(), returnTo };
  sessionStorage.setItem(REQUEST, JSON.stringify(request));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(request.verifier));
  const asked = new URLSearchParams({
    response_type: "code",
    client_id: config.oidc_client_id,
    redirect_uri: redirectUri(),
    scope: "openid email",
    state: request.state,
    nonce: request.nonce,
    code_challenge: base64url(new Uint8Array(digest)),
    code_challenge_method: "S256",
    ...(last && { login_hint: last }),
    ...more,
  });
  location.assign(`${address}?${asked}`);
}

/** Exchanges what the issuer sent back; resolves to the hash to go to. Rejects with an Error for a person. */
export async function finishSignIn(answer) {
  const request = JSON.parse(sessionStorage.getItem(REQUEST) ?? "null");
  sessionStorage.removeItem(REQUEST);
  if (!request || answer.get("state") !== request.state) {
    throw new Error("This sign-in was not started in this tab. Sign in again.");
  }
  if (!answer.get("code")) {
    throw new Error(answer.get("error_description") ?? "The sign-in was not completed. Sign in again.");
  }
  const { token_endpoint: address } = await issuer();
  const response = await fetch(address, {
    method: "POST",
    body: new URLSearchParams({
      grant_type: "authorization_code",
      client_id: config.oidc_client_id,
      redirect_uri: redirectUri(),
      code: answer.get("code"),
      code_verifier: request.verifier,
    }),
  });
  if (!response.ok) throw new Error("The sign-in has expired. Sign in again.");
  const granted = await response.json();
  const claims = claimsOf(granted.id_token);
  if (claims.nonce !== request.nonce)
    throw new Error("This sign-in belongs to another request. Sign in again.");
  session = {
    // The API is this client's own, so it takes the ID token: its audience is the client id at every issuer,
    // while an access token may be opaque or meant for another API.
    token: granted.id_token,
    user: { id: claims.sub, name: claims.name ?? claims.email ?? claims.sub },
  };
  sessionStorage.setItem(SESSION, JSON.stringify(session));
  return request.returnTo;
}

/** The service no longer accepts the token: forget it, keep drafts, and let the page ask to sign in again. */
export function endSession() {
  if (!session) return;
  last = user().name;
  forget();
  window.dispatchEvent(new Event("session-ended"));
}

/** Signs out here and at the issuer; nothing of this tab's work is kept. */
export async function signOut() {
  forget();
  sessionStorage.clear();
  // Without an answer of the issuer there is at least nothing left here.
  const address = await issuer().then(
    (found) => found.end_session_endpoint,
    () => "",
  );
  if (!address) {
    location.replace("/");
    return;
  }
  // Standard name and Cognito's; each ignores the other's.
  const asked = new URLSearchParams({
    client_id: config.oidc_client_id,
    post_logout_redirect_uri: redirectUri(),
    logout_uri: redirectUri(),
  });
  location.replace(`${address}?${asked}`);
}

function forget() {
  session = null;
  sessionStorage.removeItem(SESSION);
}

const redirectUri = () => `${location.origin}/`;

/** The claims of a token that came straight from the issuer over TLS, which vouches for it. */
function claimsOf(jwt) {
  const payload = jwt.split(".")[1].replaceAll("-", "+").replaceAll("_", "/");
  const bytes = Uint8Array.from(atob(payload), (letter) => letter.charCodeAt(0));
  return JSON.parse(new TextDecoder().decode(bytes));
}

const random = () => base64url(crypto.getRandomValues(new Uint8Array(32)));

function base64url(bytes) {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
