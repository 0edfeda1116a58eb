/**
 * Parameters as Stripe's API reads them: `a[b][0]=c`. Undefined is left out, null is empty. Pure.
 * @param {Json} params
 * @returns {string}
 */
export function encodeForm(params) {
  return pairs(params, "")
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join("&");
}

/**
 * @param {any} value
 * @param {string} name
 * @returns {[string, string][]}
 */
function pairs(value, name) {
  if (value === undefined) return [];
  if (value === null || typeof value !== "object") return [[name, value === null ? "" : String(value)]];
  return Object.entries(value).flatMap(([key, each]) => pairs(each, name ? `${name}[${key}]` : key));
}

/**
 * Put values below a path of the parameters, where there are none yet.
 * @param {Json} params
 * @param {string[]} path
 * @param {Json} values
 */
export function fillIn(params, path, values) {
  if (Object.keys(values).length === 0) return;
  let place = params;
  for (const name of path) {
    place[name] ??= {};
    place = place[name];
  }
  for (const [name, value] of Object.entries(values)) place[name] ??= value;
}
