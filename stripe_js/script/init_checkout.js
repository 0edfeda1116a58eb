import { CheckoutElements, actionsOf, methodsOf } from "./checkout_elements.js";
import { IntegrationError, check } from "./errors.js";

const NAME = "initCheckout";

/**
 * initCheckout, in the shape of the train. From clover on, it is another name of initCheckoutElementsSdk. Earlier, it
 * resolves to a checkout that is loaded, with its actions, `session()`, and the elements.
 * @param {import("./stripe.js").StripeInstance} stripe
 * @param {Json} options
 * @returns {Json | Promise<Json>}
 */
export function initCheckout(stripe, options) {
  if (TRAIN.init_checkout?.resolves) return loaded(stripe, options);
  return methodsOf(new CheckoutElements(stripe, NAME, options));
}

/**
 * @param {import("./stripe.js").StripeInstance} stripe
 * @param {Json} options
 * @returns {Promise<Json>}
 */
async function loaded(stripe, options) {
  const { clientSecret, fetchClientSecret, elementsOptions } = options ?? {};
  const isFetched = TRAIN.init_checkout?.secret === "fetchClientSecret";
  const required = isFetched ? "function fetchClientSecret" : "clientSecret";
  check(
    isFetched ? typeof fetchClientSecret === "function" : clientSecret,
    `stripe.initCheckout() of Stripe.js ${TRAIN.name} requires a ${required}.`,
  );
  const secret = isFetched ? fetchClientSecret() : clientSecret;
  const checkout = new CheckoutElements(stripe, NAME, { clientSecret: secret, elementsOptions });
  await checkout._loading;
  const { getSession, ...actions } = actionsOf(checkout);
  const { loadActions, on, ...elements } = methodsOf(checkout);
  const byType = TRAIN.name === "v3" ? elementsByType(elements) : elements;
  return { ...actions, ...byType, on, session: getSession };
}

/**
 * The elements by the names of their types, as the types of @stripe/stripe-js 5 have them.
 * @param {Json} elements
 * @returns {Json}
 */
function elementsByType({ changeAppearance, loadFonts, ...elements }) {
  const methodOf = (/** @type {string} */ verb, /** @type {string} */ type, /** @type {string} */ mode) => {
    const name = type === "address" ? `${mode}Address` : String(type);
    const method = elements[`${verb}${name.charAt(0).toUpperCase()}${name.slice(1)}Element`];
    if (!method) throw new IntegrationError(`${verb}Element(): the sandbox's Stripe.js has no ${name} Element.`);
    return method;
  };
  return {
    changeAppearance,
    createElement: (/** @type {string} */ type, /** @type {Json} */ options) =>
      methodOf("create", type, options?.mode)(options),
    getElement: (/** @type {string} */ type, /** @type {string} */ mode) => methodOf("get", type, mode)(),
  };
}
