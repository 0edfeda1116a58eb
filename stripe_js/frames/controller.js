import { sendCheckout, shownCheckout } from "./checkout.js";
import { encodeForm, fillIn } from "./form.js";
import { textOf } from "./messages.js";
import { AT_STRIPES_HOST, BASE, hear, tell } from "./parent.js";
import { typedCard } from "./typed_in_page.js";

const KEY = /^pk_test_[\w-]+$/;
const PATH = /^\/v1(\/[A-Za-z0-9_]+)+$/;
const CHALLENGE = /\/authenticate\/[\w./-]+$/;

const API = AT_STRIPES_HOST ? "https://api.stripe.com" : BASE;
const HOOKS = AT_STRIPES_HOST ? "https://hooks.stripe.com" : BASE;

/** @type {Answer} */
const FOREIGN = refused({
  type: "invalid_request_error",
  message:
    "A web page of another site may not use a key that was issued elsewhere. Use a publishable key of the " +
    "sandbox's own: `paysandbox keys create` makes one.",
});

/** The page's hidden frame: it sends API calls with the page's publishable key, and adds the card that was typed. */
export function startController() {
  hear(async ({ type, id, call, url, result, name, form, settings }, origin) => {
    if (!KEY.test(settings?.key)) return;
    if (type === "checkout") return tell("answer", { id, answer: shownCheckout(name) });
    const allowed = mayUse(settings.key, origin);
    const answer =
      type === "challenge"
        ? await answerChallenge(url, result)
        : !allowed
          ? FOREIGN
          : type === "form"
            ? await sendCheckout(form)
            : await send(call, settings);
    tell("answer", { id, answer });
  });
}

/**
 * Whether a page may use a key here. A local sandbox accepts any key that was issued elsewhere, so such a key is no
 * proof of anything, and every site that is open in the browser could invent one: the pages of this machine alone may
 * send it, as the wall has it for the API itself (engine/wall/unknown_keys.py). On AWS, which has https, there are
 * none but those that were imported.
 * @param {string} key
 * @param {string} origin of the page
 */
function mayUse(key, origin) {
  if (new RegExp(`^(?:${OWN_KEY})$`).test(key) || location.protocol === "https:" || origin === location.origin)
    return true;
  const name = origin === "null" ? "" : new URL(origin).hostname;
  return ["localhost", "127.0.0.1", "[::1]"].includes(name) || name.endsWith(".localhost");
}

/**
 * @param {ApiCall} call
 * @param {Json} settings
 * @returns {Promise<Answer>}
 */
async function send({ method, path, params, card }, settings) {
  if (!PATH.test(path)) return refused({ type: "invalid_request_error", message: "Unrecognized request URL." });
  if (card) {
    const { error, ...typed } = typedCard(card.frames);
    if (error) return refused(error);
    fillIn(params, card.at, typed.card);
    if (card.address) fillIn(params, card.address, addressOf(card, typed.address));
  }
  /** @type {Record<string, string>} */
  const headers = { Authorization: `Bearer ${settings.key}` };
  if (settings.apiVersion) headers["Stripe-Version"] = settings.apiVersion;
  if (settings.stripeAccount) headers["Stripe-Account"] = settings.stripeAccount;
  const form = encodeForm(params);
  const body = method === "POST" ? new URLSearchParams(form) : undefined;
  const url = API + path + (method === "GET" ? `?${form}` : "");
  try {
    const response = await fetch(url, { method, headers, body, credentials: "omit" });
    const answer = await response.json();
    // A gateway that has no such API answers in its own words: on AWS without a domain, /v1 is on another host.
    if (!response.ok && !answer.error)
      return refused({ type: "api_error", message: `HTTP ${response.status} from ${API}/v1` });
    return { ok: response.ok, body: answer };
  } catch {
    return refused({ type: "api_connection_error", message: textOf(settings.locale, "api_connection_error") });
  }
}

/**
 * @param {StripeError} error
 * @returns {Answer}
 */
function refused(error) {
  return { ok: false, body: { error } };
}

/**
 * A token's card has the parts of its address beside its number.
 * @param {CardSource} source
 * @param {Json} address
 * @returns {Json}
 */
function addressOf({ at, address: path }, address) {
  if (at.join() !== path?.join()) return address;
  const names = { address_zip: address.postal_code, address_country: address.country };
  return Object.fromEntries(Object.entries(names).filter(([, value]) => value));
}

/**
 * Answer a challenge of this sandbox. The redirect back to the shop is not followed: the page goes on by itself.
 * @param {string} url
 * @param {string} result
 */
async function answerChallenge(url, result) {
  const path = CHALLENGE.exec(new URL(url).pathname)?.[0];
  if (!path || !["succeeded", "failed"].includes(result)) return;
  const body = new URLSearchParams({ result });
  await fetch(HOOKS + path, { method: "POST", body, redirect: "manual", credentials: "omit" }).catch(() => {});
}
