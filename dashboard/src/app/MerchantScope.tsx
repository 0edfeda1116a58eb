import { QueryClient, QueryClientProvider } from "@tanstack/react-query";
import { useState, type ReactNode } from "react";
import { ClientsContext, createNativeClient, createStripeClient, OfflineError } from "../api/client";
import { useConfig } from "../api/config";
import { createFeedStore, FeedContext, useRunningFeed } from "../api/feed";
import type { Merchant } from "../api/session";

const OFFLINE_RETRIES = 2;
const STALE_MS = 2_000;

/** Queries by TanStack Query. Only a missing answer is retried; a refusal would be refused again. */
export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        // The sandbox on this machine answers without a network.
        networkMode: "always",
        staleTime: STALE_MS,
        retry: (count, error) => error instanceof OfflineError && count < OFFLINE_RETRIES,
      },
      mutations: { networkMode: "always", retry: false },
    },
  });
}

/** Clients, cache and feed of one merchant. Mounted anew (by its `key`) for another one, so nothing is shared. */
export function MerchantScope({ merchant, children }: { merchant: Merchant; children: ReactNode }) {
  const config = useConfig();
  const [scope] = useState(() => {
    const native = createNativeClient(config.api_base, merchant.api_key);
    const stripe = createStripeClient(config.v1_base, merchant.api_key);
    return {
      clients: { native, stripe },
      queries: createQueryClient(),
      feed: createFeedStore(native, config.poll_ms),
    };
  });
  useRunningFeed(scope.feed);
  return (
    <ClientsContext value={scope.clients}>
      <QueryClientProvider client={scope.queries}>
        <FeedContext value={scope.feed}>{children}</FeedContext>
      </QueryClientProvider>
    </ClientsContext>
  );
}
