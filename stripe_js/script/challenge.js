import { Frame } from "./frame.js";

/**
 * Show the page of the cardholder's bank over the shop's page, until the cardholder has chosen.
 * @param {string} base
 * @param {{intent: Json, locale: string}} shown
 * @returns {Promise<{result: "succeeded" | "failed", message?: string}>} `failed` too if the cardholder closes it, with
 * what a payer is told then
 */
export function showChallenge(base, { intent, locale }) {
  const focused = /** @type {HTMLElement | null} */ (document.activeElement);
  return new Promise((resolve) => {
    const title = "3D Secure authentication frame";
    const frame = new Frame(base, "three-ds-2-challenge", { title }, (type, data) => {
      if (type !== "result") return;
      frame.remove();
      focused?.focus?.();
      resolve(data.result === "succeeded" ? { result: "succeeded" } : { result: "failed", message: data.message });
    });
    Object.assign(frame.element.style, {
      position: "fixed",
      inset: "0",
      width: "100%",
      height: "100%",
      zIndex: "2147483647",
      colorScheme: "light",
    });
    document.body.append(frame.element);
    const { amount, currency } = intent;
    frame.greet({ kind: "challenge", train: TRAIN.name, locale, options: amount ? { amount, currency } : {} });
    frame.element.focus();
  });
}
