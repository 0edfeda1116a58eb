import { languageOf, textOf } from "./messages.js";
import { hear, tell } from "./parent.js";

/** The frame over the shop's page: a dialog with the page that stands in for that of the cardholder's bank. */
export function startDialog() {
  hear(({ type, ...settings }) => {
    if (type !== "init") return;
    document.documentElement.lang = languageOf(settings.locale);
    const dialog = document.createElement("div");
    dialog.className = "Dialog";
    dialog.setAttribute("role", "dialog");
    dialog.setAttribute("aria-modal", "true");
    dialog.setAttribute("aria-label", titleOf(settings.locale, settings.options));
    const close = document.createElement("button");
    Object.assign(close, { type: "button", className: "Close", textContent: "×" });
    close.setAttribute("aria-label", textOf(settings.locale, "close"));
    const end = (/** @type {string} */ result) => {
      const message = result === "failed" ? textOf(settings.locale, "authentication_failed") : undefined;
      tell("result", { result, message });
    };
    close.addEventListener("click", () => end("failed"));
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape") end("failed");
    });
    const inner = document.createElement("iframe");
    Object.assign(inner, { id: "challengeFrame", name: "stripe-challenge-frame", src: "challenge.html" });
    inner.title = titleOf(settings.locale, settings.options);
    inner.addEventListener("load", () => {
      inner.contentWindow?.postMessage({ sandbox: "stripe_js", type: "init", ...settings }, location.origin);
      inner.focus();
    });
    window.addEventListener("message", (event) => {
      if (event.source !== inner.contentWindow || event.origin !== location.origin) return;
      if (event.data.type === "result") end(event.data.result);
    });
    dialog.append(close, inner);
    document.body.className = "Backdrop";
    document.body.replaceChildren(dialog);
  });
}

/** The page within the dialog. Its buttons have the IDs of those in Stripe's test mode. */
export function startChallenge() {
  hear(({ type, locale, options }) => {
    if (type !== "init") return;
    const language = languageOf(locale);
    document.documentElement.lang = language;
    const heading = document.createElement("h1");
    heading.textContent = titleOf(locale, options);
    const text = document.createElement("p");
    text.textContent = textOf(locale, "challengeText");
    const buttons = ["succeeded", "failed"].map((result) => {
      const button = document.createElement("button");
      const passes = result === "succeeded";
      Object.assign(button, { type: "button", id: `test-source-${passes ? "authorize" : "fail"}-3ds` });
      button.className = passes ? "Button Button--primary" : "Button";
      button.textContent = textOf(locale, passes ? "complete" : "fail");
      button.addEventListener("click", () => tell("result", { result }));
      return button;
    });
    const main = document.createElement("main");
    main.append(heading, text, ...amountOf(options, language), ...buttons);
    document.body.className = "Challenge";
    document.body.replaceChildren(main);
    buttons[0].focus();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") tell("result", { result: "failed" });
  });
}

/**
 * @param {string | undefined} locale
 * @param {Json} options
 */
function titleOf(locale, { amount }) {
  return textOf(locale, amount ? "challenge" : "challengeOfCard");
}

/**
 * @param {Json} options
 * @param {string} language
 */
function amountOf({ amount, currency }, language) {
  if (!amount) return [];
  const shown = new Intl.NumberFormat(language, { style: "currency", currency });
  const digits = shown.resolvedOptions().maximumFractionDigits ?? 2;
  const line = document.createElement("p");
  line.className = "Amount";
  line.textContent = shown.format(amount / 10 ** digits);
  return [line];
}
