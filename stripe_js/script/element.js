import { containerOf } from "./container.js";
import { plain } from "./controller.js";
import { checkEvent } from "./arguments.js";
import { ELEMENT_TYPES, NO_WALLET } from "./element_types.js";
import { IntegrationError, check } from "./errors.js";
import { Events } from "./events.js";
import { Frame } from "./frame.js";

/**
 * The classes of an element's container, by its state. Options can name others.
 * @type {Record<string, string>}
 */
const CLASSES = {
  base: "StripeElement",
  complete: "StripeElement--complete",
  empty: "StripeElement--empty",
  focus: "StripeElement--focus",
  invalid: "StripeElement--invalid",
  webkitAutofill: "StripeElement--webkit-autofill",
};

/** One element of a page: its frame, what was last said about its fields, and its handlers. */
export class StripeElement extends Events {
  /**
   * @param {import("./elements.js").Elements} group
   * @param {string} type
   * @param {Json} options
   */
  constructor(group, type, options) {
    super();
    this._group = group;
    this._type = type;
    this._options = { ...options };
    /** @type {Frame | null} */
    this._frame = null;
    /** @type {HTMLElement | null} */
    this._container = null;
    this._destroyed = false;
    this._isReady = false;
    /** @type {Json} */
    this._state = { empty: true, complete: false, focused: false };
  }

  /** @param {string | HTMLElement} target */
  mount(target) {
    this._check();
    const found = containerOf(target);
    if (this._container === found) return this;
    this.unmount();
    this._container = found;
    const { title, page, loads } = ELEMENT_TYPES[this._type];
    if (ELEMENT_TYPES[this._type] === NO_WALLET) {
      setTimeout(() => this.emit("ready", { elementType: this._type, availablePaymentMethods: undefined }));
      return this;
    }
    const frame = new Frame(this._group._stripe._base, page, { title }, (type, data) => this._hear(type, data));
    Object.assign(frame.element.style, { width: "100%", minWidth: "100%", height: loads ? "1px" : "1.2em" });
    frame.element.setAttribute("scrolling", "no");
    this._frame = frame;
    const wrapper = document.createElement("div");
    wrapper.className = "__PrivateStripeElement";
    wrapper.append(frame.element);
    found.replaceChildren(wrapper);
    this._show();
    this._listenToLabels(found);
    frame.greet(this._settings());
    if (loads) setTimeout(() => this.emit("loaderstart", { elementType: this._type }));
    return this;
  }

  unmount() {
    this._frame?.remove();
    this._container?.replaceChildren();
    this._container?.classList.remove(...this._classes(true));
    this._frame = this._container = null;
    this._isReady = false;
    this._state = { empty: true, complete: false, focused: false };
    return this;
  }

  destroy() {
    this._check();
    this.unmount();
    this._destroyed = true;
    this._group._forget(this);
    return this;
  }

  /** @param {Json} options */
  update(options = {}) {
    this._check();
    if (Object.keys(options).length) this._group._stripe._controller.say(`update() ${this._type}`, options);
    Object.assign(this._options, options);
    this._frame?.greet(this._settings());
    this._frame?.post("update", this._settings());
    return this;
  }

  focus() {
    return this._do("focus");
  }

  blur() {
    return this._do("blur");
  }

  clear() {
    return this._do("clear");
  }

  collapse() {
    check(this._type === "payment", `collapse() is not a method of the ${this._type} Element.`);
    return this._do("blur");
  }

  /** The address, or the values of a Checkout form, as typed. */
  async getValue() {
    const isForm = this._type === "checkoutForm";
    check(isForm || this._type === "address", `getValue() is not a method of the ${this._type} Element.`);
    check(this._frame, "Please make sure the Element is mounted before calling getValue().");
    const { change, complete, value } = await this._frame.ask("value");
    return isForm ? change : { complete, isNewAddress: true, value };
  }

