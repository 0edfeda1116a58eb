import { PAGE, SECRET, pageOf } from "./checkout.js";
import { sessionOf, withNumbers } from "./checkout_session.js";
import { Elements } from "./elements.js";
import { IntegrationError, check } from "./errors.js";
import { Events } from "./events.js";

/** How the parts of an address are named on a session's page, after `billing` or `shipping`. */
const ADDRESS = {
  city: "Locality",
  country: "Country",
  line1: "AddressLine1",
  line2: "AddressLine2",
  postal_code: "PostalCode",
  state: "AdministrativeArea",
};

/** Elements and actions that are not simulated, and so refused by name. */
const OTHER_ELEMENTS = ["ContactDetails", "LinkSignup", "PaymentForm", "Terms", "TaxId"];
const OTHER_ACTIONS = [
  "addOptionalLineItem",
  "removeOptionalLineItem",
  "updateBusinessName",
  "updateIndividualName",
  "updateTaxIdInfo",
];

/** A Checkout session with elements in the shop's page, of which the page sees and changes the session. */
export class CheckoutElements extends Events {
  /**
   * @param {import("./stripe.js").StripeInstance} stripe
   * @param {string} name of the function
   * @param {Json} options
   * @param {"elements" | "form"} [mode] the session's ui_mode
   */
  constructor(stripe, name, options, mode = "elements") {
    super();
    const { clientSecret, elementsOptions = {}, defaultValues = {} } = options ?? {};
    check(clientSecret, `stripe.${name}() requires a clientSecret, or a promise of one.`);
    this._stripe = stripe;
    this._name = name;
    this._mode = mode;
    this._elements = new Elements(stripe, { mode: "payment", ...elementsOptions }, true);
    /** What the page has said of the payer. @type {Json} */
    this._payer = { ...defaultValues };
    /** @type {{message: string} | undefined} */
    this._error = undefined;
    /** @type {Json | undefined} */
    this._page = undefined;
    this._loading = this._load(clientSecret);
    this._loading.catch(() => {});
  }

  /** @param {Promise<string> | string} secret */
  async _load(secret) {
    this._secret = String(await secret);
    const [, session] = SECRET.exec(this._secret) ?? [];
    check(session, "The client secret should be of the form cs_test_…_secret_….");
    this._id = session;
    await this._refresh();
    const mode = TRAIN.init_checkout ? "custom" : this._mode;
    check(
      this._page?.ui_mode === this._mode,
      `stripe.${this._name}() takes a Checkout Session with the ui_mode ${mode}.`,
    );
  }

  /** Read the session again, and tell the page. */
  async _refresh() {
    const { ok, body } = await pageOf(this._stripe, String(this._id), { client_secret: this._secret });
    if (!ok) throw new IntegrationError(body.error.message);
    this._page = body;
    for (const type of ["checkoutForm", "currencySelector"])
      this._elements.getElement(type)?.update({ session: this._facts() });
    this._tell();
  }

  _tell() {
    if (this._page) this.emit("change", this._session());
  }

  /** @returns {Json} */
  _session() {
    const paid = this._elements.getElement(this._mode === "form" ? "checkoutForm" : "payment");
    const isTyped = Boolean(paid?._state.complete);
    const session = sessionOf(/** @type {Json} */ (this._page), this._payer, {
      locale: this._stripe._locale,
      error: this._error,
      isTyped,
    });
    return TRAIN.init_checkout?.amounts === "numbers" ? withNumbers(session, isTyped) : session;
  }

  /** What elements show of the session, once it is loaded. */
  _facts() {
    if (!this._page) return undefined;
    const { currency, total } = this._session();
    return {
      currency,
      email: this._page.cart.customer_email,
      isDue: this._isDue(),
      mode: this._page.mode,
      total: total.total.amount,
    };
  }

  /** Whether the session needs a card. */
  _isDue() {
    return this._page?.mode === "setup" || this._page?.cart.total > 0;
  }

  /** What an action comes to that has succeeded. */
  _done() {
    return { type: "success", [TRAIN.init_checkout?.result ?? "session"]: this._session() };
  }

  async loadActions() {
    try {
      await this._loading;
    } catch (error) {
      return { type: "error", error: { message: /** @type {Error} */ (error).message, code: null } };
    }
    return { type: "success", actions: actionsOf(this) };
  }

