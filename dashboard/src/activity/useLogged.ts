import { useQuery, type Query, type UseQueryResult } from "@tanstack/react-query";
import { ApiError, useApi } from "../api/client";
import type { Delivery, Event, LoggedRequest } from "../api/schema";

const NOT_YET_RETRIES = 3;
const NOT_YET_MS = 500;
/** A delivery that lacks an attempt after that many reads will not get it. */
const NOT_YET_READS = 20;

/** Requests, events and attempts appear within seconds: a missing one is asked for again before it counts as missing. */
const untilStored = {
  retry: (count: number, error: Error) => error instanceof ApiError && error.status === 404 && count < NOT_YET_RETRIES,
  retryDelay: NOT_YET_MS,
};

export function useStoredRequest(id: string): UseQueryResult<LoggedRequest> {
  const api = useApi();
  return useQuery({
    ...untilStored,
    queryKey: ["request", id],
    // A logged request does not change.
    staleTime: Infinity,
    queryFn: ({ signal }) => api.get<LoggedRequest>(`/requests/${encodeURIComponent(id)}`, undefined, signal),
  });
}

export function useEvent(id: string): UseQueryResult<Event> {
  const api = useApi();
  return useQuery({
    ...untilStored,
    queryKey: ["event", id],
    queryFn: ({ signal }) => api.get<Event>(`/events/${encodeURIComponent(id)}`, undefined, signal),
  });
}

/** The delivery of an attempt, which is recorded after its entry: it is read again until it has it. */
export function useDelivery(id: string, attempt: number): UseQueryResult<Delivery> {
  const api = useApi();
  return useQuery({
    ...untilStored,
    queryKey: ["delivery", id],
    refetchInterval: ({ state: { data, dataUpdateCount } }: Query<Delivery>) => {
      const isRecorded = data?.attempts.some(({ number }) => number === attempt);
      return isRecorded || dataUpdateCount >= NOT_YET_READS ? false : NOT_YET_MS;
    },
    queryFn: ({ signal }) => api.get<Delivery>(`/webhooks/deliveries/${encodeURIComponent(id)}`, undefined, signal),
  });
}
