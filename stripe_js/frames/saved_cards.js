import { textOf } from "./messages.js";

/**
 * What a customer session lets a Payment Element do (`/v1/elements/sessions`): the cards to choose from, and whether one
 * may be removed and a new one saved.
 * @typedef {{cards: Json[], remove: boolean, save: boolean}} Saved
 */

/**
 * The list of saved cards above the fields, of which one is chosen, or a new card. Without saved cards, there is none.
 * @param {Saved} saved
 * @param {string | null} chosen the ID of a card, or null for a new one
 * @param {string | undefined} locale
 * @returns {HTMLElement[]}
 */
export function listOfCards({ cards, remove }, chosen, locale) {
  if (!cards.length) return [];
  const list = document.createElement("fieldset");
  list.className = "SavedCards";
  const legend = document.createElement("legend");
  Object.assign(legend, { className: "Label", textContent: textOf(locale, "savedCards") });
  const rows = cards.map(({ id, card }) => {
    const month = `${String(card.exp_month).padStart(2, "0")} / ${String(card.exp_year).slice(-2)}`;
    const row = choice(id, `${nameOf(card)} •••• ${card.last4}  ${month}`, id === chosen);
    if (remove) row.append(removal(id, `${textOf(locale, "remove")} •••• ${card.last4}`, textOf(locale, "remove")));
    return row;
  });
  list.append(legend, ...rows, choice("", textOf(locale, "newCard"), chosen === null));
  return [list];
}

/**
 * The box by which a payer saves a new card.
 * @param {string | undefined} locale
 */
export function saveBox(locale) {
  const label = document.createElement("label");
  label.className = "Field SavedCards-save";
  const box = document.createElement("input");
  Object.assign(box, { type: "checkbox", name: "savePaymentMethod" });
  label.append(box, ` ${textOf(locale, "saveForLater")}`);
  return label;
}

/** @param {Json} card */
function nameOf({ display_brand, brand }) {
  const name = String(display_brand ?? brand);
  return name === "amex" ? "American Express" : name[0].toUpperCase() + name.slice(1);
}

/**
 * @param {string} value
 * @param {string} text
 * @param {boolean} checked
 */
function choice(value, text, checked) {
  const row = document.createElement("div");
  row.className = "SavedCards-row";
  const label = document.createElement("label");
  const radio = document.createElement("input");
  Object.assign(radio, { type: "radio", name: "savedPaymentMethod", value, checked });
  label.append(radio, ` ${text}`);
  row.append(label);
  return row;
}

/**
 * @param {string} id
 * @param {string} name
 * @param {string} text
 */
function removal(id, name, text) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "SavedCards-remove", textContent: text });
  button.setAttribute("aria-label", name);
  button.dataset.remove = id;
  return button;
}
