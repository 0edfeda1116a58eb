import {
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import { useEffect, useRef } from "react";
import { createNativeClient, useApi } from "./client";
import { useConfig } from "./config";
import { useFeed, useFeedActions } from "./feed";
import { useSession } from "./session";
import type { Clock, MoveClock, MovedClock } from "./shapes";

const CLOCK = ["clock"];
const WATCHED_EVERY_MS = 30_000;

interface ClockOptions {
  staleTime?: number;
  refetchOnWindowFocus?: boolean;
  enabled?: boolean;
}

function useReadClock(options: ClockOptions): UseQueryResult<Clock> {
  const api = useApi();
  return useQuery({
    ...options,
    queryKey: CLOCK,
    queryFn: ({ signal }) => api.get<Clock>("/sandbox/clock", undefined, signal),
  });
}

/** The sandbox's time, which all merchants share. */
export function useClock(): UseQueryResult<Clock> {
  return useReadClock({});
}

/** The sandbox's time as it was last read, for what is shown on every page. `useClockWatch` reads it again. */
export function useWatchedClock(enabled = true): UseQueryResult<Clock> {
  return useReadClock({ staleTime: Infinity, refetchOnWindowFocus: false, enabled });
}

/**
 * Read the clock again after entries arrived, at most every 30 seconds: where each request costs money, a page at which
 * nothing happens asks for nothing. Used once, by the layout.
 */
export function useClockWatch(): void {
  const queries = useQueryClient();
  const { entries, status } = useFeed();
  // The first page of the feed is history.
  const newest = status.state === "connecting" ? undefined : (entries[0]?.id ?? null);
  const seen = useRef<string | null | undefined>(undefined);
  useEffect(() => {
    const before = seen.current;
    seen.current = newest;
    if (newest === undefined || before === undefined || newest === before) return undefined;
    const state = queries.getQueryState(CLOCK);
    const readAt = Math.max(state?.dataUpdatedAt ?? 0, state?.errorUpdatedAt ?? 0);
    const read = () => void queries.refetchQueries({ queryKey: CLOCK }, { cancelRefetch: false });
    const timer = setTimeout(read, Math.max(0, readAt + WATCHED_EVERY_MS - Date.now()));
    return () => clearTimeout(timer);
  }, [newest, queries]);
}

/** Move the clock with the operator's key, then read everything again: what fell due has happened. */
export function useMoveClock(): UseMutationResult<MovedClock, Error, MoveClock> {
  const { api_base } = useConfig();
  const { clockKey } = useSession();
  const queries = useQueryClient();
  const { poll } = useFeedActions();
  return useMutation({
    mutationFn: async (body) => {
      const operator = createNativeClient(api_base, clockKey ?? "");
      return (await operator.request<MovedClock>("POST", "/sandbox/clock", { body })).data;
    },
    onSettled: () => {
      poll();
      return queries.invalidateQueries();
    },
  });
}
