import { messages } from "../messages";

const number = new Intl.NumberFormat("en-US", { maximumFractionDigits: 2 });
const percent = new Intl.NumberFormat("en-US", { style: "percent", maximumFractionDigits: 1 });
// A request costs millionths of a dollar.
const dollars = new Intl.NumberFormat("en-US", { style: "currency", currency: "USD", maximumSignificantDigits: 3 });

const known = (format: (value: number) => string) => (value: number | null) =>
  value === null ? messages.metrics.none : format(value);

/** `1,234.5`, or a dash for null; so are the others. */
export const countText = known((value) => number.format(value));

/** `12.3%` of a share from 0 to 1. */
export const rateText = known((value) => percent.format(value));

/** `21 ms` */
export const msText = known((value) => `${number.format(value)} ms`);

/** `$0.0000123` */
export const costText = known((value) => dollars.format(value));
