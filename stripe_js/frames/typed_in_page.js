/**
 * The card in other frames of the page, which are of this origin, so that the page itself never has it.
 * @param {string[]} names
 * @returns {{error?: StripeError, card: Json, address: Json}}
 */
export function typedCard(names) {
  const parts = names.map((name) => /** @type {any} */ (window.parent)[name]?.typedCard?.());
  const error = parts.find((part) => part?.error)?.error;
  return {
    error,
    card: Object.assign({}, ...parts.map((part) => part?.card)),
    address: Object.assign({}, ...parts.map((part) => part?.address)),
  };
}
