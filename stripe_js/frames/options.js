import { filled } from "./../script/sentence.js";

/** Selectors of the appearance API: a class in capitals, with states. */
const SELECTOR = /^\.[A-Z]\w*(--[a-z]+)?(::?[a-z-]+)*$/;

/**
 * What Stripe.js says in the console of the options of a call, by `arguments.json`: names that it does not recognize,
 * and values without effect. Pure.
 * @param {ArgumentsTable} table
 * @param {string[]} trains the names of all trains, oldest first
 * @param {string} train the page's
 * @param {{call: string, options?: Json, sentence?: string, values?: Json}} said of an element, `call` is `create()` or
 * `update()` and its type; or a sentence and its values
 * @returns {string[]}
 */
export function warningsOf(table, trains, train, { call, options, sentence, values = {} }) {
  const text = (/** @type {string} */ name, /** @type {Json} */ given) =>
    filled(/** @type {Sentence} */ (table.sentences.find((each) => each.name === name)), given);
  if (sentence) return [text(sentence, values)];
  const [label, type] = call.split(" ");
  const rows = type ? table.types.find((each) => each.name === type)?.options : table.elements;
  /** @type {string[]} */
  const warnings = [];

  /** @param {OptionRow[]} known @param {Json} given @param {string[]} path @param {string} [says] */
  function walk(known, given, path, says = "unrecognized") {
    for (const [name, value] of Object.entries(given)) {
      const at = [...path, name].join(".");
      const row = known.map(asRow).find((each) => each.name === name && hasTrain(each));
      if (value === undefined) continue;
      if (!row) warnings.push(text(says, { call: label, name: says === "unrecognized" ? at : name }));
      else if (value !== null) judge(row, value, at);
    }
  }

  /** @param {Exclude<OptionRow, string>} row @param {any} value @param {string} at */
  function judge({ values: strings, says, check, options: known }, value, at) {
    const isMap = typeof value === "object" && !Array.isArray(value);
    if (known && isMap) return walk(known, value, at.split("."), strings ? undefined : says);
    if (strings && says && !strings.includes(value))
      warnings.push(text(says, { values: strings.join(", "), given: isMap ? JSON.stringify(value) : String(value) }));
    if (check !== "rules" || !isMap) return;
    const names = Object.keys(value).filter((all) => !all.split(",").every((each) => SELECTOR.test(each.trim())));
    warnings.push(...names.map((name) => text("rule", { name })));
  }

  /** @param {{since?: string, until?: string}} row */
  function hasTrain({ since = trains[0], until = /** @type {string} */ (trains.at(-1)) }) {
    const place = trains.indexOf(train);
    return trains.indexOf(since) <= place && place <= trains.indexOf(until);
  }

  if (rows) walk(rows, options ?? {}, []);
  return warnings;
}

/**
 * @param {OptionRow} row
 * @returns {Exclude<OptionRow, string>}
 */
function asRow(row) {
  return typeof row === "string" ? { name: row } : row;
}
