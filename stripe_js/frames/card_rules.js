/**
 * What is typed of a card: how it is written, and what is wrong with it, in Stripe's codes. Pure.
 *
 * A code that begins with `incomplete_` is no fault while the cardholder is still typing.
 */

/** The fewest digits at which a brand's number is taken as typed in full, though shorter ones exist. */
const FULL = 14;

/** A date further away than this many years is a slip of the finger. */
const MAX_YEARS = 50;

/** @param {string} text */
export function digitsOf(text) {
  return text.replace(/\D/g, "");
}

/**
 * @param {string} number its digits, or the first of them
 * @param {typeof CARDS} cards
 * @returns {string} as Stripe names it; maestro, which Stripe does not tell, is unknown
 */
export function brandOf(number, cards) {
  const found = cards.ranges.find(([first, last]) => {
    const start = number.slice(0, first.length);
    return start.length === first.length && first <= start && start <= last;
  });
  return found && found[2] !== "maestro" ? found[2] : "unknown";
}

/** @param {string} number */
export function luhnOk(number) {
  const sum = [...number].reverse().reduce((total, digit, place) => {
    const value = Number(digit) * (place % 2 ? 2 : 1);
    return total + (value > 9 ? value - 9 : value);
  }, 0);
  return sum % 10 === 0;
}

/**
 * The digits in the groups that are printed on cards.
 * @param {string} text
 * @param {typeof CARDS} cards
 */
export function writeNumber(text, cards) {
  const number = digitsOf(text);
  const brand = brandOf(number, cards);
  const most = Math.max(...cards.formats[brand].lengths.filter((length) => length <= 16 || brand === "unionpay"));
  const groups = brand === "amex" || (brand === "diners" && number.length <= FULL) ? /^(.{4})(.{1,6})?(.+)?$/ : null;
  const kept = number.slice(0, most);
  const parts = groups ? (groups.exec(kept) ?? [kept, kept]).slice(1) : (kept.match(/.{1,4}/g) ?? []);
  return parts.filter(Boolean).join(" ");
}

/**
 * @param {string} text
 * @param {typeof CARDS} cards
 * @returns {string | null} the code of what is wrong
 */
export function checkNumber(text, cards) {
  const number = digitsOf(text);
  const { lengths } = cards.formats[brandOf(number, cards)];
  if (lengths.includes(number.length) && luhnOk(number)) return null;
  return number.length >= Math.min(16, Math.max(...lengths)) ? "invalid_number" : "incomplete_number";
}

/**
 * `MM / YY`, while it is typed and afterwards.
 * @param {string} text
 * @param {boolean} deleting the last change removed something
 */
export function writeExpiry(text, deleting) {
  const [first = "", rest] = text.split("/");
  const digits = digitsOf(text);
  let month = rest === undefined ? digits.slice(0, 2) : digitsOf(first).slice(0, 2);
  if (month.length === 1 && (month > "1" || rest !== undefined)) month = `0${month}`;
  const year = rest === undefined ? digits.slice(digits[0] > "1" ? 1 : 2) : digitsOf(rest);
  if (rest === undefined && digits[0] > "1") month = `0${digits[0]}`;
  const shown = year.length >= 4 ? year.slice(2, 4) : year.length === 3 ? year : year.slice(0, 2);
  if (month.length < 2) return month;
  if (!shown && (deleting || rest !== undefined)) return deleting ? month : `${month} / `;
  return `${month} / ${shown}`;
}

/**
 * @param {string} text
 * @returns {{month: number, year: number} | null} null unless both are there in full
 */
export function expiryOf(text) {
  const match = /^(\d{2}) \/ (\d{2})$/.exec(text);
  return match && { month: Number(match[1]), year: 2000 + Number(match[2]) };
}

/**
 * @param {string} text
 * @param {Date} now
 * @returns {string | null}
 */
export function checkExpiry(text, now) {
  const month = Number(text.slice(0, 2));
  if (text.length >= 2 && (month < 1 || month > 12)) return "invalid_expiry_month";
  const expiry = expiryOf(text);
  if (!expiry) return "incomplete_expiry";
  const thisYear = now.getFullYear();
  if (expiry.year < thisYear) return "invalid_expiry_year_past";
  if (expiry.year === thisYear && expiry.month < now.getMonth() + 1) return "invalid_expiry_month_past";
  return expiry.year > thisYear + MAX_YEARS ? "invalid_expiry_year" : null;
}

/**
 * @param {string} text
 * @param {string} brand `unknown` takes three digits or four
 * @param {typeof CARDS} cards
 * @returns {string | null}
 */
export function checkCvc(text, brand, cards) {
  return text.length >= cards.formats[brand].cvc ? null : "incomplete_cvc";
}

/**
 * @param {string} text
 * @param {string} brand
 * @param {typeof CARDS} cards
 */
export function writeCvc(text, brand, cards) {
  return digitsOf(text).slice(0, brand === "unknown" ? 4 : cards.formats[brand].cvc);
}