  /** @param {Json} [options] */
  createPaymentElement(options) {
    const element = this._elements.create("payment", options);
    element.on("change", () => this._tell());
    return element;
  }

  /** @param {Json} [options] */
  createBillingAddressElement(options) {
    return this._elements.create("address", { ...options, mode: "billing" });
  }

  /** @param {Json} [options] */
  createShippingAddressElement(options) {
    return this._elements.create("address", { ...options, mode: "shipping" });
  }

  /** @param {Json} [options] */
  createExpressCheckoutElement(options) {
    return this._elements.create("expressCheckout", options);
  }

  /** It shows the session's currency, the only one: prices are not converted. */
  createCurrencySelectorElement() {
    return this._elements.create("currencySelector", { session: this._facts() });
  }

  getPaymentElement() {
    return this._elements.getElement("payment");
  }

  getBillingAddressElement() {
    return this._elements.getElement("address", { mode: "billing" });
  }

  getShippingAddressElement() {
    return this._elements.getElement("address", { mode: "shipping" });
  }

  getExpressCheckoutElement() {
    return this._elements.getElement("expressCheckout");
  }

  getCurrencySelectorElement() {
    return this._elements.getElement("currencySelector");
  }

  /** @param {Json} appearance */
  changeAppearance(appearance) {
    this._elements.update({ appearance });
  }

  loadFonts() {}
}

for (const name of OTHER_ELEMENTS) {
  const create = `create${name}Element`;
  const refuse = () => {
    throw new IntegrationError(`${create}() is not simulated by the sandbox's Stripe.js.`);
  };
  Object.defineProperty(CheckoutElements.prototype, create, { value: refuse });
  Object.defineProperty(CheckoutElements.prototype, `get${name}Element`, { value: () => null });
}

/**
 * The methods of a checkout, as the page has them: of an object's own, since Stripe's React components copy those.
 * @param {CheckoutElements} checkout
 * @returns {Json}
 */
export function methodsOf(checkout) {
  const all = Object.getOwnPropertyNames(CheckoutElements.prototype);
  const names = all.filter((name) => !/^(_|constructor$)/.test(name));
  return {
    ...Object.fromEntries(names.map((name) => [name, /** @type {Json} */ (checkout)[name].bind(checkout)])),
    on: (/** @type {string} */ event, /** @type {Function} */ handler) => void checkout.on(event, handler),
  };
}

/**
 * What the page can do with a session that is loaded.
 * @param {CheckoutElements} checkout
 * @returns {Json}
 */
export function actionsOf(checkout) {
  /** @param {Json} form @param {string | null} [code] of an error */
  const change = async (form, code = null) => {
    const { error } = await send(checkout, { action: "update", ...form });
    if (error) return { type: "error", error: { message: error.message, code } };
    await checkout._refresh();
    return checkout._done();
  };
  /** @param {Json} said */
  const say = async (said) => {
    Object.assign(checkout._payer, said);
    checkout._tell();
    return checkout._done();
  };
  const others = OTHER_ACTIONS.map((name) => [
    name,
    async () => {
      throw new IntegrationError(`${name}() is not simulated by the sandbox's Stripe.js.`);
    },
  ]);
  return {
    ...Object.fromEntries(others),
    getSession: () => checkout._session(),
    applyPromotionCode: (/** @type {string} */ code) => change({ promotionCode: code }, "invalidCode"),
    removePromotionCode: () => change({ promotionCode: "" }),
    updateLineItemQuantity: (/** @type {Json} */ { lineItem, quantity }) =>
      change({ [`quantity[${lineItem}]`]: String(quantity) }),
    updateShippingOption: (/** @type {string} */ option) => change({ shippingRate: option }),
    updateEmail: async (/** @type {string | null} */ email) => {
      if (email === null || /^[^@\s]+@[^@\s]+\.[^@\s]+$/.test(email)) return say({ email });
      return { type: "error", error: { message: `Invalid email address: ${email}`, code: "invalidEmail" } };
    },
    updatePhoneNumber: (/** @type {string | null} */ phoneNumber) => say({ phoneNumber }),
    updateBillingAddress: (/** @type {Json | null} */ billingAddress) => say({ billingAddress }),
    updateShippingAddress: (/** @type {Json | null} */ shippingAddress) => say({ shippingAddress }),
    runServerUpdate: async (/** @type {() => Promise<unknown>} */ update) => {
      try {
        await update();
      } catch (error) {
        return { type: "error", error: { message: String(error), code: null } };
      }
      await checkout._refresh();
      return checkout._done();
    },
    validateElements: async () => {
      const { count, faults } = await checkout._elements._validateAll();
      if (count && !faults.length) return checkout._done();
      const [code, message] = count
        ? ["validation_error", faults[0].message]
        : ["no_elements", "There is no mounted Element to validate."];
      return { type: "error", error: { code, message, validation_errors: faults } };
    },
    confirm: (/** @type {Json} */ options) => confirmSession(checkout, options),
  };
}

