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

const MS_PER_S = 1_000;

/** `21 ms` and `2.5 s`, which an axis does not break in two lines. */
export const axisMsText = known((value) =>
  value < MS_PER_S ? `${number.format(value)}\u00a0ms` : `${number.format(value / MS_PER_S)}\u00a0s`,
);

/** `$0.0000123` */
export const costText = known((value) => dollars.format(value));
