import type { DeliverySummary } from "../api/schema";
import type { FeedEntry } from "../api/shapes";

const HOUR_MS = 3_600_000;
const HOURS = 24;

/** Attempts of one hour. */
export interface AttemptCounts {
  /** Start of the hour, RFC 3339. */
  from: string;
  succeeded: number;
  failed: number;
}

/** Attempts of all hours. */
export function sumOf(hours: readonly AttemptCounts[]): { succeeded: number; failed: number } {
  const sum = (name: "succeeded" | "failed") => hours.reduce((total, hour) => total + hour[name], 0);
  return { succeeded: sum("succeeded"), failed: sum("failed") };
}

interface Attempt {
  at: number;
  succeeded: boolean;
}

/** Attempts of an endpoint by ID, each once: every one of the feed's entries, and the last one of each delivery. */
function attemptsOf(
  endpoint: string,
  entries: readonly FeedEntry[],
  deliveries: readonly DeliverySummary[],
): Map<string, Attempt> {
  const attempts = new Map<string, Attempt>();
  for (const { delivery_id, attempts: number, last_attempt_at, last_status } of deliveries) {
    if (!last_attempt_at) continue;
    const succeeded = typeof last_status === "number" && last_status >= 200 && last_status < 300;
    attempts.set(`${delivery_id}#${number}`, { at: Date.parse(last_attempt_at), succeeded });
  }
  for (const entry of entries) {
    if (entry.kind !== "delivery_attempt" || entry.delivery_attempt.endpoint_id !== endpoint) continue;
    attempts.set(entry.id, { at: Date.parse(entry.at), succeeded: entry.delivery_attempt.succeeded });
  }
  return attempts;
}

/** Attempts of the last 24 hours, hour by hour, oldest first. `now` is in milliseconds since 1970. */
export function attemptsByHour(
  endpoint: string,
  entries: readonly FeedEntry[],
  deliveries: readonly DeliverySummary[],
  now: number,
): AttemptCounts[] {
  const start = now - HOURS * HOUR_MS;
  const hours = Array.from({ length: HOURS }, (_, hour) => ({
    from: new Date(start + hour * HOUR_MS).toISOString(),
    succeeded: 0,
    failed: 0,
  }));
  for (const { at, succeeded } of attemptsOf(endpoint, entries, deliveries).values()) {
    // An attempt of this moment may be ahead of this machine's clock.
    const hour = hours[Math.min(HOURS - 1, Math.floor((at - start) / HOUR_MS))];
    if (hour) hour[succeeded ? "succeeded" : "failed"] += 1;
  }
  return hours;
}
