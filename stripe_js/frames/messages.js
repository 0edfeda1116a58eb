import { DE } from "./texts/de.js";
import { EN } from "./texts/en.js";
import { ES } from "./texts/es.js";
import { FR } from "./texts/fr.js";
import { IT } from "./texts/it.js";
import { JA } from "./texts/ja.js";

/**
 * Every text of the frames, by language. The names of errors are Stripe's codes; of the others, those of fields.
 * @type {Record<string, Record<string, string>>}
 */
const TEXTS = { en: EN, de: DE, fr: FR, es: ES, it: IT, ja: JA };

/**
 * The language for a locale of Stripe's. `auto` is the browser's, and one that is not here is English.
 * @param {string | undefined} locale
 */
export function languageOf(locale) {
  const wanted = !locale || locale === "auto" ? navigator.language : locale;
  const language = wanted.split("-")[0];
  return Object.hasOwn(TEXTS, language) ? language : "en";
}

/**
 * @param {string | undefined} locale
 * @param {string} name
 */
export function textOf(locale, name) {
  return TEXTS[languageOf(locale)][name];
}
