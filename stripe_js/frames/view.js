import { textOf } from "./messages.js";

/** @typedef {import("./fields.js").Field} Field */
/** @typedef {HTMLInputElement | HTMLSelectElement} Control */

/**
 * The prefix of the inputs' IDs: of the element in named trains (`payment-numberInput`), `Field` in v3, as suites that
 * were written for one or the other look for them.
 * @param {string} kind
 * @param {string} train
 * @param {string} [mode] of an address
 */
function prefixOf(kind, train, mode) {
  if (train === "v3") return "Field";
  return kind === "address" ? `${mode}Address` : kind;
}

/**
 * Build the form of a frame: a label, a control and a place for what is wrong, for each field.
 * @param {Field[]} fields
 * @param {{kind: string, train: string, locale?: string, options: Json, inline: boolean}} how
 * @returns {Map<string, Control>} the controls by the names of their fields
 */
export function build(fields, { kind, train, locale, options, inline }) {
  const prefix = prefixOf(kind, train, options.mode);
  const form = document.createElement("div");
  form.className = inline ? "Row" : `Form Form--${kind}`;
  // The one payment method of the Payment Element, which suites choose first.
  if (kind === "payment") form.dataset.value = "card";
  /** @type {Map<string, Control>} */
  const controls = new Map();
  for (const field of fields) {
    const id = `${prefix}-${field.name}Input`;
    const control = field.choices ? document.createElement("select") : document.createElement("input");
    Object.assign(control, {
      id,
      name: field.name,
      autocomplete: field.autocomplete ?? "off",
      className: "Input Input--empty",
    });
    control.setAttribute("autocomplete", field.autocomplete ?? "off");
    control.setAttribute("aria-required", String(!field.optional));
    if (field.stable) control.dataset.elementsStableFieldName = field.stable;
    if (control instanceof HTMLInputElement) {
      control.type = field.type ?? "text";
      control.inputMode = field.mode ?? "numeric";
      control.placeholder = (field.placeholder && textOf(locale, field.placeholder)) || field.placeholder || "";
      control.spellcheck = false;
    }
    control.disabled = options.disabled === true;
    const label = document.createElement("label");
    Object.assign(label, { htmlFor: id, className: inline ? "Label Label--hidden" : "Label" });
    label.textContent = textOf(locale, field.label) + (field.optional ? ` (${textOf(locale, "optional")})` : "");
    const error = document.createElement("p");
    Object.assign(error, {
      id: `${prefix}-${field.name}Error`,
      className: inline ? "Error Label--hidden" : "Error",
    });
    error.setAttribute("role", "alert");
    control.setAttribute("aria-describedby", error.id);
    const box = document.createElement("div");
    box.className = "Field";
    box.dataset.field = field.name;
    box.append(label, control, error);
    form.append(box);
    controls.set(field.name, control);
  }
  if (kind === "checkoutForm") form.append(payButton(locale, options));
  document.body.replaceChildren(form);
  return controls;
}

/**
 * The button of a Checkout form.
 * @param {string | undefined} locale
 * @param {Json} options
 */
function payButton(locale, { session, disabled }) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "Button Button--primary SubmitButton" });
  const isPaid = session?.mode !== "setup" && session?.isDue;
  button.textContent = session?.mode === "setup" ? textOf(locale, "save") : textOf(locale, "pay");
  if (isPaid) button.textContent += ` ${session.total}`;
  button.disabled = disabled === true;
  return button;
}

/**
 * Show the choices of a list. A field that has none for the values of others becomes one to type into.
 * @param {Control} control
 * @param {[string, string][] | null} choices
 * @returns {Control} it, or what replaced it
 */
export function showChoices(control, choices) {
  const isList = control instanceof HTMLSelectElement;
  if (isList !== (choices !== null)) {
    const other = document.createElement(choices ? "select" : "input");
    for (const { name, value } of control.attributes) other.setAttribute(name, value);
    control.replaceWith(other);
    return showChoices(other, choices);
  }
  if (control instanceof HTMLSelectElement && choices && control.options.length !== choices.length) {
    control.replaceChildren(...choices.map(([code, name]) => new Option(name, code)));
    control.selectedIndex = -1;
  }
  return control;
}

/**
 * Show the state of a field.
 * @param {Control} control
 * @param {{shown: boolean, complete: boolean, message: string | null}} state
 */
export function showState(control, { shown, complete, message }) {
  const box = /** @type {HTMLElement} */ (control.parentElement);
  box.hidden = !shown;
  control.classList.toggle("Input--empty", control.value === "");
  control.classList.toggle("Input--complete", complete);
  control.classList.toggle("Input--invalid", message !== null);
  box.querySelector("label")?.classList.toggle("Label--invalid", message !== null);
  if (message === null) control.removeAttribute("aria-invalid");
  else control.setAttribute("aria-invalid", "true");
  const error = /** @type {HTMLElement} */ (box.querySelector(".Error"));
  if (error.textContent !== (message ?? "")) error.textContent = message ?? "";
}
