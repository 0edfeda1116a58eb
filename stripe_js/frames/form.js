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
 * Parameters with values put below a path, where there are none yet. The parameters that a page sent stay as they are:
 * one object may stand in several places of them, such as the card's and `metadata`.
 * @param {Json} params
 * @param {string[]} path
 * @param {Json} values
 * @returns {Json}
 */
export function withValues(params, path, values) {
  if (Object.keys(values).length === 0) return params;
  const [name, ...rest] = path;
  if (name !== undefined) return { ...params, [name]: withValues(params[name] ?? {}, rest, values) };
  const given = Object.entries(params).filter(([, value]) => value !== null && value !== undefined);
  return { ...values, ...Object.fromEntries(given) };
}
