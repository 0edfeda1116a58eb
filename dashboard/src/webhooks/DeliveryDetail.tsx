import { useState } from "react";
import { deliveryStatus } from "../api/deliveryStatus";
import type { Delivery, DeliveryAttempt, Endpoint } from "../api/schema";
import { messages } from "../messages";
import { Badge, HttpStatusBadge, StatusBadge } from "../parts/Badge";
import { Button } from "../parts/Button";
import { CodeBlock } from "../parts/CodeBlock";
import { JsonView } from "../parts/JsonView";
import { ErrorState, InlineError, Loading } from "../parts/states";
import { Time } from "../parts/Time";
import { deliveredBody } from "./signature";
import { SignatureCheck } from "./SignatureCheck";
import { requests, useChange, useDelivery, useEvent } from "./useWebhooks";
import { UserText } from "../parts/visible";

const text = messages.webhooks.delivery;

/** One delivery: every attempt with its request, answer and signature, and a button that sends it again. */
export function DeliveryDetail({ id, endpoint }: { id: string; endpoint: Endpoint }) {
  const { data, error, refetch } = useDelivery(id);
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Loading />;
  return <Shown delivery={data} endpoint={endpoint} />;
}

function Shown({ delivery, endpoint }: { delivery: Delivery; endpoint: Endpoint }) {
  const resend = useChange();
  const event = useEvent(delivery.event_id);
  // Endpoints of the Stripe-compatible API get Stripe's event, which has other fields.
  const isNative = endpoint.format !== "stripe";
  const body = event.data && isNative ? deliveredBody(event.data) : null;
  return (
    <div className="flex flex-col gap-4">
      <div className="flex flex-wrap items-center gap-2">
        <StatusBadge status={statusOf(delivery)} />
        <span className="font-medium">{delivery.event_type}</span>
        {delivery.next_attempt_at && (
          <span className="text-muted">
            {text.next} <Time at={delivery.next_attempt_at} />
          </span>
        )}
        <Button
          busy={resend.isPending}
          onClick={() => resend.mutate(requests.resend(delivery.event_id, delivery.endpoint_id))}
        >
          {text.resend}
        </Button>
      </div>
      <InlineError error={resend.error ?? event.error} />
      <p role="status" className="text-good empty:hidden">
        {resend.isSuccess ? text.resent : null}
      </p>
      {delivery.attempts.length === 0 && <p className="text-muted">{text.none}</p>}
      {delivery.attempts.toReversed().map((attempt, index) => (
        <Attempt
          key={attempt.number}
          attempt={attempt}
          endpoint={delivery.endpoint_id}
          body={body}
          isNative={isNative}
          isNewest={index === 0}
        />
      ))}
    </div>
  );
}

/** `failing` for one that is retried. */
function statusOf({ status, attempts }: Delivery): string {
  return deliveryStatus({ status, attempts: attempts.length, last_status: attempts.at(-1)?.status ?? null });
}

interface AttemptProps {
  attempt: DeliveryAttempt;
  endpoint: string;
  /** Null while it is read, and for Stripe's events. */
  body: string | null;
  isNative: boolean;
  isNewest: boolean;
}

function Attempt({ attempt, endpoint, body, isNative, isNewest }: AttemptProps) {
  // Stays as it is when a newer attempt follows, since somebody may be reading it.
  const [isOpen, setOpen] = useState(isNewest);
  const { number, at, latency_ms, status, error, response, fault } = attempt;
  const sent = attempt.request_headers as Record<string, string>;
  const headers = Object.fromEntries(Object.entries(sent).map(([name, value]) => [name.toLowerCase(), value]));
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return (
    <details
      open={isOpen}
      onToggle={(event) => setOpen(event.currentTarget.open)}
      className="rounded-md border border-line"
    >
      <summary className="p-3">
        <span className="inline-flex flex-wrap items-center gap-2">
          <span className="font-medium">{text.attempt(number)}</span>
          <HttpStatusBadge status={status ?? null} />
          <Time at={at} />
          <span className="text-muted">{text.latency(latency_ms)}</span>
          {fault && <Badge tone="bad">{messages.activity.fault(fault)}</Badge>}
        </span>
      </summary>
      <div className="flex flex-col gap-3 border-t border-line p-3">
        <h3 className="font-medium">{text.request}</h3>
        {lines.length ? (
          <CodeBlock code={lines.join("\n")} label={text.headersOf(number)} />
        ) : (
          <p className="text-muted">{text.noHeaders}</p>
        )}
        {body !== null && <JsonView value={body} label={text.bodyOf(number)} />}
        <h3 className="font-medium">{text.answer}</h3>
        {error && (
          <p className="text-bad">
            <UserText>{error}</UserText>
          </p>
        )}
        {response ? <CodeBlock code={response} label={text.answerOf(number)} /> : <p>{text.noAnswerBody}</p>}
        <h3 className="font-medium">{text.signature}</h3>
        {!isNative && <p className="text-muted">{text.stripe}</p>}
        {body !== null && <SignatureCheck endpoint={endpoint} headers={headers} body={body} attempt={number} />}
      </div>
    </details>
  );
}
