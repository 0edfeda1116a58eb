import { BASE } from "./parent.js";
import { allowedRequest, send } from "./requests.js";
import { typedCard } from "./typed_in_page.js";

/**
 * What a Checkout session's page shows, in another frame of the shop's page. It has no script that could tell, and it
 * is of this origin. Of any other page, nothing is read.
 * @param {string} name of the frame
 * @returns {Json}
 */
export function shownCheckout(name) {
  try {
    const { document, location } = /** @type {any} */ (window.parent)[name];
    if (!location.href.startsWith(BASE)) return {};
    if (!allowedRequest("session", BASE, { method: "GET", path: location.href.slice(BASE.length) })) return {};
    return {
      status: document.querySelector("main")?.dataset.status,
      height: document.documentElement.scrollHeight,
      challenge: document.querySelector("[data-testid=authenticate]")?.href,
      leadsOn: document.querySelector("[data-testid=leads-on]")?.href,
    };
  } catch {
    return {}; // a page of another origin
  }
}

/**
 * Send the form of a Checkout session's page, with the card that was typed, and read what became of it.
 * The redirect that follows a payment is not followed: the shop's page goes on by itself.
 * Without a form, only that is read.
 * @param {{path: string, form?: Record<string, string>, frames?: string[]}} what
 * @returns {Promise<Json>} the session's state (`CheckoutState`), or an `error` with the `param` that is wrong
 */
export async function sendCheckout({ path, form, frames = [] }) {
  const read = allowedRequest("session", BASE, { method: "GET", path });
  const write = allowedRequest("session", BASE, { method: "POST", path });
  if (!read || !write) return { error: { message: "This is no page of a Checkout Session." } };
  const body = new URLSearchParams(form);
  if (frames.length) {
    const { error, card, address } = typedCard(frames);
    if (error) return { error };
    body.set("cardNumber", card.number);
    body.set("cardExpiry", `${card.exp_month} / ${String(card.exp_year).slice(-2)}`);
    body.set("cardCvc", card.cvc);
    for (const [name, value] of [["billingPostalCode", address.postal_code], ["billingCountry", address.country]])
      if (value && !body.has(name)) body.set(name, value);
  }
  const headers = { Accept: "application/json" };
  try {
    const sent = form && (await send(write, { form: String(body), headers }));
    const redirected = sent?.type === "opaqueredirect";
    const response = sent && !redirected ? sent : await send(read, { headers });
    const answer = await response.json();
    if (answer.session) return { ...answer, redirected };
    return { error: { message: answer.detail ?? answer.title, code: answer.code, param: answer.param } };
  } catch {
    return { error: { message: "The sandbox could not be reached." } };
  }
}
