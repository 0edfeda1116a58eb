import { addressValue } from "./address_fields.js";
import { applyStyle } from "./appearance.js";
import { changeEvent } from "./change_event.js";
import { digitsOf } from "./card_rules.js";
import { fieldsOf } from "./element_fields.js";
import { CARD, brandTyped } from "./fields.js";
import { languageOf, textOf } from "./messages.js";
import { hear, tell } from "./parent.js";
import { listOfCards, saveBox } from "./saved_cards.js";
import { cardOf, liveCard } from "./typed_card.js";
import { build, showChoices, showState } from "./view.js";

/** @typedef {import("./fields.js").Field} Field */
/** @typedef {import("./view.js").Control} Control */

/** The elements of one line, as Stripe has them: no labels are shown. */
const INLINE = ["card", "cardNumber", "cardExpiry", "cardCvc"];

/** What the page asked for, and what was typed. @type {Json} */
let settings = {};
/** @type {Field[]} */
let fields = [];
/** @type {Map<string, Control>} */
let controls = new Map();
/** Fields that were left, or that the page wants checked: what is missing there is shown. */
let left = new Set();
/** The saved card that is chosen, by its ID. @type {string | null} */
let chosen = null;
/** What the page was last told. */
let told = "";

/** A frame with the fields of one element. */
export function startInner() {
  hear(({ type, id, ...message }) => {
    if (type === "init") init(message);
    else if (type === "update") update(message);
    else if (type === "focus") firstOpen()?.focus();
    else if (type === "blur") /** @type {HTMLElement | null} */ (document.activeElement)?.blur();
    else if (type === "clear") clear();
    else if (type === "value")
      tell("answer", { id, answer: { complete: isComplete(), value: addressValue(values()), change: change() } });
    else if (type === "validate") tell("answer", { id, answer: { error: validate() } });
  });
  document.addEventListener("input", (event) => typed(/** @type {InputEvent} */ (event)));
  document.addEventListener("change", (event) => {
    if (event.target instanceof HTMLInputElement && event.target.name === "savedPaymentMethod")
      chosen = event.target.value || null;
    refresh();
  });
  document.addEventListener("focusin", (event) => {
    if (event.relatedTarget === null) tell("focus");
  });
  document.addEventListener("focusout", (event) => leave(event));
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") tell("escape");
    if (event.key !== "Enter" || !(event.target instanceof HTMLInputElement)) return;
    if (settings.kind === "checkoutForm") pay();
    else tell("submit");
  });
  document.addEventListener("click", (event) => {
    if (event.target instanceof Element && event.target.closest(".SubmitButton")) pay();
    const removed = event.target instanceof HTMLElement && event.target.dataset.remove;
    if (removed) tell("remove", { removed });
  });
}

/** @param {Json} message */
function init(message) {
  settings = message;
  document.documentElement.lang = languageOf(settings.locale);
  draw({});
  if (["checkoutForm", "payment", ...INLINE].includes(settings.kind)) {
    // For the controller of the page, which is another frame of this origin. The page cannot call it.
    window.typedCard = () => ({ error: validate(), ...cardOf(values()) });
  }
  new ResizeObserver(tellHeight).observe(document.body);
  tell("ready");
}

/**
 * Take new settings. The fields are drawn again only if they are other ones, since somebody may be typing.
 * @param {Json} message
 */
function update(message) {
  const [before, drawn] = [values(), drawnBy(settings)];
  settings = message;
  if (drawnBy(settings) === drawn) return applyStyle(settings.appearance, settings.options.style);
  document.documentElement.lang = languageOf(settings.locale);
  draw(before);
}

/** @param {Json} message */
function drawnBy({ locale, saved, options: { style, ...options } }) {
  return JSON.stringify([locale, saved, options]);
}

/** @param {Json} before what was typed */
function draw(before) {
  applyStyle(settings.appearance, settings.options.style);
  fields = fieldsOf(settings);
  controls = build(fields, /** @type {any} */ ({ ...settings, inline: INLINE.includes(settings.kind) }));
  for (const field of fields) {
    const typed = before[field.name];
    // A list that had no choices, as of a session that was not loaded, had no value either.
    setValue(field, (field.choices ? typed || field.initial : (typed ?? field.initial)) ?? "");
  }
  if (settings.saved) drawSaved();
  told = "";
  refresh();
  tellHeight(); // of a frame that is out of sight, nothing is observed
}

/** Show the saved cards. The first is chosen, unless the payer has chosen or typed something. */
function drawSaved() {
  const { cards, save } = settings.saved;
  const isTyped = fields.some((field) => !field.choices && controlOf(field).value !== "");
  const known = cards.map((/** @type {Json} */ each) => each.id);
  if (!known.includes(chosen)) chosen = isTyped || !known.length ? null : known[0];
  const form = document.querySelector(".Form");
  form?.prepend(...listOfCards(settings.saved, chosen, settings.locale));
  if (save) form?.append(saveBox(settings.locale));
}

function tellHeight() {
  tell("height", { px: Math.ceil(document.body.getBoundingClientRect().height) });
}

function clear() {
  left = new Set();
  for (const field of fields) setValue(field, field.choices ? (field.initial ?? "") : "");
  refresh();
}

