import { IntegrationError } from "./errors.js";
import { filled } from "./sentence.js";

/**
 * Refuse with a sentence of `arguments.json`.
 * @param {string} name
 * @param {Json} [values]
 * @returns {never}
 */
export function refuse(name, values = {}) {
  throw new IntegrationError(filled(ARGUMENTS.sentences[name], values));
}

/**
 * Refuse what elements() or elements.update() cannot work with.
 * @param {string} call
 * @param {Json} given
 */
export function checkElements(call, given) {
  const wrong = wrongWith(ARGUMENTS, call, given);
  if (wrong) refuse(wrong[0], wrong[1]);
}

/**
 * Refuse an event that no element has. One of other elements is taken, as older versions of Stripe's React components
 * add a handler for each.
 * @param {string} call
 * @param {string | undefined} own the events of the element, or undefined if it is not in the table
 * @param {string} event
 */
export function checkEvent(call, own, event) {
  const known = Object.values(ARGUMENTS.events).join(", ").split(", ");
  if (own && !known.includes(event)) refuse("event", { call, values: own, given: event });
}

/**
 * What is wrong with the options of elements(): the name of the sentence and its values, or null. Pure.
 * @param {Arguments} table
 * @param {string} call
 * @param {Json} given
 * @returns {[string, Json] | null}
 */
export function wrongWith(table, call, given) {
  for (const { name, values, check } of table.elements) {
    const value = given[name];
    if (value === undefined || value === null) continue;
    const wrong = { call, name, given: String(value) };
    if (values && !values.includes(value)) return ["value", { ...wrong, values: values.join(", ") }];
    if (check && !CHECKS[check](value, given)) {
      const strings = check === "currency" ? Intl.supportedValuesOf("currency").join(", ").toLowerCase() : "";
      return [check === "currency" ? "value" : check, { ...wrong, values: strings }];
    }
  }
  if (call !== "elements()") return null;
  const { clientSecret, mode } = given;
  if (clientSecret && mode) return ["both", {}];
  const required = mode === "payment" || mode === "subscription" ? ["amount", "currency"] : [];
  const missing = required.find((name) => given[name] === undefined || given[name] === null);
  return missing ? ["required", { name: missing, mode }] : null;
}

/** @type {Record<string, (value: any, given: Json) => boolean>} */
const CHECKS = {
  amount: (value, { mode }) => Number.isInteger(value) && value >= (mode === "payment" ? 1 : 0),
  currency: (value) => /^[a-z]{3}$/.test(value) && Intl.supportedValuesOf("currency").includes(value.toUpperCase()),
  secret: (value) => /^(pi|seti)_[A-Za-z0-9]+_secret_[A-Za-z0-9]+$/.test(value),
  session: (value) => /^cuss_secret_[A-Za-z0-9]+$/.test(value),
};

/**
 * The data that a Payment Element does not collect, since its `fields` say "never", and that the page does not pass.
 * Pure.
 * @param {any} wanted `fields.billingDetails`
 * @param {Json} passed billing details
 * @returns {{name: string, missing: string} | null} the option after `fields.billing_details`, and what is missing
 */
export function neverPassed(wanted, passed) {
  for (const part of ["name", "email", "phone", "address"]) {
    const rule = wanted === "never" ? wanted : wanted?.[part];
    if (rule === "never" && passed[part] === undefined)
      return { name: wanted === "never" ? "" : `.${part}`, missing: part };
    for (const [name, each] of typeof rule === "object" ? Object.entries(rule ?? {}) : []) {
      const parameter = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
      if (each === "never" && passed.address?.[parameter] === undefined)
        return { name: `.address.${parameter}`, missing: `address.${parameter}` };
    }
  }
  return null;
}
