import { addressValue } from "./address_fields.js";
import { CARD, brandTyped } from "./fields.js";

/** @typedef {import("./fields.js").Field} Field */

/**
 * What an element says when it changes. It has nothing of a card's number, date and code.
 * @param {string} kind of element
 * @param {Json} options
 * @param {Field[]} fields
 * @param {Json} values
 * @param {{complete: boolean, error?: StripeError, method?: Json, savePaymentMethod?: boolean}} state of a Payment
 * Element, with the saved payment method that is chosen, or whether a new one is to be saved
 * @returns {Json}
 */
export function changeEvent(kind, options, fields, values, { complete, error, method, savePaymentMethod }) {
  const empty = !method && fields.every((field) => field.choices || values[field.name] === "");
  switch (kind) {
    case "payment":
      return {
        empty,
        complete,
        collapsed: false,
        value: {
          type: "card",
          ...(method ? { payment_method: { ...method, object: undefined } } : {}),
          ...(savePaymentMethod === undefined ? {} : { savePaymentMethod }),
        },
      };
    case "checkoutForm":
      return { empty, complete, ...ofForm(options, fields, values) };
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

/**
 * The values of a Checkout form, and which of its parts are done.
 * @param {Json} options
 * @param {Field[]} fields
 * @param {Json} values
 */
function ofForm({ session }, fields, values) {
  const status = (/** @type {Field[]} */ part) => ({
    complete: part.every((field) => field.check(values[field.name], values) === null),
    empty: part.every((field) => field.choices || values[field.name] === ""),
  });
  const email = fields.filter((field) => field.name === "email");
  const card = fields.filter((field) => field.name !== "email" && (!field.shown || field.shown(values)));
  const address = { country: values.country, postal_code: values.postalCode };
  const payment = { collapsed: false, type: "card", country: values.country ?? null, billingDetails: { address } };
  return {
    value: { customerDetails: { email: session?.email ?? values.email }, ...(card.length ? { payment } : {}) },
    status: { customerDetails: status(email), ...(card.length ? { payment: status(card) } : {}) },
  };
}
