import { check } from "./errors.js";

/**
 * The place of the page that something is mounted in.
 * @param {string | HTMLElement} target a selector, or the place itself
 * @returns {HTMLElement}
 */
export function containerOf(target) {
  const found = typeof target === "string" ? document.querySelector(target) : target;
  check(
    found instanceof HTMLElement,
    `The selector you specified (${target}) applies to no DOM elements that are currently on the page. ` +
      "Make sure the element exists on the page before calling mount().",
  );
  return found;
}