/**
 * Pay a session with the card of its Payment Element, then on to the return_url.
 * @param {CheckoutElements} checkout
 * @param {Json} [options]
 * @returns {Promise<Json>}
 */
async function confirmSession(checkout, options = {}) {
  const { returnUrl, redirect = "always", email, phoneNumber, billingAddress, shippingAddress, ...others } = options;
  const [other] = Object.keys(others).filter((name) => checkout._mode !== "form" || name !== "formConfirmEvent");
  check(!other, `confirm(): ${other} is not simulated by the sandbox's Stripe.js.`);
  const elements = checkout._elements;
  const payment = checkout._isDue() ? elements._payment("confirm") : undefined;
  const { error: fault } = await elements.submit();
  if (fault) return failed(fault);
  const { billing, shipping } = await elements._payer();
  const given = { email, phoneNumber, billingAddress, shippingAddress };
  /** @type {Json} */
  const payer = {
    ...checkout._payer,
    ...(billing.address ? { billingAddress: billing } : {}),
    ...(shipping ? { shippingAddress: shipping } : {}),
    ...Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)),
  };
  const form = {
    action: "pay",
    email: payer.email,
    phoneNumber: payer.phoneNumber,
    ...fieldsOf("billing", payer.billingAddress),
    ...fieldsOf("shipping", payer.shippingAddress),
  };
  const answer = await send(checkout, form, payment ? elements._framesOfCard(payment) : []);
  const after = await authenticated(checkout, answer);
  checkout._error = after.error;
  await checkout._refresh();
  if (after.error) return failed(after.error);
  const url = returnUrl ?? after.location;
  if (after.status === "complete" && redirect === "always" && url) {
    location.assign(url.replace("{CHECKOUT_SESSION_ID}", checkout._id));
    return new Promise(() => {}); // the page is being left
  }
  return checkout._done();
}

/**
 * Let the cardholder authenticate, if the session waits for that.
 * @param {CheckoutElements} checkout
 * @param {Json} answer
 * @returns {Promise<Json>}
 */
async function authenticated(checkout, answer) {
  if (answer.status !== "open" || !answer.redirected) return answer;
  const controller = checkout._stripe._controller;
  const { result } = await checkout._stripe._challenge({});
  await controller.answerChallenge(answer.location, result);
  return controller.sendForm({ path: pathOf(checkout) });
}

/** @param {CheckoutElements} checkout */
function pathOf(checkout) {
  return String(PAGE.exec(new URL(/** @type {Json} */ (checkout._page).url).pathname)?.[0]);
}

/**
 * @param {CheckoutElements} checkout
 * @param {Json} form
 * @param {string[]} [frames]
 */
function send(checkout, form, frames = []) {
  const given = Object.fromEntries(Object.entries(form).filter(([, value]) => value !== undefined && value !== null));
  return checkout._stripe._controller.sendForm({ path: pathOf(checkout), form: given, frames });
}

/** @param {Json} error */
function failed(error) {
  const { message, decline_code: declineCode = null } = error;
  if (error.type === "card_error")
    return { type: "error", error: { message, code: "paymentFailed", paymentFailed: { declineCode } } };
  return { type: "error", error: { message, code: null } };
}

/**
 * The fields of a session's page for a contact.
 * @param {string} prefix
 * @param {Json | null} [contact]
 * @returns {Json}
 */
function fieldsOf(prefix, contact) {
  if (!contact) return {};
  const address = contact.address ?? {};
  const parts = Object.entries(ADDRESS).map(([part, name]) => [`${prefix}${name}`, address[part]]);
  return Object.fromEntries([[`${prefix}Name`, contact.name], ...parts].filter(([, value]) => value));
}
