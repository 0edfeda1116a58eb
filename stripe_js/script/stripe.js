import { ownBase } from "./address.js";
import { createConfirmationToken, createPaymentMethod, createSource, createToken, retrieveSource } from "./cards.js";
import { showChallenge } from "./challenge.js";
import { EmbeddedCheckout, redirectToCheckout } from "./checkout.js";
import { confirmCard, confirmWithElements, handleAction } from "./confirm.js";
import { CheckoutElements, methodsOf } from "./checkout_elements.js";
import { initCheckoutForm } from "./checkout_form.js";
import { Controller } from "./controller.js";
import { Elements } from "./elements.js";
import { IntegrationError, check } from "./errors.js";
import { initCheckout } from "./init_checkout.js";
import { retrieve } from "./intents.js";
import { PaymentRequest } from "./payment_request.js";

const BASE = ownBase();

/** What `Stripe(publishableKey)` returns. The functions of the train that do not work here are added below. */
export class StripeInstance {
  /**
   * @param {unknown} key
   * @param {Json} options
   */
  constructor(key, { apiVersion, stripeAccount, locale = "auto" }) {
    check(key && typeof key === "string", "Missing value for Stripe(): apiKey should be a string.");
    check(
      !/^[sr]k_/.test(key),
      "You should not use your secret key with Stripe.js. Please pass a publishable key instead.",
    );
    check(
      /^pk_test_[\w-]+$/.test(key),
      "The sandbox's Stripe.js takes a publishable test key (pk_test_…), as `paysandbox keys create` prints it. " +
        "A live key is never sent.",
    );
    this._base = BASE;
    this._locale = locale;
    this._controller = new Controller(BASE, { key, apiVersion, stripeAccount, locale });
  }

  /** @param {Json} [options] */
  elements(options = {}) {
    return new Elements(this, options);
  }

  /** @param {Json} options */
  async confirmPayment(options) {
    return confirmWithElements(this, "confirmPayment", "pi", options);
  }

  /** @param {Json} options */
  async confirmSetup(options) {
    return confirmWithElements(this, "confirmSetup", "seti", options);
  }

  /**
   * @param {string} secret
   * @param {Json} [data]
   * @param {Json} [options]
   */
  async confirmCardPayment(secret, data, options) {
    return confirmCard(this, "pi", secret, data, options);
  }

  /**
   * @param {string} secret
   * @param {Json} [data]
   * @param {Json} [options]
   */
  async confirmCardSetup(secret, data, options) {
    return confirmCard(this, "seti", secret, data, options);
  }

  /**
   * The older name of confirmCardPayment, whose payment method is an element or in `payment_method_data`.
   * @param {string} secret
   * @param {any} [element]
   * @param {Json} [data]
   */
  async handleCardPayment(secret, element, data) {
    return confirmCard(this, "pi", secret, older(element, data));
  }

  /**
   * @param {string} secret
   * @param {any} [element]
   * @param {Json} [data]
   */
  async handleCardSetup(secret, element, data) {
    return confirmCard(this, "seti", secret, older(element, data));
  }

  /** @param {Json} options */
  async handleNextAction(options) {
    check(options?.clientSecret, "stripe.handleNextAction() takes {clientSecret}. hashedValue is not simulated.");
    return handleAction(this, options.clientSecret);
  }

  /** @param {string} secret */
  async handleCardAction(secret) {
    return handleAction(this, secret, "pi");
  }

  /**
   * @param {any} first
   * @param {any} [second]
   * @param {any} [third]
   */
  async createPaymentMethod(first, second, third) {
    return createPaymentMethod(this, first, second, third);
  }

  /** @param {Json} options */
  async createConfirmationToken(options) {
    return createConfirmationToken(this, options);
  }

  /**
   * @param {any} first
   * @param {any} [second]
   * @returns {Promise<Json>}
   */
  async createToken(first, second) {
    return createToken(this, first, second);
  }

  /**
   * @param {any} first
   * @param {Json} [second]
   */
  async createSource(first, second) {
    return createSource(this, first, second);
  }

  /**
   * A session that nothing is known of: this sandbox assesses no risk. Stripe's own never blocks a payment either.
   * @returns {Promise<Json>}
   */
  async createRadarSession() {
    const bytes = crypto.getRandomValues(new Uint8Array(12));
    return { radarSession: { id: `rse_${Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("")}` } };
  }

  /** @param {Json} source */
  async retrieveSource(source) {
    return retrieveSource(this, source);
  }

  /** @param {string} secret */
  async retrievePaymentIntent(secret) {
    return retrieve(this, secret, "pi");
  }

  /** @param {string} secret */
  async retrieveSetupIntent(secret) {
    return retrieve(this, secret, "seti");
  }

  /** @param {Json} options */
  async redirectToCheckout(options) {
    return redirectToCheckout(this, options);
  }

  /** @param {Json} options */
  async initEmbeddedCheckout(options) {
    return EmbeddedCheckout.create(this, "initEmbeddedCheckout", options);
  }

  /** @param {Json} options */
  async createEmbeddedCheckoutPage(options) {
    return EmbeddedCheckout.create(this, "createEmbeddedCheckoutPage", options);
  }

  /** @param {Json} options */
  initCheckout(options) {
    return initCheckout(this, options);
  }

  /** @param {Json} options */
  initCheckoutElementsSdk(options) {
    return methodsOf(new CheckoutElements(this, "initCheckoutElementsSdk", options));
  }

  /** @param {Json} options */
  initCheckoutFormSdk(options) {
    return initCheckoutForm(this, options);
  }

  /** @param {Json} _options */
  paymentRequest(_options) {
    return new PaymentRequest();
  }

  registerAppInfo() {}

  _registerWrapper() {}

  /** @param {Json} intent */
  _challenge(intent) {
    return showChallenge(this._base, { intent, locale: this._locale });
  }
}

/**
 * The data of confirmCardPayment that older parameters mean.
 * @param {any} element
 * @param {Json} [data]
 * @returns {Json}
 */
function older(element, data) {
  const isData = data === undefined && !element?._frame;
  const { payment_method_data: method, ...rest } = (isData ? element : data) ?? {};
  if (isData) return rest;
  return { ...rest, payment_method: { card: element, ...method } };
}

/**
 * @param {string} name
 * @param {string} why
 */
function refuseFunction(name, why) {
  const value = async () => {
    throw new IntegrationError(why);
  };
  Object.defineProperty(StripeInstance.prototype, name, { value, configurable: true, writable: true });
}

for (const name of TRAIN.refused.split(" "))
  refuseFunction(name, `stripe.${name}() is not simulated by the sandbox. /docs/reference/stripe-js lists what is.`);
for (const [name, trains] of Object.entries(TRAIN.elsewhere))
  refuseFunction(name, `stripe.${name}() is not in Stripe.js ${TRAIN.name}: it is in ${trains}.`);

/**
 * @param {unknown} key
 * @param {Json} [options]
 */
export function Stripe(key, options = {}) {
  return new StripeInstance(key, options ?? {});
}

Stripe.version = TRAIN.version;
