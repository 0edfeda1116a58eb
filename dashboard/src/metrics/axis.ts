/** A value that is this many times the median is not typical. */
const FAR = 8;
const STEPS = [1, 2, 4, 6, 8, 10];
const PARTS = 4;

/** Where the axis of a chart ends if it does not show all values. */
export interface Cut {
  /** End of the axis. */
  top: number;
  /** The largest value. */
  highest: number;
  /** Marks of the axis, from 0 to `top`. */
  ticks: readonly number[];
}

/**
 * The end of an axis that a few values far above the others would flatten, such as the latency of a request that waits.
 * Null if all values fit. The values are not negative; null is no data.
 */
export function cutOf(values: readonly (number | null)[]): Cut | null {
  const known = values.filter((value) => value !== null).sort((a, b) => a - b);
  const highest = known.at(-1) ?? 0;
  const median = known[Math.floor((known.length - 1) / 2)] ?? 0;
  if (median === 0 || highest <= FAR * median) return null;
  const top = roundUp(known.findLast((value) => value <= FAR * median) ?? median);
  // Rounding may have reached it.
  if (highest <= top) return null;
  return { top, highest, ticks: Array.from({ length: PARTS + 1 }, (_, part) => (top * part) / PARTS) };
}

/** The next number with one digit that a quarter of it has few of, too: 38 is 40. */
function roundUp(value: number): number {
  const power = 10 ** Math.floor(Math.log10(value));
  return power * (STEPS.find((step) => step * power >= value) ?? 10);
}

/** Whether a value has no neighbor: no line leads to it. */
export function isAlone(values: readonly (number | null)[], index: number): boolean {
  return (
    (values[index] ?? null) !== null && (values[index - 1] ?? null) === null && (values[index + 1] ?? null) === null
  );
}
