/** The path of a train's script: `/v3`, `/v3/` or `/<train>/stripe.js`. */
const OF_TRAIN = /\/(?:v3\/?|[a-z0-9]+\/stripe\.js)$/;

/**
 * Where the script was loaded from, without the path of its train: the base of everything that it loads.
 * @param {string} src
 * @returns {string | null} null for another path
 */
export function baseOf(src) {
  const url = new URL(src);
  return OF_TRAIN.test(url.pathname) ? url.origin + url.pathname.replace(OF_TRAIN, "") : null;
}

/**
 * The address of the script that runs now, or of the first one on the page that could be it.
 * @returns {string}
 */
export function ownBase() {
  const running = /** @type {HTMLScriptElement | null} */ (document.currentScript);
  const all = [running, ...document.scripts].filter((script) => script !== null && script.src !== "");
  const bases = all.map((script) => baseOf(/** @type {HTMLScriptElement} */ (script).src));
  return bases.find((base) => base !== null) ?? location.origin;
}

/**
 * An address with parameters added, as Stripe adds them to a return_url.
 * @param {string} address
 * @param {Record<string, string>} parameters
 * @returns {string}
 */
export function withParameters(address, parameters) {
  const url = new URL(address, location.href);
  for (const [name, value] of Object.entries(parameters)) url.searchParams.set(name, value);
  return url.href;
}
