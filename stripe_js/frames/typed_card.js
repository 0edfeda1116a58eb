import { digitsOf, expiryOf } from "./card_rules.js";
import { CARD, PAYMENT } from "./fields.js";
import { textOf } from "./messages.js";

/**
 * The parameters of a card and of its payer's address, from what was typed.
 * @param {Json} values by the names of the fields
 * @returns {{card: Json, address: Json}}
 */
export function cardOf(values) {
  const number = numberOf(values);
  const expiry = expiryOf(values[PAYMENT.expiry] ?? values[CARD.expiry] ?? "");
  const card = {
    ...(number === undefined ? {} : { number }),
    ...(expiry ? { exp_month: expiry.month, exp_year: expiry.year } : {}),
    ...(values.cvc === undefined ? {} : { cvc: values.cvc }),
  };
  const address = { postal_code: values.postalCode || values.postal || undefined, country: values.country };
  return { card, address: Object.fromEntries(Object.entries(address).filter(([, value]) => value !== undefined)) };
}

/**
 * The error of a card that no one publishes for tests, which is never sent. It is that of Stripe's test mode.
 * @param {Json} values
 * @param {string} [locale]
 * @returns {StripeError | undefined}
 */
export function liveCard(values, locale) {
  const number = numberOf(values);
  if (number === undefined || CARDS.tests.includes(number)) return undefined;
  const message = textOf(locale, "test_mode_live_card");
  return { type: "card_error", code: "card_declined", decline_code: "test_mode_live_card", message };
}

/**
 * @param {Json} values
 * @returns {string | undefined}
 */
function numberOf(values) {
  const typed = values[PAYMENT.number] ?? values[CARD.number];
  return typed === undefined ? undefined : digitsOf(typed);
}
