import { withParameters } from "./address.js";
import { Elements } from "./elements.js";
import { neverPassed, refuse } from "./arguments.js";
import { check } from "./errors.js";
import { filled } from "./sentence.js";
import { challenged, confirm, intentOf, retrieve, returnParameters } from "./intents.js";
import { cardElement } from "./element.js";

/** @typedef {import("./stripe.js").StripeInstance} StripeInstance */

/**
 * confirmPayment and confirmSetup: with the fields of a Payment Element, then on to the return_url.
 * @param {StripeInstance} stripe
 * @param {string} name of the function
 * @param {"pi" | "seti"} wanted
 * @param {Json} given
 */
export async function confirmWithElements(stripe, name, wanted, given) {
  const { elements, confirmParams = {}, redirect = "always" } = given ?? {};
  const secret = given?.clientSecret ?? elements?._options.clientSecret;
  if (!(elements instanceof Elements || given?.clientSecret)) refuse("neither", { call: name });
  if (!secret) refuse("no_secret", { call: name });
  const kind = /^(pi|seti)_/.exec(secret)?.[1] ?? wanted;
  const [other, object] = wanted === "pi" ? ["confirmSetup", "SetupIntent"] : ["confirmPayment", "PaymentIntent"];
  if (kind !== wanted) refuse("other_intent", { call: name, given: object, other });
  check(
    redirect === "if_required" || confirmParams.return_url,
    `stripe.${name}(): confirmParams.return_url is required, unless redirect is "if_required".`,
  );
  intentOf(secret, wanted);
  const { params, card, error } = await collected(name, elements, confirmParams);
  if (error) return { error };
  const done = await confirm(stripe, secret, { wanted, params, card });
  const intent = done.paymentIntent ?? done.setupIntent;
  if (elements && done.paymentIntent) warnOfOther(elements, intent);
  if (done.error || redirect === "if_required") return done;
  location.assign(withParameters(confirmParams.return_url, returnParameters(secret, intent)));
  return new Promise(() => {}); // the page is being left
}

/**
 * The parameters of a confirmation: what the page gave, and what its elements have.
 * @param {string} name
 * @param {Elements | undefined} elements
 * @param {Json} confirmParams
 * @returns {Promise<{params: Json, card?: CardSource, error?: StripeError}>}
 */
async function collected(name, elements, confirmParams) {
  const { payment_method: named, confirmation_token: token } = confirmParams;
  const params = { ...confirmParams, client_context: elements?._context() };
  if (!elements || typeof named === "string" || token) return { params };
  check(
    elements._options.clientSecret || elements._submitted,
    `elements.submit() must be called before stripe.${name}(), for elements() with a mode.`,
  );
  const data = confirmParams.payment_method_data ?? {};
  const { error, details, shipping, method, saving, usage } = await paidBy(elements, name, data.billing_details, {
    within: "confirmParams.payment_method_data.",
    call: "stripe.confirmPayment or stripe.confirmSetup",
    when: "at confirm-time",
  });
  if (error) return { params: {}, error };
  const isSetup = name === "confirmSetup";
  const shipped = shipping && !isSetup ? { shipping } : {};
  if (method) return { params: { ...shipped, ...params, payment_method_data: undefined, payment_method: method.id } };
  const sent = {
    ...shipped,
    setup_future_usage: isSetup ? undefined : usage,
    ...params,
    payment_method_data: { type: "card", ...saving, ...data, billing_details: details },
  };
  return { params: sent, card: paymentSource(elements, elements._payment(name)) };
}

/**
 * What a group's elements say of the payer and the payment method, once nothing is missing. A call that does not pass
 * what the Payment Element was told not to collect is refused.
 * @param {Elements} elements
 * @param {string} name of the function
 * @param {Json | undefined} given the billing details that it passes
 * @param {{within: string, call?: string, when?: string}} words for the refusal: where these are among its parameters
 * @returns {Promise<Json>} `error`, or billing `details`, `shipping`, and what `_choice` says
 */
export async function paidBy(elements, name, given, { within, ...words }) {
  const payment = elements._payment(name);
  const { billing, shipping } = await elements._payer();
  const choice = await elements._choice(payment);
  const never = !choice.method && neverPassed(payment._options.fields?.billingDetails, { ...billing, ...given });
  if (never) {
    const call = `stripe.${name}()`;
    const missing = `${within}billing_details.${never.missing}`;
    refuse("never", { call, when: `in when calling ${call}`, ...words, ...never, missing });
  }
  const { error } = await elements.submit();
  return { error, details: { ...defaultsOf(payment), ...billing, ...given }, shipping, ...choice };
}

