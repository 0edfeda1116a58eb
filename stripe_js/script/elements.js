import { checkElements, checkEvent, refuse } from "./arguments.js";
import { IntegrationError, check } from "./errors.js";
import { StripeElement } from "./element.js";
import { ELEMENT_TYPES, SPLIT } from "./element_types.js";
import { Events } from "./events.js";
import { retrieve } from "./intents.js";
import { filled } from "./sentence.js";

/** A group of elements, of one intent or of a mode. */
export class Elements extends Events {
  /**
   * @param {import("./stripe.js").StripeInstance} stripe
   * @param {Json} options
   * @param {boolean} [isOfCheckout] whether its elements are of a Checkout session
   */
  constructor(stripe, options, isOfCheckout = false) {
    super();
    if (isOfCheckout) stripe._controller.say("elements()", { appearance: options.appearance });
    else {
      checkElements("elements()", options);
      stripe._controller.say("elements()", options);
    }
    this._stripe = stripe;
    this._isOfCheckout = isOfCheckout;
    this._options = { ...options };
    /** @type {StripeElement[]} */
    this._elements = [];
    this._submitted = false;
    /** What a customer session allows, once it is loaded. @type {Json | undefined} */
    this._saved = undefined;
  }

  /**
   * @param {string} type
   * @param {Json} [options]
   */
  create(type, options = {}) {
    const names = Object.keys(ELEMENT_TYPES).filter((name) => this._isOfCheckout || !ELEMENT_TYPES[name].ofCheckout);
    const known = names.includes(type) ? ELEMENT_TYPES[type] : undefined;
    check(known, `The sandbox's Stripe.js has no ${String(type)} Element. It has ${names.join(", ")}.`);
    const mode = known.byMode ? options.mode : undefined;
    if (known.byMode) {
      check(
        ["shipping", "billing"].includes(mode),
        `The ${type} Element requires the option mode: shipping or billing.`,
      );
    }
    const { clientSecret, mode: declared } = this._options;
    if (ARGUMENTS.needIntents.includes(type) && !clientSecret && !declared) refuse("no_intent", { name: type });
    check(!this.getElement(type, { mode }), `Can only create one Element of type ${type} through elements().`);
    this._stripe._controller.say(`create() ${type}`, options);
    const made = new StripeElement(this, type, options);
    this._elements.push(made);
    if (mode === "billing") this.getElement("payment")?.update();
    return made;
  }

  /**
   * @param {string | {__elementType: string}} type a type, or a component of @stripe/react-stripe-js
   * @param {{mode?: string}} [options]
   * @returns {StripeElement | null}
   */
  getElement(type, { mode } = {}) {
    const name = typeof type === "string" ? type : type?.__elementType;
    const found = this._elements.find((each) => each._type === name && (!mode || each._options.mode === mode));
    return found ?? null;
  }

  /**
   * Change the amount, the appearance or the language.
   * @param {Json} options
   */
  async update(options) {
    if (!this._isOfCheckout) checkElements("elements.update()", options);
    this._stripe._controller.say("elements.update()", options);
    Object.assign(this._options, options);
    for (const each of this._elements) each.update();
    this.emit("update-end");
  }

  /** Read the intent again. */
  async fetchUpdates() {
    const { clientSecret } = this._options;
    check(clientSecret, "fetchUpdates() requires elements() with a clientSecret.");
    const { error } = await retrieve(this._stripe, clientSecret);
    return error ? { error: { message: error.message, status: error.code } } : {};
  }

  /** Show what is missing in every element. */
  async submit() {
    for (const each of this._elements) {
      const error = await each._validate();
      if (error) return { error };
    }
    this._submitted = true;
    return this.getElement("payment") ? { selectedPaymentMethod: "card" } : {};
  }

  /**
   * What is missing in every element that is mounted, shown in its place. The first that lacks something has the focus.
   * @returns {Promise<{count: number, faults: {message: string, element: string}[]}>}
   */
  async _validateAll() {
    const mounted = this._elements.filter((each) => each._frame);
    const faults = [];
    for (const each of [...mounted].reverse()) {
      const error = await each._validate();
      const name = each._type === "address" ? `${each._options.mode}Address` : each._type;
      if (error) faults.unshift({ message: error.message, element: name });
    }
    return { count: mounted.length, faults };
  }

  /** @param {string} event */
  _checkEvent(event) {
    checkEvent("elements", ARGUMENTS.events[""], event);
  }

  /** What the page declared in place of an intent, by the names of the API, or undefined if the group has one. */
  _context() {
    const { mode, currency, ...given } = this._options;
    if (!mode || this._isOfCheckout) return undefined;
    return {
      mode,
      currency: currency ?? undefined,
      setup_future_usage: given.setupFutureUsage ?? given.setup_future_usage ?? undefined,
      capture_method: given.captureMethod ?? given.capture_method,
      payment_method_types: given.paymentMethodTypes ?? given.payment_method_types,
    };
  }

