import {
  brandOf,
  checkCvc,
  checkExpiry,
  checkNumber,
  digitsOf,
  writeCvc,
  writeExpiry,
  writeNumber,
} from "./card_rules.js";
import { checkAnyPostal } from "./postal.js";

/**
 * A field of a frame. `label` and `placeholder` are names of texts, or the text itself. `check` returns the code of
 * what is wrong; `write` the text as it is shown while somebody types.
 * @typedef {{
 *   name: string, label: string, placeholder?: string, autocomplete?: string, mode?: string, stable?: string,
 *   type?: string, initial?: string, advances?: boolean, optional?: boolean,
 *   choices?: (values: Json) => [string, string][] | null,
 *   shown?: (values: Json) => boolean,
 *   write?: (text: string, values: Json, deleting: boolean) => string,
 *   check: (text: string, values: Json) => string | null,
 * }} Field
 */

/**
 * The three fields of a card, under the names that suites know.
 * @param {{number: string, expiry: string, cvc: string}} names
 * @returns {Record<"number" | "expiry" | "cvc", Field>}
 */
function cardFields(names) {
  const brand = (/** @type {Json} */ values) => (names.number in values ? brandTyped(values[names.number]) : "unknown");
  return {
    number: {
      name: names.number,
      label: "number",
      placeholder: "1234 1234 1234 1234",
      autocomplete: "cc-number",
      stable: "cardNumber",
      write: (text) => writeNumber(text, CARDS),
      check: (text) => checkNumber(text, CARDS),
    },
    expiry: {
      name: names.expiry,
      label: "expiry",
      placeholder: "mmYy",
      autocomplete: "cc-exp",
      stable: "cardExpiry",
      write: (text, _, deleting) => writeExpiry(text, deleting),
      check: (text) => checkExpiry(text, new Date()),
    },
    cvc: {
      name: names.cvc,
      label: "cvc",
      placeholder: "CVC",
      autocomplete: "cc-csc",
      stable: "cardCvc",
      write: (text, values) => writeCvc(text, brand(values), CARDS),
      check: (text, values) => checkCvc(text, brand(values), CARDS),
    },
  };
}

/** The names of a card's fields in the Payment Element. */
export const PAYMENT = { number: "number", expiry: "expiry", cvc: "cvc" };

/** The names of a card's fields in the Card Element and in its parts. */
export const CARD = { number: "cardnumber", expiry: "exp-date", cvc: "cvc" };

/** @returns {Field[]} */
export function paymentFields() {
  return Object.values(cardFields(PAYMENT));
}

/**
 * @param {Json} options of the Card Element
 * @returns {Field[]}
 */
export function cardElementFields(options) {
  const { number, expiry, cvc } = cardFields(CARD);
  /** @type {Field} */
  const postal = {
    name: "postal",
    label: "zip",
    placeholder: "ZIP",
    autocomplete: "postal-code",
    stable: "postalCode",
    mode: "text",
    initial: options.value?.postalCode ?? "",
    check: checkAnyPostal,
  };
  const all = [{ ...number, placeholder: "number" }, expiry, cvc, ...(options.hidePostalCode ? [] : [postal])];
  return all.map((field) => ({ ...field, advances: true }));
}

/**
 * One part of a card, in a frame of its own.
 * @param {"number" | "expiry" | "cvc"} part
 * @param {Json} options
 * @returns {Field[]}
 */
export function partOfCard(part, options) {
  const field = cardFields(CARD)[part];
  return [{ ...field, placeholder: options.placeholder ?? field.placeholder }];
}

/** @param {string} number as typed */
export function brandTyped(number) {
  return brandOf(digitsOf(number), CARDS);
}
