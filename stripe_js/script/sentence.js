/**
 * A sentence of `arguments.json`, with values in place of the names in braces. Where Stripe publishes none, it says that
 * the words are the sandbox's: nobody should look for them in Stripe's documentation.
 * @param {Sentence} sentence
 * @param {Json} values
 */
export function filled({ text, source }, values) {
  const said = text.replace(/(?<!\$)\{(\w+)\}/g, (all, name) => values[name] ?? all);
  return source ? said : `${said} (The sandbox's words.)`;
}
