import type { Endpoint } from "../api/schema";
import { messages } from "../messages";
import { Badge, StatusBadge } from "../parts/Badge";
import { Time } from "../parts/Time";
import { attemptsByHour, countedSince, sumOf } from "./attempts";
import { Sparkline } from "./Sparkline";
import { useAttempts } from "./useWebhooks";

const text = messages.webhooks.endpoints;

/** An endpoint's status. It is not a good one while most attempts of the last 24 hours failed. */
export function EndpointStatus({ endpoint }: { endpoint: Endpoint }) {
  const { succeeded, failed } = sumOf(attemptsByHour(endpoint.endpoint_id, useAttempts().data));
  if (endpoint.status !== "enabled" || failed <= succeeded) return <StatusBadge status={endpoint.status} />;
  return <Badge tone="warn">{text.mostFail}</Badge>;
}

/** Attempts of 24 hours by hour, and how many of them succeeded. */
export function LastDay({ endpoint }: { endpoint: Endpoint }) {
  const { data } = useAttempts();
  const hours = attemptsByHour(endpoint.endpoint_id, data);
  const { succeeded, failed } = sumOf(hours);
  const count = succeeded + failed;
  const since = countedSince(data);
  return (
    <span className="inline-flex flex-wrap items-center gap-x-3">
      <Sparkline hours={hours} />
      {count > 0 && (
        <span className="text-xs text-muted">
          {text.rate(succeeded, count)}
          {since && (
            <>
              {" "}
              {text.countedSince} <Time at={since} />
            </>
          )}
        </span>
      )}
    </span>
  );
}
