/**
 * The requests that a frame sends for the page that holds it, which may be of any site. Nothing else in the frames calls
 * `fetch`. Frames have the sandbox's origin, so any other request would look like one of the sandbox's own pages. Their
 * Content-Security-Policy names the same paths (`lambdas/reference/stripe_js.py`).
 */

/** @typedef {{at: string[], address?: string[]}} Place of a card's parameters in a body, and of its payer's address */
/** @typedef {{method: string, path: RegExp, cards?: Place[]}} Row a request, and the places at which it may have a card */

/** @type {Place} */
const IN_DATA = { at: ["payment_method_data", "card"], address: ["payment_method_data", "billing_details", "address"] };

/** Of the API, what a publishable key opens (`lambdas/stripe_api/authorize_v1.py`). @type {Record<string, Row[]>} */
const REQUESTS = {
  api: [
    { method: "GET", path: /^\/v1\/(payment_intents\/pi|setup_intents\/seti|sources\/src|payment_pages\/cs)_\w+$/ },
    { method: "GET", path: /^\/v1\/elements\/sessions$/ },
    { method: "POST", path: /^\/v1\/elements\/payment_methods\/pm_\w+\/detach$/ },
    {
      method: "POST",
      path: /^\/v1\/payment_methods$/,
      cards: [{ at: ["card"], address: ["billing_details", "address"] }],
    },
    { method: "POST", path: /^\/v1\/confirmation_tokens$/, cards: [IN_DATA] },
    { method: "POST", path: /^\/v1\/tokens$/, cards: [{ at: ["card"], address: ["card"] }, { at: ["cvc_update"] }] },
    { method: "POST", path: /^\/v1\/sources$/, cards: [{ at: ["card"], address: ["owner", "address"] }] },
    { method: "POST", path: /^\/v1\/(payment_intents\/pi|setup_intents\/seti)_\w+\/confirm$/, cards: [IN_DATA] },
  ],
  session: [
    { method: "GET", path: /^\/c\/pay\/[\w-]+\/cs_\w+\/\w+$/ },
    { method: "POST", path: /^\/c\/pay\/[\w-]+\/cs_\w+\/\w+$/ }, // its fields of a card have names of their own
  ],
  challenge: [{ method: "POST", path: /^\/authenticate\/(setup\/[\w-]+\/)?\w+\/\w+$/ }],
};

/**
 * A request as it may be sent, with the place of its card, or null for one that may not. Pure.
 * @param {"api" | "session" | "challenge"} kind
 * @param {string} base what its path follows: an origin, and on AWS the stage
 * @param {{method: string, path: string, card?: Place}} request
 * @returns {{method: string, url: string, place?: Place} | null}
 */
export function allowedRequest(kind, base, { method, path, card }) {
  const below = pathBelow(base, path);
  const row = REQUESTS[kind].find((each) => each.method === method && below !== null && each.path.test(below));
  if (!row) return null;
  const request = { method, url: base + below };
  if (!card) return request;
  const place = row.cards?.find(({ at, address }) => isSame(at, card.at) && isSame(address, card.address ?? address));
  return place ? { ...request, place: { at: place.at, address: card.address && place.address } } : null;
}

/**
 * The path of an address below another, as a browser requests it: `/v1/../x` is `/x`.
 * @param {string} base
 * @param {string} path
 * @returns {string | null} null if it is not below it
 */
function pathBelow(base, path) {
  if (!URL.canParse(base + path)) return null;
  const { href } = new URL(base + path);
  return href.startsWith(`${base}/`) ? href.slice(base.length) : null;
}

/**
 * @param {string[] | undefined} one
 * @param {string[] | undefined} other
 */
function isSame(one, other) {
  return JSON.stringify(one) === JSON.stringify(other);
}

/**
 * Send a request that is allowed. A redirect is not followed, since a policy's paths do not apply to where it leads.
 * @param {{method: string, url: string}} request
 * @param {{form?: string, headers?: Record<string, string>}} [sent] the form is the query of a GET
 * @returns {Promise<Response>}
 */
export function send({ method, url }, { form = "", headers } = {}) {
  const isRead = method === "GET";
  const query = isRead && form ? `?${form}` : "";
  const body = isRead ? undefined : new URLSearchParams(form);
  return fetch(url + query, { method, headers, body, redirect: "manual", credentials: "omit" });
}
