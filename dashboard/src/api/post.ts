import { useMutation, useQueryClient, type QueryKey } from "@tanstack/react-query";
import { useRef } from "react";
import { ApiError, newIdempotencyKey, useApi, type Answer } from "./client";
import { useFeedActions } from "./feed";

/**
 * Send a POST, then read again what it has changed. While the outcome of a request is unknown, the same request is sent
 * with the same idempotency key: it may have been performed, and its answer lost.
 */
export function useRepeatablePost(changed: QueryKey) {
  const api = useApi();
  const queries = useQueryClient();
  const { poll } = useFeedActions();
  const unanswered = useRef<{ request: string; idempotencyKey: string } | null>(null);
  return useMutation<Answer<unknown>, Error, { path: string; body?: unknown }>({
    mutationFn: async ({ path, body }) => {
      const request = JSON.stringify([path, body]);
      if (unanswered.current?.request !== request) {
        unanswered.current = { request, idempotencyKey: newIdempotencyKey() };
      }
      const { idempotencyKey } = unanswered.current;
      try {
        const answer = await api.request("POST", path, { body, idempotencyKey });
        unanswered.current = null;
        return answer;
      } catch (error) {
        if (error instanceof ApiError && error.status < 500) unanswered.current = null;
        throw error;
      }
    },
    onSettled: () => {
      poll();
      return queries.invalidateQueries({ queryKey: changed });
    },
  });
}
