import { addressFields, billingFields, emailFields } from "./address_fields.js";
import { cardElementFields, partOfCard, paymentFields } from "./fields.js";
import { languageOf } from "./messages.js";

/**
 * The fields of each kind of element.
 * @param {Json} settings of the element
 * @returns {import("./fields.js").Field[]}
 */
export function fieldsOf({ kind, options, locale }) {
  const language = languageOf(locale);
  switch (kind) {
    case "payment":
      return [...paymentFields(), ...billingFields(options, language)];
    case "card":
      return cardElementFields(options);
    case "cardNumber":
      return partOfCard("number", options);
    case "cardExpiry":
      return partOfCard("expiry", options);
    case "cardCvc":
      return partOfCard("cvc", options);
    case "address":
      return addressFields(options, language);
    case "checkoutForm":
      return formFields(options, language);
    case "currencySelector":
      return currencyFields(options, language);
    default:
      return emailFields(options);
  }
}

/**
 * The fields of a Checkout form: what the session does not know yet.
 * @param {Json} options
 * @param {string} language
 * @returns {import("./fields.js").Field[]}
 */
function formFields({ email, session }, language) {
  const card = session?.isDue === false ? [] : [...paymentFields(), ...billingFields({}, language)];
  return [...(session?.email ? [] : emailFields({ defaultValues: { email } })), ...card];
}

/**
 * @param {Json} options
 * @param {string} language
 * @returns {import("./fields.js").Field[]}
 */
function currencyFields({ session }, language) {
  const code = String(session?.currency ?? "").toUpperCase();
  const name = code && new Intl.DisplayNames(language, { type: "currency" }).of(code);
  return [
    {
      name: "currency",
      label: "currency",
      initial: code.toLowerCase(),
      choices: () => (code ? [[code.toLowerCase(), `${code} – ${name}`]] : []),
      check: () => null,
    },
  ];
}
