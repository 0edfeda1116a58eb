import { keepPreviousData, useQuery, type UseQueryResult } from "@tanstack/react-query";
import { useApi } from "../api/client";
import type { Metrics, MetricsRange } from "../api/shapes";

export const RANGES: readonly MetricsRange[] = ["15m", "1h", "24h"];

/** Milliseconds until it is read again; a third of a bucket, and at most a minute. */
const REFRESH_MS: Record<MetricsRange, number> = { "15m": 5_000, "1h": 20_000, "24h": 60_000 };

export function readRange(text: string | null): MetricsRange {
  return RANGES.find((range) => range === text) ?? "1h";
}

/** Metrics of a range, read again while the page is visible. */
export function useMetrics(range: MetricsRange): UseQueryResult<Metrics> {
  const api = useApi();
  return useQuery({
    queryKey: ["metrics", range],
    queryFn: ({ signal }) => api.get<Metrics>("/metrics", { range }, signal),
    refetchInterval: REFRESH_MS[range],
    placeholderData: keepPreviousData,
  });
}

/** Address of Activity with the entries of one bucket. */
export function activityOf(at: string, stepS: number): string {
  const end = new Date(Date.parse(at) + stepS * 1000).toISOString();
  return `/?${new URLSearchParams({ from: at, to: end }).toString()}`;
}
