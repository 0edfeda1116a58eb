import { useFeed } from "../api/feed";
import type { DeliverySummary, Endpoint } from "../api/schema";
import { messages } from "../messages";
import { Badge, StatusBadge } from "../parts/Badge";
import { useNow } from "../parts/times";
import { attemptsByHour, sumOf } from "./attempts";
import { Sparkline } from "./Sparkline";

const text = messages.webhooks.endpoints;

interface AttemptsProps {
  endpoint: Endpoint;
  deliveries: readonly DeliverySummary[];
}

/** An endpoint's status. It is not a good one while most attempts of the last 24 hours failed. */
export function EndpointStatus({ endpoint, deliveries }: AttemptsProps) {
  const { succeeded, failed } = sumOf(useAttempts(endpoint, deliveries));
  if (endpoint.status !== "enabled" || failed <= succeeded) return <StatusBadge status={endpoint.status} />;
  return <Badge tone="warn">{text.mostFail}</Badge>;
}

/** Attempts of 24 hours by hour, and how many of them succeeded. */
export function LastDay({ endpoint, deliveries }: AttemptsProps) {
  const hours = useAttempts(endpoint, deliveries);
  const { succeeded, failed } = sumOf(hours);
  const count = succeeded + failed;
  return (
    <span className="inline-flex flex-wrap items-center gap-x-3">
      <Sparkline hours={hours} />
      {count > 0 && <span className="text-xs text-muted">{text.rate(succeeded, count)}</span>}
    </span>
  );
}

function useAttempts({ endpoint_id }: Endpoint, deliveries: readonly DeliverySummary[]) {
  return attemptsByHour(endpoint_id, useFeed().entries, deliveries, useNow());
}
