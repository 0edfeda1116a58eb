import {
  useMutation,
  useQuery,
  useQueryClient,
  type UseMutationResult,
  type UseQueryResult,
} from "@tanstack/react-query";
import { createNativeClient, useApi } from "./client";
import { useConfig } from "./config";
import { useFeedActions } from "./feed";
import { useSession } from "./session";
import type { Clock, MoveClock, MovedClock } from "./shapes";

export const CLOCK = ["clock"];

/** The sandbox's time, which all merchants share. */
export function useClock(): UseQueryResult<Clock> {
  const api = useApi();
  return useQuery({
    queryKey: CLOCK,
    queryFn: ({ signal }) => api.get<Clock>("/sandbox/clock", undefined, signal),
  });
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