/**
 * @param {Field} field
 * @param {string} value
 */
function setValue(field, value) {
  const control = showChoices(controlOf(field), field.choices ? field.choices(values()) : null);
  controls.set(field.name, control);
  control.value = value;
}

/** @param {Field} field */
function controlOf(field) {
  return /** @type {Control} */ (controls.get(field.name));
}

/** @returns {Json} */
function values() {
  return Object.fromEntries([...controls].map(([name, control]) => [name, control.value]));
}

/** @param {InputEvent} event */
function typed(event) {
  const field = fields.find((each) => controlOf(each) === event.target);
  if (!field) return;
  const control = controlOf(field);
  if (field.write && control instanceof HTMLInputElement) {
    const atEnd = control.selectionStart === null || control.selectionStart === control.value.length;
    const place = control.selectionStart;
    const written = field.write(control.value, values(), (event.inputType ?? "").startsWith("delete"));
    if (written !== control.value) {
      control.value = written;
      if (!atEnd) control.setSelectionRange(place, place);
    }
    if (atEnd && field.advances && isFull(field)) nextOf(field)?.focus();
  }
  refresh();
}

/**
 * Whether nothing can be added to a field.
 * @param {Field} field
 */
function isFull(field) {
  const value = controlOf(field).value;
  const least = field.name === CARD.number && brandTyped(value) !== "amex" ? 16 : 0;
  return field.check(value, values()) === null && digitsOf(value).length >= least;
}

/** @param {Field} field */
function nextOf(field) {
  const next = fields[fields.indexOf(field) + 1];
  return next && controlOf(next);
}

/** @param {FocusEvent} event */
function leave(event) {
  const control = /** @type {Control} */ (event.target);
  if (control.value !== "") left.add(control.name);
  refresh();
  if (event.relatedTarget === null) tell("blur");
}

/** The first field that lacks something, or else the first. */
function firstOpen() {
  const open = shownFields().find((field) => fault(field) !== null);
  const first = open ?? fields[0]; // a Checkout form may have none
  return first && controlOf(first);
}

function shownFields() {
  return chosen ? [] : fields.filter((field) => !field.shown || field.shown(values()));
}

/** @param {Field} field */
function fault(field) {
  return field.check(controlOf(field).value, values());
}

function isComplete() {
  return shownFields().every((field) => fault(field) === null);
}

/**
 * Show what every field lacks, and return the first error.
 * @returns {StripeError | undefined}
 */
function validate() {
  for (const field of fields) left.add(field.name);
  refresh();
  const open = shownFields().find((field) => fault(field) !== null);
  if (open) controlOf(open).focus();
  return chosen ? undefined : (firstError() ?? liveCard(values(), settings.locale));
}

/**
 * @param {(code: string, name: string) => boolean} [wanted]
 * @returns {StripeError | undefined}
 */
function firstError(wanted = () => true) {
  const codes = shownFields().map((field) => /** @type {const} */ ([fault(field), field.name]));
  const [code] = codes.find(([each, name]) => each !== null && wanted(each, name)) ?? [null];
  return code === null ? undefined : { type: "validation_error", code, message: textOf(settings.locale, code) };
}

/** What a page may see of a field that is not done: nothing, while the cardholder is still typing. */
function isSaid(/** @type {string} */ code, /** @type {string} */ name) {
  return !code.startsWith("incomplete_") || left.has(name);
}

/** Show the state of every field, and tell the page what changed. */
function refresh() {
  const shown = shownFields();
  for (const field of fields) {
    controls.set(field.name, field.choices ? listed(field) : controlOf(field));
    const code = shown.includes(field) ? fault(field) : null;
    const message = code !== null && isSaid(code, field.name) ? textOf(settings.locale, code) : null;
    showState(controlOf(field), { shown: shown.includes(field), complete: code === null, message });
  }
  const box = saveControl()?.parentElement;
  if (box) box.hidden = chosen !== null;
  const now = change();
  if (told && told !== JSON.stringify(now)) tell("change", { change: now });
  told = JSON.stringify(now);
}

/** @returns {HTMLInputElement | null} */
function saveControl() {
  return document.querySelector("[name=savePaymentMethod]");
}

/** What the page may know of the fields now. */
function change() {
  const method = settings.saved?.cards.find((/** @type {Json} */ each) => each.id === chosen);
  const savePaymentMethod = !method && saveControl()?.checked;
  const state = { complete: isComplete(), error: firstError(isSaid), method, savePaymentMethod };
  return changeEvent(settings.kind, settings.options, fields, values(), state);
}

/** Tell the page that its payer wants to pay by a Checkout form, unless something is missing, which is shown. */
function pay() {
  validate();
  const paymentMethodType = settings.options.session?.isDue === false ? null : "card";
  if (!firstError()) tell("confirm", { confirm: { source: "checkout-form-pay-button", paymentMethodType } });
}

/** @param {Field} field */
function listed(field) {
  const control = controlOf(field);
  const { value } = control;
  const now = showChoices(control, field.choices?.(values()) ?? null);
  if (now !== control) now.value = value;
  return now;
}
