import { countries, likelyCountry, usStates } from "./countries.js";
import { asksForPostal, checkPostal, hasState, requiresState } from "./postal.js";

/** @typedef {import("./fields.js").Field} Field */

/**
 * @param {string} text
 * @returns {string | null}
 */
const given = (text) => (text.trim() ? null : "incomplete_address");

/**
 * The country, and the postal code where it is asked for, of the Payment Element.
 * @param {Json} options
 * @param {string} language
 * @returns {Field[]}
 */
export function billingFields({ fields, defaultValues }, language) {
  const wanted = fields?.billingDetails ?? "auto";
  const address = wanted === "never" ? "never" : (wanted.address ?? "auto");
  const hidden = (/** @type {string} */ name) => address === "never" || address[name] === "never";
  const initial = defaultValues?.billingDetails?.address ?? {};
  /** @type {Field} */
  const country = {
    name: "country",
    label: "country",
    autocomplete: "billing country",
    initial: initial.country ?? likelyCountry(),
    choices: () => countries(language),
    check: () => null,
  };
  /** @type {Field} */
  const postalCode = {
    name: "postalCode",
    label: "zip",
    placeholder: "12345",
    autocomplete: "billing postal-code",
    mode: "text",
    initial: initial.postal_code ?? "",
    shown: (values) => asksForPostal(values.country ?? country.initial),
    check: (text, values) => checkPostal(text, values.country ?? country.initial),
  };
  return [...(hidden("country") ? [] : [country]), ...(hidden("postalCode") ? [] : [postalCode])];
}

/**
 * @param {Json} options of the Address Element
 * @param {string} language
 * @returns {Field[]}
 */
export function addressFields(
  { mode, allowedCountries, defaultValues = {}, fields = {}, display = {}, validation },
  language,
) {
  const { address = {} } = defaultValues;
  const section = mode === "shipping" ? "shipping" : "billing";
  const first =
    allowedCountries?.length && !allowedCountries.includes(likelyCountry()) ? allowedCountries[0] : likelyCountry();
  const field = (/** @type {string} */ name, /** @type {Partial<Field>} */ more) => {
    return /** @type {Field} */ ({ name, label: name, mode: "text", check: given, ...more });
  };
  const name = (/** @type {string} */ part, /** @type {string} */ autocomplete) =>
    field(part, {
      autocomplete: `${section} ${autocomplete}`,
      initial: defaultValues[part] ?? "",
      check: (text) => given(text) && "incomplete_name",
    });
  const names =
    fields.name === "never"
      ? []
      : display.name === "split"
        ? [name("firstName", "given-name"), name("lastName", "family-name")]
        : [name("name", "name")];
  const isPhoneRequired = validation?.phone?.required === "always";
  const phone = field("phone", {
    type: "tel",
    autocomplete: `${section} tel`,
    initial: defaultValues.phone ?? "",
    optional: !isPhoneRequired,
    check: isPhoneRequired ? given : () => null,
  });
  return [
    ...names,
    field("country", {
      autocomplete: `${section} country`,
      initial: address.country ?? first,
      choices: () => countries(language, allowedCountries?.length ? allowedCountries : null),
    }),
    field("addressLine1", {
      label: "line1",
      autocomplete: `${section} address-line1`,
      initial: address.line1 ?? "",
    }),
    field("addressLine2", {
      label: "line2",
      autocomplete: `${section} address-line2`,
      initial: address.line2 ?? "",
      optional: true,
      check: () => null,
    }),
    field("locality", { label: "city", autocomplete: `${section} address-level2`, initial: address.city ?? "" }),
    field("administrativeArea", {
      label: "state",
      autocomplete: `${section} address-level1`,
      initial: address.state ?? "",
      shown: (values) => hasState(values.country),
      choices: (values) => (values.country === "US" ? usStates() : null),
      check: (text, values) => (requiresState(values.country) ? given(text) : null),
    }),
    field("postalCode", {
      autocomplete: `${section} postal-code`,
      initial: address.postal_code ?? "",
      check: (text, values) => checkPostal(text, values.country),
    }),
    ...(fields.phone === "always" ? [phone] : []),
  ];
}

/**
 * The value of an Address Element.
 * @param {Json} values by the names of the fields
 */
export function addressValue(values) {
  const { firstName, lastName, phone } = values;
  const split = firstName === undefined ? {} : { firstName, lastName };
  return {
    name: values.name ?? [firstName, lastName].filter(Boolean).join(" "),
    ...split,
    ...(phone === undefined ? {} : { phone }),
    address: {
      line1: values.addressLine1,
      line2: values.addressLine2 || null,
      city: values.locality,
      state: values.administrativeArea ?? "",
      postal_code: values.postalCode,
      country: values.country,
    },
  };
}

/**
 * @param {Json} options of the Link Authentication Element
 * @returns {Field[]}
 */
export function emailFields({ defaultValues }) {
  return [
    {
      name: "email",
      label: "email",
      type: "email",
      mode: "email",
      autocomplete: "email",
      initial: defaultValues?.email ?? "",
      check: (text) => (/^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(text.trim()) ? null : "incomplete_email"),
    },
  ];
}
