import type { Metrics } from "../api/shapes";

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

/**
 * Attempts of an endpoint in the last 24 hours, hour by hour, oldest first. The server counts every attempt: the newest
 * deliveries have several each, and the feed that a page has loaded begins at some time.
 */
export function attemptsByHour(endpoint: string, metrics: Metrics | undefined): AttemptCounts[] {
  if (!metrics) return [];
  const start = Date.parse(metrics.from);
  const hours = Array.from({ length: HOURS }, (_, hour) => ({
    from: new Date(start + hour * HOUR_MS).toISOString(),
    succeeded: 0,
    failed: 0,
  }));
  const counted = metrics.by_endpoint.find(({ endpoint_id }) => endpoint_id === endpoint);
  for (const { at, deliveries, delivery_failures } of counted?.buckets ?? []) {
    // The bucket that is running comes after those of 24 hours.
    const hour = hours[Math.min(HOURS - 1, Math.floor((Date.parse(at) - start) / HOUR_MS))];
    if (!hour) continue;
    hour.succeeded += deliveries - delivery_failures;
    hour.failed += delivery_failures;
  }
  return hours;
}

/** Since when every attempt is counted, if that is not the whole time: there were more than the server reads. */
export function countedSince(metrics: Metrics | undefined): string | null {
  return metrics && metrics.complete_since !== metrics.from ? metrics.complete_since : null;
}
