import type { Zone } from "../parts/times";
import type { Filter } from "./list";

export const PERIOD = "period";
export const PERIODS = ["today", "yesterday", "last_7_days", "last_30_days"] as const;
export type Period = (typeof PERIODS)[number];

/** Days before today at which a period begins, and days after that at which it ends; without an end, it goes on. */
const DAYS: Record<Period, { before: number; length?: number }> = {
  today: { before: 0 },
  yesterday: { before: 1, length: 1 },
  last_7_days: { before: 6 },
  last_30_days: { before: 29 },
};

/** The period of an address, null for another text or none. */
export function periodIn(search: URLSearchParams): Period | null {
  return PERIODS.find((period) => period === search.get(PERIOD)) ?? null;
}

/** Names of the parameters between which a list's rows lie, if it has them. */
export function timesOf(filters: readonly Filter[]): { from: string; to: string } | null {
  const [from, to] = filters.filter(({ kind }) => kind === "time");
  return from && to ? { from: from.name, to: to.name } : null;
}

/** The first moment of the day `days` after that of a time, in a zone: days with a change of the clock have 23 hours or 25. */
function dayAt(now: number, days: number, zone: Zone): string {
  const date = new Date(now);
  const start =
    zone === "UTC"
      ? new Date(Date.UTC(date.getUTCFullYear(), date.getUTCMonth(), date.getUTCDate() + days))
      : new Date(date.getFullYear(), date.getMonth(), date.getDate() + days);
  return start.toISOString();
}

/** From when until when a period lasts, in whole days of a zone. It includes today, and `to` is null, unless it is yesterday. */
export function rangeOf(period: Period, now: number, zone: Zone): { from: string; to: string | null } {
  const { before, length } = DAYS[period];
  return {
    from: dayAt(now, -before, zone),
    to: length === undefined ? null : dayAt(now, length - before, zone),
  };
}
