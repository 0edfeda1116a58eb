import { useQuery, type UseQueryResult } from "@tanstack/react-query";
import { createDonorClient } from "../api/client";
import type { DonationIntent, DonationTotal, RecentDonations } from "../api/schema";

/** Milliseconds between two looks at what others have given. The API lets clients keep an answer as long. */
const POLL_MS = 5_000;

export interface Gift {
  /** Minor units of USD. */
  amount: number;
  message: string;
  anonymous: boolean;
}

/** Create a donation and return the client secret of its PaymentIntent. Throws as the API's client does.
 *
 * Without an idempotency key, a second click within a minute is the same donation.
 */
export async function createDonation(base: string, token: string, gift: Gift): Promise<string> {
  const { amount, message, anonymous } = gift;
  const body = { amount, currency: "USD", anonymous, ...(message && { message }) };
  const client = createDonorClient(base, token);
  const answer = await client.request<DonationIntent>("POST", "/donations/create-intent", { body });
  return answer.data.client_secret;
}

function useLive<T>(base: string, path: string): UseQueryResult<T> {
  return useQuery({
    queryKey: [path],
    queryFn: ({ signal }) => createDonorClient(base, null).get<T>(path, undefined, signal),
    refetchInterval: POLL_MS,
  });
}

export function useTotal(base: string): UseQueryResult<DonationTotal> {
  return useLive(base, "/donations/total");
}

export function useRecent(base: string): UseQueryResult<RecentDonations> {
  return useLive(base, "/donations/recent");
}
