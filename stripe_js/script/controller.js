import { Frame } from "./frame.js";

/** The hidden frame that sends the API calls of one key. It is of the sandbox's origin, so it needs no CORS. */
export class Controller {
  /**
   * @param {string} base
   * @param {{key: string, apiVersion?: string, stripeAccount?: string, locale: string}} settings
   */
  constructor(base, settings) {
    this.frame = new Frame(base, "controller", { prefix: "__privateStripeController", hidden: true }, () => {});
    this.settings = settings;
    whenBody(() => this.frame.attach());
  }

  /**
   * @param {ApiCall} call
   * @returns {Promise<Answer>}
   */
  send(call) {
    whenBody(() => this.frame.attach());
    return this.frame.ask("call", { call: plain(call), settings: this.settings });
  }

  /**
   * Let the frame's console say what it does not recognize in the options of a call, as Stripe.js does.
   * @param {string} call
   * @param {Json} options
   */
  say(call, options) {
    this.frame.post("said", { train: TRAIN.name, call, options: plain(options) });
  }

  /**
   * Answer a 3-D Secure challenge as the cardholder. It need not succeed: the intent says what became of it.
   * @param {string} url the challenge's page
   * @param {"succeeded" | "failed"} result
   * @returns {Promise<void>}
   */
  answerChallenge(url, result) {
    return this.frame.ask("challenge", { url, result, settings: this.settings });
  }

  /**
   * Send the form of a Checkout session's page, with the card that was typed into frames of the page. Without a form,
   * what became of the session is read.
   * @param {{path: string, form?: Json, frames?: string[]}} form
   * @returns {Promise<Json>} the session's state, or an `error`
   */
  async sendForm(form) {
    whenBody(() => this.frame.attach());
    const answer = await this.frame.ask("form", { form: plain(form), settings: this.settings });
    return answer.body ?? answer;
  }

  /**
   * Read what a Checkout session's page shows, in a frame beside the controller.
   * @param {string} name of the frame
   * @returns {Promise<Json>} `status`, `height` in pixels, and where it leads: `challenge` or `leadsOn`
   */
  checkoutIn(name) {
    whenBody(() => this.frame.attach());
    return this.frame.ask("checkout", { name, settings: this.settings });
  }
}

/**
 * What a message can carry: no functions, which a page may have in its options.
 * @template {object} T
 * @param {T} value
 * @returns {T}
 */
export function plain(value) {
  return JSON.parse(JSON.stringify(value));
}

/** @param {() => void} then */
export function whenBody(then) {
  if (document.body) then();
  else document.addEventListener("DOMContentLoaded", then, { once: true });
}
