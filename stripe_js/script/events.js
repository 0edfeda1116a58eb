import { check } from "./errors.js";

/** Handlers by event, as Stripe's elements have them. */
export class Events {
  constructor() {
    /** @type {Map<string, {handler: Function, once: boolean}[]>} */
    this.handlers = new Map();
  }

  /**
   * @param {string} event
   * @param {Function} handler
   */
  on(event, handler) {
    return this.add(event, handler, false);
  }

  /**
   * @param {string} event
   * @param {Function} handler
   */
  once(event, handler) {
    return this.add(event, handler, true);
  }

  /**
   * Remove a handler, or all of an event.
   * @param {string} event
   * @param {Function} [handler]
   */
  off(event, handler) {
    const left = (this.handlers.get(event) ?? []).filter((each) => handler && each.handler !== handler);
    this.handlers.set(event, left);
    return this;
  }

  /**
   * @param {string} event
   * @param {Json} [payload]
   */
  emit(event, payload) {
    for (const { handler, once } of [...(this.handlers.get(event) ?? [])]) {
      if (once) this.off(event, handler);
      handler(payload);
    }
  }

  /**
   * Refuse an event that there is not.
   * @param {string} _event
   */
  _checkEvent(_event) {}

  /**
   * @param {string} event
   * @param {Function} handler
   * @param {boolean} once
   */
  add(event, handler, once) {
    this._checkEvent(event);
    check(
      typeof event === "string" && typeof handler === "function",
      "on() takes the name of an event and a function.",
    );
    this.handlers.set(event, [...(this.handlers.get(event) ?? []), { handler, once }]);
    return this;
  }
}