  async setView() {
    throw new IntegrationError("setView() is not simulated by the sandbox's Stripe.js: a Checkout form has one view.");
  }

  /**
   * Show what is missing.
   * @returns {Promise<StripeError | undefined>}
   */
  async _validate() {
    return this._frame ? (await this._frame.ask("validate")).error : undefined;
  }

  /** @param {string} action */
  _do(action) {
    this._check();
    this._frame?.post(action);
    return this;
  }

  /** @param {string} event */
  _checkEvent(event) {
    checkEvent(`${this._type}Element`, ARGUMENTS.events[this._type], event);
  }

  _check() {
    check(!this._destroyed, "This Element has already been destroyed. Please create a new one.");
  }

  _settings() {
    const { locale, appearance } = this._group._settings();
    const options = plain(this._options);
    if (this._type === "payment" && this._group.getElement("address", { mode: "billing" })) {
      options.fields = { billingDetails: { address: "never" } }; // the Address Element asks for it
    }
    const saved = this._type === "payment" ? this._group._saved : undefined;
    return { kind: this._type, train: TRAIN.name, locale, appearance, options, saved };
  }

  /**
   * @param {string} type
   * @param {Json} data
   */
  _hear(type, data) {
    const elementType = this._type;
    if (type === "height" && this._frame) this._frame.element.style.height = `${Number(data.px)}px`;
    else if (type === "ready") {
      this._isReady = true;
      this._group._loaded(this).then((error) => {
        if (error && !this.handlers.get("loaderror")?.length)
          console.error(`Unhandled ${elementType} Element loaderror`, { error });
        this.emit(...loadedEvent(elementType, error));
      });
    } else if (type === "change") {
      this._state = { ...this._state, ...data.change };
      this._show();
      this.emit("change", { elementType, ...data.change });
    } else if (type === "focus" || type === "blur") {
      this._state.focused = type === "focus";
      this._show();
      this.emit(type, { elementType });
    } else if (type === "remove") this._group._remove(this, data.removed);
    else if (type === "confirm") this.emit(type, data.confirm);
    else if (type === "escape") this.emit(type, { elementType });
    else if (type === "submit") this._container?.closest("form")?.requestSubmit();
  }

  /** @param {boolean} [all] */
  _classes(all = false) {
    const names = { ...CLASSES, ...this._options.classes };
    const { empty, complete, error, focused } = this._state;
    /** @type {Record<string, boolean>} */
    const held = { base: true, empty, complete, focus: focused, invalid: error !== undefined };
    const chosen = Object.entries(names).filter(([name]) => all || held[name]);
    return chosen.flatMap(([, value]) => String(value).split(" ")).filter((name) => name !== "");
  }

  _show() {
    this._container?.classList.remove(...this._classes(true));
    if (this._frame) this._container?.classList.add(...this._classes());
  }

  /** @param {HTMLElement} container */
  _listenToLabels(container) {
    for (const label of container.id ? document.querySelectorAll("label") : []) {
      if (label.htmlFor === container.id) label.addEventListener("click", () => this._frame?.post("focus"));
    }
  }
}

/**
 * @param {string} elementType
 * @param {StripeError | undefined} error
 * @returns {[string, Json]}
 */
function loadedEvent(elementType, error) {
  return error ? ["loaderror", { elementType, error }] : ["ready", { elementType }];
}

/** @param {unknown} value */
export function isElement(value) {
  return value instanceof StripeElement;
}

/**
 * The card element that a page means, or an error that says what it passed.
 * @param {unknown} value
 * @returns {StripeElement}
 */
export function cardElement(value) {
  if (value instanceof StripeElement && ["card", "cardNumber", "cardCvc"].includes(value._type) && value._frame)
    return value;
  throw new IntegrationError(
    "We could not retrieve data from the specified Element. Please make sure that the Element you use is " +
      "still mounted, and that it is a card or cardNumber Element.",
  );
}