/**
 * Warn of what the API does not compare with the page's declaration. No sentence of Stripe's about it is public.
 * @param {Elements} elements
 * @param {Json} intent
 */
function warnOfOther(elements, intent) {
  const context = elements._context();
  const pairs = {
    amount: context && elements._options.amount,
    capture_method: context?.capture_method,
    payment_method_types: intent.automatic_payment_methods ? undefined : context?.payment_method_types,
  };
  const plain = (/** @type {any} */ value) =>
    String(Array.isArray(value) ? [...value].sort() : value).replace("_async", "");
  for (const [name, expected] of Object.entries(pairs))
    if (expected !== undefined && plain(expected) !== plain(intent[name]))
      console.warn(filled(ARGUMENTS.sentences.differs, { name, expected, given: intent[name] }));
}

/**
 * The payer as the page described them to a Payment Element. Where it asks for the address, what is there counts.
 * @param {import("./element.js").StripeElement} payment
 * @returns {Json}
 */
export function defaultsOf(payment) {
  const { address, ...details } = payment._options.defaultValues?.billingDetails ?? {};
  const { country, postal_code, ...others } = address ?? {};
  return Object.keys(others).length ? { ...details, address: others } : details;
}

/**
 * @param {Elements} elements
 * @param {import("./element.js").StripeElement} payment
 * @returns {CardSource}
 */
export function paymentSource(elements, payment) {
  return {
    frames: elements._framesOfCard(payment),
    at: ["payment_method_data", "card"],
    address: ["payment_method_data", "billing_details", "address"],
  };
}

/**
 * confirmCardPayment and confirmCardSetup, and their older names: with a card element, a payment method or a token.
 * @param {StripeInstance} stripe
 * @param {"pi" | "seti"} wanted
 * @param {string} secret
 * @param {Json} [data]
 * @param {{handleActions?: boolean}} [options]
 */
export async function confirmCard(stripe, wanted, secret, data = {}, { handleActions = true } = {}) {
  intentOf(secret, wanted);
  const { payment_method: method, payment_method_options: options, ...rest } = data;
  /** @type {Json} */
  const params = { ...rest };
  const cvc = options?.card?.cvc;
  if (cvc && typeof cvc === "object") {
    const { token, error } = await stripe.createToken("cvc_update", cvc);
    if (error) return { error };
    params.payment_method_options = { ...options, card: { ...options.card, cvc: undefined, cvc_token: token.id } };
  } else if (options) params.payment_method_options = options;
  if (typeof method === "string") params.payment_method = method;
  if (!method || typeof method === "string") return confirm(stripe, secret, { wanted, params, act: handleActions });
  const { card, ...others } = method;
  params.payment_method_data = { type: "card", ...others };
  if (typeof card?.token === "string") {
    params.payment_method_data.card = { token: card.token };
    return confirm(stripe, secret, { wanted, params, act: handleActions });
  }
  const source = cardSource(
    cardElement(card),
    ["payment_method_data", "card"],
    ["payment_method_data", "billing_details", "address"],
  );
  return confirm(stripe, secret, { wanted, params, card: source, act: handleActions });
}

/**
 * @param {import("./element.js").StripeElement} element
 * @param {string[]} at
 * @param {string[]} [address]
 * @returns {CardSource}
 */
export function cardSource(element, at, address) {
  return { frames: element._group._framesOfCard(element), at, address };
}

/**
 * handleNextAction, and handleCardAction, which refuses an intent that waits for nobody.
 * @param {StripeInstance} stripe
 * @param {string} secret
 * @param {"pi"} [wanted]
 */
export async function handleAction(stripe, secret, wanted) {
  const found = await retrieve(stripe, secret, wanted);
  const intent = found.paymentIntent ?? found.setupIntent;
  if (!intent) return found;
  if (intent.status === "requires_action") return challenged(stripe, secret, intent);
  if (!wanted) return found;
  const message = `handleCardAction: the PaymentIntent is not in the requires_action state, it is ${intent.status}.`;
  const code = "payment_intent_unexpected_state";
  return { error: { type: "invalid_request_error", code, message, payment_intent: intent } };
}
