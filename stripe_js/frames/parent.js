/** The origin of the page that holds this frame, once it has sent a message. */
let origin = "";

/**
 * Hear the page that holds this frame, and nobody else. At the top of a tab there is no such page.
 * @param {(message: Json, origin: string) => void} onMessage
 */
export function hear(onMessage) {
  window.addEventListener("message", (event) => {
    if (event.source !== window.parent || window.parent === window || event.data?.sandbox !== "stripe_js") return;
    origin = event.origin;
    onMessage(event.data, origin);
  });
}

/**
 * Send the page a message. A page without an origin, such as a file, gets it too: no message has a card's number.
 * @param {string} type
 * @param {Json} [data]
 */
export function tell(type, data = {}) {
  if (origin) window.parent.postMessage({ type, ...data }, origin === "null" ? "*" : origin);
}

/** The sandbox's address: this frame's, without its path. Its query is of the page that holds it, and not read. */
export const BASE = location.origin + location.pathname.replace(/\/v3\/[^/]*$/, "");

/** Whether the frame was loaded from Stripe's host, which somebody fulfills from the sandbox. */
export const AT_STRIPES_HOST = location.origin === "https://js.stripe.com";
