import { addressValue } from "./address_fields.js";
import { CARD, brandTyped } from "./fields.js";

/** @typedef {import("./fields.js").Field} Field */

/**
 * What an element says when it changes. It has nothing of a card's number, date and code.
 * @param {string} kind of element
 * @param {Json} options
 * @param {Field[]} fields
 * @param {Json} values
 * @param {{complete: boolean, error?: StripeError}} state
 * @returns {Json}
 */
export function changeEvent(kind, options, fields, values, { complete, error }) {
  const empty = fields.every((field) => field.choices || values[field.name] === "");
  switch (kind) {
    case "payment":
      return { empty, complete, collapsed: false, value: { type: "card" } };
    case "address":
      return { empty, complete, elementMode: options.mode, isNewAddress: true, value: addressValue(values) };
    case "linkAuthentication":
      return { empty, complete, value: { email: values.email } };
    default:
      return { empty, complete, error, ...ofCard(kind, values) };
  }
}

/**
 * @param {string} kind
 * @param {Json} values
 */
function ofCard(kind, values) {
  const brand = CARD.number in values ? { brand: brandTyped(values[CARD.number]) } : {};
  return kind === "card" ? { ...brand, value: { postalCode: values.postal ?? "" } } : brand;
}
