/** Postal codes by country, for those whose form is known. Elsewhere anything is taken, and nothing too. Pure. */

/** @type {Record<string, RegExp>} */
const FORMS = {
  AT: /^\d{4}$/,
  AU: /^\d{4}$/,
  BE: /^\d{4}$/,
  CA: /^[A-Z]\d[A-Z] ?\d[A-Z]\d$/i,
  CH: /^\d{4}$/,
  DE: /^\d{5}$/,
  ES: /^\d{5}$/,
  FR: /^\d{5}$/,
  GB: /^[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}$/i,
  IT: /^\d{5}$/,
  JP: /^\d{3}-?\d{4}$/,
  NL: /^\d{4} ?[A-Z]{2}$/i,
  US: /^\d{5}(-?\d{4})?$/,
};

/** Where the Payment Element asks for a postal code, since banks check it. */
const ASKED = ["CA", "GB", "US"];

/** Where an address has a state. It is required where `REQUIRED` says so. */
const WITH_STATE = ["AU", "BR", "CA", "CN", "ES", "IN", "IT", "JP", "MX", "US"];
const REQUIRED = ["AU", "CA", "US"];

/** @param {string} country */
export function asksForPostal(country) {
  return ASKED.includes(country);
}

/** @param {string} country */
export function hasState(country) {
  return WITH_STATE.includes(country);
}

/** @param {string} country */
export function requiresState(country) {
  return REQUIRED.includes(country);
}

/**
 * @param {string} text
 * @param {string} country
 * @returns {string | null}
 */
export function checkPostal(text, country) {
  const form = FORMS[country];
  return !form || form.test(text.trim()) ? null : "incomplete_zip";
}

/**
 * The postal code of a Card Element, which does not know the country.
 * @param {string} text
 * @returns {string | null}
 */
export function checkAnyPostal(text) {
  return text.trim().length >= 3 ? null : "incomplete_zip";
}
