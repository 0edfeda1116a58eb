/** Selectors of Stripe's appearance API: a class in capitals, with states. Nothing else of the frame can be styled. */
const SELECTOR = /^\.[A-Z][A-Za-z]*(--[a-z]+)?(::?[a-z-]+)*$/;

/** @type {Record<string, Record<string, string>>} */
const THEMES = {
  stripe: {},
  flat: { colorBackground: "#f1f1f1", inputBorder: "1px solid transparent" },
  night: {
    colorBackground: "#30313d",
    colorText: "#ffffff",
    colorTextSecondary: "#c9c9ce",
    colorDanger: "#fe87a1",
    colorPrimary: "#85d996",
    inputBorder: "1px solid #424353",
  },
};

/** States of the older `style` option, as classes of an input. */
const STYLE_STATES = {
  base: ".Input",
  complete: ".Input--complete",
  empty: ".Input--empty",
  invalid: ".Input--invalid",
};

/** One sheet for the page's wishes. Its rules are made one by one, so that a value can be nothing but a value. */
const sheet = new CSSStyleSheet();

/**
 * Style the frame as the page wishes.
 * @param {Json} [appearance] of elements()
 * @param {Json} [style] of a card element
 */
export function applyStyle(appearance = {}, style = {}) {
  while (sheet.cssRules.length) sheet.deleteRule(0);
  const { theme = "stripe", variables = {}, rules = {} } = appearance;
  for (const [name, value] of Object.entries({ ...THEMES[theme], ...variables })) {
    if (/^[A-Za-z0-9]+$/.test(name)) document.documentElement.style.setProperty(`--${name}`, String(value));
  }
  for (const [selectors, values] of Object.entries(rules)) addRule(selectors, values);
  for (const [state, selector] of Object.entries(STYLE_STATES)) {
    for (const [name, value] of Object.entries(style[state] ?? {})) {
      if (value !== null && typeof value === "object")
        addRule(selector + name.replace("-ms-clear", "placeholder"), value);
      else addRule(selector, { [name]: value });
    }
  }
  document.adoptedStyleSheets = [sheet];
}

/**
 * @param {string} selectors
 * @param {Json} values
 */
function addRule(selectors, values) {
  if (!selectors.split(",").every((each) => SELECTOR.test(each.trim()))) return;
  try {
    const rule = /** @type {CSSStyleRule} */ (
      sheet.cssRules[sheet.insertRule(`${selectors}{}`, sheet.cssRules.length)]
    );
    for (const [name, value] of Object.entries(values)) rule.style.setProperty(kebab(name), String(value));
  } catch {
    // A browser that does not know the selector leaves the rule out, as it would in a style sheet.
  }
}

/** @param {string} name */
function kebab(name) {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}
