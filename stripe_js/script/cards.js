import { Elements } from "./elements.js";
import { cardElement, isElement } from "./element.js";
import { refuse } from "./arguments.js";
import { cardSource, paidBy, paymentSource } from "./confirm.js";
import { IntegrationError, check } from "./errors.js";

/** @typedef {import("./stripe.js").StripeInstance} StripeInstance */

/**
 * @param {StripeInstance} stripe
 * @param {string} path
 * @param {string} result the name of the result
 * @param {Json} params
 * @param {CardSource} [card]
 */
async function create(stripe, path, result, params, card) {
  const { ok, body } = await stripe._controller.send({ method: "POST", path, params, card });
  return ok ? { [result]: body } : { error: body.error };
}

/**
 * createPaymentMethod, in each of the ways in which it is called.
 * @param {StripeInstance} stripe
 * @param {any} first the parameters, or the type in older pages
 * @param {any} [second] the element, or the parameters
 * @param {any} [third]
 */
export async function createPaymentMethod(stripe, first, second, third) {
  if (typeof first === "string") {
    const card = isElement(second) ? second : second?.card;
    return createPaymentMethod(stripe, { type: first, ...(isElement(second) ? third : second), card });
  }
  const from = first?.elements ?? first?.element;
  if (from) return fromElements(stripe, from, first.params ?? {});
  const { type, card, ...params } = first ?? {};
  check(type === "card", `createPaymentMethod: the sandbox's payment methods are of type card, not ${String(type)}.`);
  if (typeof card?.token === "string") {
    return create(stripe, "/v1/payment_methods", "paymentMethod", { type, card: { token: card.token }, ...params });
  }
  const source = cardSource(cardElement(card), ["card"], ["billing_details", "address"]);
  return create(stripe, "/v1/payment_methods", "paymentMethod", { type, ...params }, source);
}

/**
 * @param {StripeInstance} stripe
 * @param {Elements | import("./element.js").StripeElement} from
 * @param {Json} params
 */
async function fromElements(stripe, from, params) {
  if (!(from instanceof Elements)) {
    const source = cardSource(cardElement(from), ["card"], ["billing_details", "address"]);
    return create(stripe, "/v1/payment_methods", "paymentMethod", { type: "card", ...params }, source);
  }
  if (from._options.paymentMethodCreation !== "manual") refuse("manual");
  const given = params.billing_details;
  const { error, details, method, saving } = await submitted(from, "createPaymentMethod", "params.", given);
  if (error) return { error };
  if (method) return { paymentMethod: method };
  const source = {
    frames: from._framesOfCard(from._payment("createPaymentMethod")),
    at: ["card"],
    address: ["billing_details", "address"],
  };
  return create(
    stripe,
    "/v1/payment_methods",
    "paymentMethod",
    { type: "card", ...saving, ...params, billing_details: details },
    source,
  );
}

/**
 * @param {StripeInstance} stripe
 * @param {Json} given
 */
export async function createConfirmationToken(stripe, given) {
  const { elements, element, params = {} } = given ?? {};
  const data = params.payment_method_data ?? {};
  if (element) {
    const source = cardSource(cardElement(element), ["payment_method_data", "card"]);
    const sent = { ...params, payment_method_data: { type: "card", ...data } };
    return create(stripe, "/v1/confirmation_tokens", "confirmationToken", sent, source);
  }
  check(elements instanceof Elements, "stripe.createConfirmationToken() takes {elements}.");
  const name = "createConfirmationToken";
  const { error, details, shipping, method, saving, usage } = await submitted(
    elements,
    name,
    "params.payment_method_data.",
    data.billing_details,
  );
  if (error) return { error };
  const context = elements._context();
  const sent = {
    ...(shipping ? { shipping } : {}),
    client_context: context,
    setup_future_usage: context?.setup_future_usage ?? usage,
    ...params,
    payment_method_data: method ? undefined : { type: "card", ...saving, ...data, billing_details: details },
    payment_method: method?.id,
    customer_session_client_secret: method && elements._options.customerSessionClientSecret,
  };
  const source = method ? undefined : paymentSource(elements, elements._payment(name));
  return create(stripe, "/v1/confirmation_tokens", "confirmationToken", sent, source);
}

/**
 * @param {Elements} elements
 * @param {string} name
 * @param {string} within where billing details are among its parameters
 * @param {Json} [given]
 */
async function submitted(elements, name, within, given) {
  check(elements._submitted, `elements.submit() must be called before stripe.${name}().`);
  return paidBy(elements, name, given, { within });
}

/**
 * createToken of a card element or, as `cvc_update`, of a security code.
 * @param {StripeInstance} stripe
 * @param {any} first
 * @param {any} [second]
 */
export async function createToken(stripe, first, second) {
  if (first === "cvc_update") {
    const code = cardElement(second);
    check(code._type === "cardCvc", "createToken: cvc_update takes a cardCvc Element.");
    return create(stripe, "/v1/tokens", "token", {}, { frames: [String(code._frame?.name)], at: ["cvc_update"] });
  }
  if (typeof first === "string") {
    throw new IntegrationError(`createToken: the sandbox makes tokens of cards and of cvc_update, not of ${first}.`);
  }
  const source = cardSource(cardElement(first), ["card"], ["card"]);
  return create(stripe, "/v1/tokens", "token", { card: { ...second } }, source);
}

/**
 * createSource of a card element, with the data, or of the data alone, which then names a token.
 * @param {StripeInstance} stripe
 * @param {any} first
 * @param {Json} [second]
 */
export async function createSource(stripe, first, second) {
  if (!isElement(first)) return create(stripe, "/v1/sources", "source", first ?? {});
  const source = cardSource(cardElement(first), ["card"], ["owner", "address"]);
  return create(stripe, "/v1/sources", "source", { type: "card", ...second }, source);
}

/**
 * @param {StripeInstance} stripe
 * @param {Json} source its ID and its client secret
 */
export async function retrieveSource(stripe, source) {
  const { id, client_secret } = source ?? {};
  check(id && client_secret, "stripe.retrieveSource() takes {id, client_secret}.");
  const path = `/v1/sources/${encodeURIComponent(id)}`;
  const { ok, body } = await stripe._controller.send({ method: "GET", path, params: { client_secret } });
  return ok ? { source: body } : { error: body.error };
}
