import { Link } from "react-router";
import { messages } from "../messages";
import { HttpStatusBadge, StatusBadge } from "../parts/Badge";
import { CodeBlock } from "../parts/CodeBlock";
import { JsonView } from "../parts/JsonView";
import { KeyValue } from "../parts/KeyValue";
import { ErrorState, Loading } from "../parts/states";
import { Time } from "../parts/Time";
import { useDelivery } from "./useLogged";

const text = messages.activity.detail;

/** One attempt to deliver an event: the request's headers, and the endpoint's answer. */
export function AttemptDetail({ deliveryId, attempt }: { deliveryId: string; attempt: number }) {
  const { data, error, refetch } = useDelivery(deliveryId, attempt);
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Loading />;
  const sent = data.attempts.find(({ number }) => number === attempt);
  return (
    <>
      <KeyValue
        pairs={[
          [text.event, <IdLink key="event" to={`/?id=${encodeURIComponent(data.event_id)}`} id={data.event_id} />],
          [text.endpoint, <IdLink key="endpoint" to={`/webhooks/${data.endpoint_id}`} id={data.endpoint_id} />],
          [text.delivery, <StatusBadge key="delivery" status={data.status} />],
          [text.nextAttempt, data.next_attempt_at && <Time key="next" at={data.next_attempt_at} />],
          [text.sent, sent && <Time key="sent" at={sent.at} />],
          [
            text.status,
            sent && <HttpStatusBadge key="status" status={sent.status ?? null} none={messages.activity.noAnswer} />,
          ],
          [text.duration, sent && messages.activity.ms(sent.latency_ms)],
          [text.error, sent?.error],
        ]}
      />
      {/* The attempt is recorded after its entry. */}
      {!sent && <p className="text-muted">{text.attemptMissing}</p>}
      {sent && Object.keys(sent.request_headers).length > 0 && (
        <CodeBlock
          label={text.headers}
          code={Object.entries(sent.request_headers)
            .map(([name, value]) => `${name}: ${value}`)
            .join("\n")}
        />
      )}
      {sent?.response && <JsonView value={sent.response} label={text.answer} />}
    </>
  );
}

function IdLink({ to, id }: { to: string; id: string }) {
  return (
    <Link className="font-mono text-xs break-all text-accent underline" to={to}>
      {id}
    </Link>
  );
}
