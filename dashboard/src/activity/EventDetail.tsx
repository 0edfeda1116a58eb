import { Link } from "react-router";
import type { FeedEntry } from "../api/shapes";
import { messages } from "../messages";
import { StatusBadge } from "../parts/Badge";
import { JsonView } from "../parts/JsonView";
import { KeyValue } from "../parts/KeyValue";
import { ErrorState, Loading } from "../parts/states";
import { Time } from "../parts/Time";
import { PaymentLink } from "./PaymentLink";
import { useEvent } from "./useLogged";

const text = messages.activity.detail;

/** An event, as it is delivered, and its deliveries. */
export function EventDetail({ id, entry }: { id: string; entry: FeedEntry | null }) {
  const { data, error, refetch } = useEvent(id);
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Loading />;
  const { deliveries, ...event } = data;
  return (
    <>
      <KeyValue
        pairs={[
          [text.type, <code className="font-mono text-xs">{event.type}</code>],
          [text.happened, <Time at={event.timestamp} />],
          [text.payment, entry?.payment_id && <PaymentLink id={entry.payment_id} />],
        ]}
      />
      <section aria-label={text.deliveries}>
        <h3 className="mb-2 font-semibold">{text.deliveries}</h3>
        {deliveries.length === 0 && <p className="text-muted">{text.noDeliveries}</p>}
        <ul className="flex flex-col gap-1.5">
          {deliveries.map(({ delivery_id, endpoint_id, status, attempts }) => (
            <li key={delivery_id} className="flex flex-wrap items-center gap-2">
              <Link className="font-mono text-xs text-accent underline" to={`/webhooks/${endpoint_id}`}>
                {endpoint_id}
              </Link>
              <StatusBadge status={status} />
              <span className="text-muted">{text.attempts(attempts)}</span>
            </li>
          ))}
        </ul>
      </section>
      <JsonView value={event} label={text.eventBody} />
    </>
  );
}
