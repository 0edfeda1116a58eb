import { sendCheckout, shownCheckout } from "./checkout.js";
import { encodeForm, withValues } from "./form.js";
import { textOf } from "./messages.js";
import { AT_STRIPES_HOST, BASE, hear, tell } from "./parent.js";
import { allowedRequest, send } from "./requests.js";
import { isThisMachine } from "./this_machine.js";
import { typedCard } from "./typed_in_page.js";

const KEY = /^pk_test_[\w-]+$/;
const CHALLENGE = /\/authenticate\/.*$/;

const API = AT_STRIPES_HOST ? "https://api.stripe.com" : BASE;
const HOOKS = AT_STRIPES_HOST ? "https://hooks.stripe.com" : BASE;

/** @type {Answer} */
const FOREIGN = refused({
  type: "invalid_request_error",
  message:
    "A web page of another site may not use a key that was issued elsewhere. Use a publishable key of the " +
    "sandbox's own: `paysandbox keys create` makes one.",
});

/** @type {Answer} the API's own to a publishable key */
const NOT_OPEN = refused({
  type: "invalid_request_error",
  code: "secret_key_required",
  message: "This API call cannot be made with a publishable API key. Please use a secret API key.",
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
            : await callApi(call, settings);
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
  return isThisMachine(name);
}

/**
 * @param {ApiCall} call
 * @param {Json} settings
 * @returns {Promise<Answer>}
 */
async function callApi({ params, card, ...call }, settings) {
  const request = allowedRequest("api", API, { ...call, card });
  if (!request) return NOT_OPEN;
  let sent = params;
  if (card && request.place) {
    const { at, address } = request.place;
    const { error, ...typed } = typedCard(card.frames);
    if (error) return refused(error);
    sent = withValues(sent, at, typed.card);
    if (address) sent = withValues(sent, address, addressOf({ at, address }, typed.address));
  }
  /** @type {Record<string, string>} */
  const headers = { Authorization: `Bearer ${settings.key}` };
  if (settings.apiVersion) headers["Stripe-Version"] = settings.apiVersion;
  if (settings.stripeAccount) headers["Stripe-Account"] = settings.stripeAccount;
  try {
    const response = await send(request, { form: encodeForm(sent), headers });
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
 * @param {import("./requests.js").Place} place
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
  const path = URL.canParse(url) && CHALLENGE.exec(new URL(url).pathname)?.[0];
  const request = path && allowedRequest("challenge", HOOKS, { method: "POST", path });
  if (!request || !["succeeded", "failed"].includes(result)) return;
  await send(request, { form: encodeForm({ result }) }).catch(() => {});
}
