import { Link } from "react-router";
import { messages } from "../messages";
import { deliveryStatus } from "../api/deliveryStatus";
import { HttpStatusBadge, StatusBadge } from "../parts/Badge";
import { JsonView } from "../parts/JsonView";
import { ErrorState, Loading } from "../parts/states";
import { Time } from "../parts/Time";
import { useEvents, type EventWithDeliveries } from "./usePayment";

const text = messages.payment.events;

/** Events of the payment, oldest first, each with every delivery attempt. */
export function Events({ id }: { id: string }) {
  const { data, error, refetch } = useEvents(id);
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Loading />;
  if (!data.length) return <p className="text-muted">{text.none}</p>;
  return (
    <ul className="flex flex-col gap-3">
      {data.map(({ event, deliveries }) => (
        <li key={event.id} className="rounded-md border border-line p-3">
          <p className="flex flex-wrap items-center gap-2">
            <span className="font-medium">{event.type}</span>
            <span className="text-muted">
              <Time at={event.timestamp} />
            </span>
            <code className="font-mono text-xs text-muted">{event.id}</code>
          </p>
          {deliveries.length === 0 && <p className="mt-1 text-muted">{text.noEndpoint}</p>}
          {deliveries.map(({ delivery, attempts }) => (
            <Attempts key={delivery.delivery_id} delivery={delivery} attempts={attempts} />
          ))}
          <details className="mt-2">
            <summary className="text-accent">{text.body}</summary>
            <div className="mt-2">
              <JsonView value={event} label={text.body} />
            </div>
          </details>
        </li>
      ))}
    </ul>
  );
}

function Attempts({ delivery, attempts }: EventWithDeliveries["deliveries"][number]) {
  return (
    <div className="mt-2 border-t border-line pt-2">
      <p className="flex flex-wrap items-center gap-2">
        <Link className="text-accent underline" to={`/webhooks/${delivery.endpoint_id}`}>
          {delivery.endpoint_id}
        </Link>
        <StatusBadge status={deliveryStatus(delivery)} />
        {delivery.next_attempt_at && (
          <span className="text-muted">
            {text.next} <Time at={delivery.next_attempt_at} />
          </span>
        )}
      </p>
      <ol className="mt-1 flex flex-col gap-1">
        {attempts.map(({ number, at, status, error, latency_ms }) => (
          <li key={number} className="flex flex-wrap items-center gap-2 text-xs">
            <span className="text-muted">{text.attempt(number)}</span>
            <HttpStatusBadge status={status ?? null} />
            <Time at={at} as="clock" />
            {latency_ms !== undefined && <span className="text-muted">{text.latency(latency_ms)}</span>}
            {error && <span className="text-bad">{error}</span>}
          </li>
        ))}
      </ol>
    </div>
  );
}
