import { containerOf } from "./container.js";
import { IntegrationError, check } from "./errors.js";

/** @typedef {import("./stripe.js").StripeInstance} StripeInstance */

const ID = /^cs_test_[A-Za-z0-9]+$/;
export const SECRET = /^(cs_test_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+$/;
export const PAGE = /\/c\/pay\/[\w./-]+$/;

/** The name of the frame, by which suites look for it. */
const FRAME = "embedded-checkout";

/**
 * Leave the page for that of a Checkout session.
 * @param {StripeInstance} stripe
 * @param {Json} options
 * @returns {Promise<{error: StripeError}>} if the session is not found; otherwise it stays pending
 */
export async function redirectToCheckout(stripe, options) {
  const { sessionId, ...others } = options ?? {};
  const [other] = Object.keys(others);
  check(
    sessionId && !other,
    `stripe.redirectToCheckout() takes {sessionId}. ${other ?? "Without it, lineItems"} is not simulated: create the ` +
      "Checkout Session on your server.",
  );
  check(ID.test(sessionId), `stripe.redirectToCheckout(): sessionId should be of the form cs_test_….`);
  const { ok, body } = await pageOf(stripe, sessionId);
  if (!ok) return { error: body.error };
  check(
    body.ui_mode === "hosted_page",
    `stripe.redirectToCheckout() takes a Checkout Session with the ui_mode hosted_page. This one has ${body.ui_mode}.`,
  );
  location.assign(body.url);
  return new Promise(() => {}); // the page is being left
}

/**
 * @param {StripeInstance} stripe
 * @param {string} session
 * @param {Json} [params]
 */
export function pageOf(stripe, session, params = {}) {
  return stripe._controller.send({ method: "GET", path: `/v1/payment_pages/${session}`, params });
}

/** Whether the page has an Embedded Checkout, or is about to. Stripe's has one at most. */
let isHeld = false;

/** The page of a Checkout session within the shop's page. */
export class EmbeddedCheckout {
  /**
   * @param {StripeInstance} stripe
   * @param {string} name of the function
   * @param {Json} options
   */
  static async create(stripe, name, options) {
    const { clientSecret, fetchClientSecret, onComplete } = options ?? {};
    check(
      clientSecret || typeof fetchClientSecret === "function",
      `stripe.${name}() requires a clientSecret, or a function fetchClientSecret.`,
    );
    check(!isHeld, "You cannot have multiple Embedded Checkout objects.");
    isHeld = true;
    try {
      const secret = clientSecret ?? (await fetchClientSecret());
      const [, session] = SECRET.exec(String(secret)) ?? [];
      check(session, `stripe.${name}(): the client secret should be of the form cs_test_…_secret_….`);
      const { ok, body } = await pageOf(stripe, session, { client_secret: secret });
      if (!ok) throw new IntegrationError(body.error.message);
      check(
        body.ui_mode === "embedded_page",
        `stripe.${name}() takes a Checkout Session with the ui_mode ` +
          `${name === "initEmbeddedCheckout" ? "embedded" : "embedded_page"}.`,
      );
      return new EmbeddedCheckout(stripe, body, onComplete);
    } catch (error) {
      isHeld = false;
      throw error;
    }
  }

  /**
   * @param {StripeInstance} stripe
   * @param {Json} page
   * @param {() => void} [onComplete]
   */
  constructor(stripe, page, onComplete) {
    this._stripe = stripe;
    this._url = stripe._base + PAGE.exec(new URL(page.url).pathname)?.[0];
    this._leaves = page.redirect_on_completion === "always";
    this._onComplete = onComplete;
    this._isDone = false;
    this._isDestroyed = false;
    /** @type {HTMLIFrameElement | null} */
    this._frame = null;
  }

  /** @param {string | HTMLElement} target */
  mount(target) {
    check(!this._isDestroyed, "This Embedded Checkout has already been destroyed. Please create a new one.");
    const container = containerOf(target);
    this.unmount();
    const frame = document.createElement("iframe");
    Object.assign(frame, { name: FRAME, title: "Checkout", src: this._url, allow: "payment *" });
    Object.assign(frame.style, { border: "0", display: "block", width: "100%", height: "640px", colorScheme: "light" });
    frame.addEventListener("load", () => this._loaded(frame));
    this._frame = frame;
    container.replaceChildren(frame);
  }

  unmount() {
    this._frame?.remove();
    this._frame = null;
  }

  destroy() {
    if (this._isDestroyed) return;
    this.unmount();
    this._isDestroyed = true;
    isHeld = false;
  }

  /**
   * See what the session's page shows now. It is of the sandbox's origin, as the controller is, which can read it.
   * @param {HTMLIFrameElement} frame
   */
  async _loaded(frame) {
    const { status, height, challenge, leadsOn } = await this._stripe._controller.checkoutIn(FRAME);
    if (frame !== this._frame) return;
    if (height) frame.style.height = `${Number(height)}px`;
    if (status === "requires_action") {
      const { result } = await this._stripe._challenge({});
      await this._stripe._controller.answerChallenge(challenge, result);
      if (frame === this._frame) frame.src = this._url;
    } else if (status === "complete" && !this._isDone) {
      this._isDone = true;
      if (this._leaves && leadsOn) location.assign(leadsOn);
      else this._onComplete?.();
    }
  }
}