  /** What the frames of the group need to know. */
  _settings() {
    const locale = this._options.locale ?? this._stripe._locale;
    return { locale, appearance: this._options.appearance };
  }

  /**
   * The intent can be read, if the group has one and the element is the one that pays it.
   * @param {StripeElement} element
   * @returns {Promise<StripeError | undefined>}
   */
  async _loaded(element) {
    const { clientSecret, customerSessionClientSecret: session } = this._options;
    if (element._type !== "payment") return undefined;
    const error = clientSecret && (await retrieve(this._stripe, clientSecret)).error;
    return error || (session ? this._loadCards(element, session) : undefined);
  }

  /**
   * Read what a customer session lets the Payment Element do.
   * @param {StripeElement} element
   * @param {string} session its client secret
   */
  async _loadCards(element, session) {
    const params = { customer_session_client_secret: session };
    const { ok, body } = await this._stripe._controller.send({ method: "GET", path: "/v1/elements/sessions", params });
    if (!ok) return body.error;
    const {
      customer_session: { components },
      payment_methods: cards,
    } = body.customer;
    const { enabled, features } = components.payment_element;
    if (!enabled) console.warn(filled(ARGUMENTS.sentences.not_enabled, {}));
    const isOn = (/** @type {string} */ name) => features?.[`payment_method_${name}`] === "enabled";
    this._saved = { cards, remove: isOn("remove"), save: isOn("save"), usage: features?.payment_method_save_usage };
    element.update();
    return undefined;
  }

  /**
   * Remove a saved card, and tell the page.
   * @param {StripeElement} element
   * @param {string} id
   */
  async _remove(element, id) {
    const saved = /** @type {Json} */ (this._saved);
    const method = saved.cards.find((/** @type {Json} */ each) => each.id === id);
    const params = { customer_session_client_secret: this._options.customerSessionClientSecret };
    const path = `/v1/elements/payment_methods/${id}/detach`;
    const { ok, body } = await this._stripe._controller.send({ method: "POST", path, params });
    if (ok) saved.cards = saved.cards.filter((/** @type {Json} */ each) => each !== method);
    element.update();
    const error = ok ? undefined : body.error.message;
    element.emit("savedpaymentmethodremove", { elementType: "payment", success: ok, error, payment_method: method });
  }

  /**
   * What is chosen in a Payment Element: the parameters of a saved card, or those by which a new one is saved.
   * @param {StripeElement} payment
   * @returns {Promise<{method?: Json, saving?: Json, usage?: string}>}
   */
  async _choice(payment) {
    if (!this._saved || payment._type !== "payment") return {};
    const { value } = (await payment._frame?.ask("value")).change;
    if (value.payment_method) return { method: value.payment_method };
    return value.savePaymentMethod
      ? { saving: { allow_redisplay: "always" }, usage: this._saved.usage ?? undefined }
      : {};
  }

  /** @param {StripeElement} element */
  _forget(element) {
    this._elements = this._elements.filter((each) => each !== element);
  }

  /**
   * The frames with a card: of one element, or of the three parts.
   * @param {StripeElement} element
   */
  _framesOfCard(element) {
    const parts = SPLIT.includes(element._type) ? SPLIT.map((type) => this.getElement(type)) : [element];
    const frames = parts.filter((part) => part !== null).map((part) => part._frame?.name);
    return frames.filter((name) => name !== undefined);
  }

  /**
   * The element of a group that is paid with, mounted.
   * @param {string} name of the function that needs it
   */
  _payment(name) {
    const form = this.getElement("checkoutForm");
    const found = form ?? this.getElement("payment");
    if (found?._frame) return found;
    const missing = form ? "Checkout form" : "Payment Element";
    throw new IntegrationError(`Invalid value for stripe.${name}(): elements should have a mounted ${missing}.`);
  }

  /**
   * What the other elements of the group say about the payer: e-mail, and the addresses.
   * @returns {Promise<{billing: Json, shipping?: Json}>}
   */
  async _payer() {
    /** @type {{billing: Json, shipping?: Json}} */
    const payer = { billing: {} };
    const email = this.getElement("linkAuthentication")?._state.value?.email;
    if (email) payer.billing.email = email;
    for (const mode of ["billing", "shipping"]) {
      const element = this.getElement("address", { mode });
      if (!element?._frame) continue;
      const { name, phone, address } = (await element.getValue()).value;
      const said = { name, ...(phone ? { phone } : {}), address };
      if (mode === "billing") Object.assign(payer.billing, said);
      else payer.shipping = said;
    }
    return payer;
  }
}
