import type { DeliverySummary } from "./schema";

const isFailure = (status: number | null | undefined) => status === null || status === undefined || status >= 300;

/** The status of a delivery as the API's filter takes it: `failing` is a pending one whose last attempt failed. */
export function deliveryStatus(delivery: Pick<DeliverySummary, "status" | "attempts" | "last_status">): string {
  const { status, attempts, last_status } = delivery;
  return status === "pending" && attempts > 0 && isFailure(last_status) ? "failing" : status;
}
