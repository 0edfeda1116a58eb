import type { ReactNode } from "react";
import { Link } from "react-router";
import { useDocUrl } from "../api/config";
import { pageOfPath } from "../api/pageOf";
import type { LoggedRequest, Payment, PaymentOperation, PaymentPosting } from "../api/schema";
import { messages } from "../messages";
import { Badge, HttpStatusBadge } from "../parts/Badge";
import { CopyIcon } from "../parts/Copy";
import { Money } from "../parts/Money";
import { ErrorState, Loading } from "../parts/states";
import { Time } from "../parts/Time";
import { durationText } from "../parts/times";
import { UserText } from "../parts/visible";
import { historyOf, type OperationStep, type RequestStep } from "./steps";
import { useEvents, usePostings, useRequestsOf, type EventWithDeliveries } from "./usePayment";

const text = messages.payment.history;
/** The clock's time and real time are the same up to what a request takes. */
const SAME_TIME_MS = 5_000;

/** What happened to a payment: each operation with its request, postings, events and attempts, and what came between. */
export function History({ payment }: { payment: Payment }) {
  const id = payment.auth_id;
  const postings = usePostings(id);
  const events = useEvents(id);
  const requests = useRequestsOf(id, payment.reference ?? null);
  const failed = [postings, events, requests].find(({ error }) => error);
  if (failed?.error) return <ErrorState error={failed.error} retry={() => void failed.refetch()} />;
  if (!postings.data || !events.data || !requests.data) return <Loading />;
  const steps = historyOf(payment, postings.data, events.data, requests.data.requests);
  return (
    <>
      <ol className="flex flex-col">
        {steps.map((step) => (
          <li
            key={step.kind === "operation" ? step.operation.transaction_id : step.requests[0]?.request_id}
            className="grid grid-cols-[1rem_minmax(0,1fr)] gap-x-3"
          >
            <span className="flex flex-col items-center" aria-hidden="true">
              <span
                className={`mt-1.5 size-2 shrink-0 rounded-full ${step.kind === "operation" ? "bg-accent" : "bg-line"}`}
              />
              <span className="w-px grow bg-line" />
            </span>
            <div className="flex min-w-0 flex-col gap-1 pb-4">
              {step.kind === "operation" ? <Operation step={step} payment={payment} /> : <Others step={step} />}
            </div>
          </li>
        ))}
      </ol>
      {requests.data.isCut && <p className="text-muted">{text.older(requests.data.searched)}</p>}
    </>
  );
}

/** Facts of an operation, beside its amount. */
function detailOf(operation: PaymentOperation): string {
  const facts = [
    operation.final ? text.final : null,
    operation.reason,
    operation.refund_status,
    operation.failure_reason,
    operation.outcome,
    operation.cause,
    operation.result ? text.result(operation.result) : null,
    operation.batch ? text.batch(operation.batch) : null,
  ];
  return facts.filter(Boolean).join(" · ").replaceAll("_", " ");
}

function Operation({ step, payment }: { step: OperationStep; payment: Payment }) {
  const { operation, request, postings, events } = step;
  const declineCode = operation.type === "authorization" ? payment.decline_code : operation.decline_code;
  const isMoved =
    request !== null && Math.abs(Date.parse(operation.created_at) - Date.parse(request.created_at)) > SAME_TIME_MS;
  return (
    <>
      {request && <RequestLine request={request} />}
      <p className="flex flex-wrap items-center gap-x-2">
        <span className="font-medium">{operation.type.replaceAll("_", " ")}</span>
        <Money amount={operation.amount} currency={payment.currency} />
        {operation.source === "simulated" && <Badge tone="info">{text.simulated}</Badge>}
        <span className="text-muted">{detailOf(operation)}</span>
      </p>
      {declineCode && (
        <Why
          code={declineCode}
          detail={text.declinedBy[operation.type === "increment" ? "increment" : "authorization"]}
          doc="/docs/reference/cards"
        />
      )}
      <p className="flex flex-wrap items-center gap-x-1 text-xs text-muted">
        <Time at={operation.created_at} />
        {isMoved && (
          <span>
            {text.realTime} <Time at={request.created_at} />
          </span>
        )}
        <span aria-hidden="true">·</span>
        <code className="min-w-0 font-mono break-all">{operation.transaction_id}</code>
        <CopyIcon text={operation.transaction_id} label={messages.parts.copyOf(operation.transaction_id)} />
      </p>
      {postings.length > 0 && <Postings postings={postings} operation={operation.type} />}
      {events.map((event) => (
        <EventLines key={event.event.id} event={event} />
      ))}
    </>
  );
}

function RequestLine({ request, count = 1 }: { request: LoggedRequest; count?: number }) {
  return (
    <p className="flex flex-wrap items-center gap-x-2">
      <Link
        className="font-mono text-xs break-all text-accent underline"
        to={pageOfPath(`/requests/${request.request_id}`)}
      >
        <UserText>{`${request.method} ${request.path ?? request.route}`}</UserText>
      </Link>
      <HttpStatusBadge status={request.status} />
      {request.replayed && <Badge tone="info">{messages.activity.replayed}</Badge>}
      {request.fault && <Badge tone="bad">{messages.activity.fault(request.fault)}</Badge>}
      {count > 1 && <Badge>{text.times(count)}</Badge>}
      <span className="text-xs text-muted">{messages.activity.ms(request.duration_ms)}</span>
    </p>
  );
}

/** Requests that did nothing to the payment. The time is that of the first. */
function Others({ step }: { step: RequestStep }) {
  const [first] = step.requests;
  if (!first) return null;
  return (
    <>
      <RequestLine request={first} count={step.requests.length} />
      {first.status >= 400 && first.code && (
        <Why code={first.code} detail={first.detail ?? ""} doc={`/docs/errors/${first.code}`} />
      )}
      <p className="text-xs text-muted">
        <Time at={first.created_at} />
      </p>
    </>
  );
}

function Why({ code, detail, doc }: { code: string; detail: string; doc: string }) {
  const url = useDocUrl(doc);
  return (
    <p className="rounded-md bg-bad-soft px-2 py-1 text-bad">
      <a className="font-medium underline" href={url} target="_blank" rel="noreferrer">
        {code.replaceAll("_", " ")}
      </a>{" "}
      {detail}
    </p>
  );
}

function Postings({ postings, operation }: { postings: readonly PaymentPosting[]; operation: string }) {
  const columns = [text.debit, text.credit, text.amount];
  return (
    <table className="w-full max-w-xl text-xs">
      <caption className="sr-only">{text.postings(operation.replaceAll("_", " "))}</caption>
      <thead className="text-muted">
        <tr>
          {columns.map((title, index) => (
            <th
              key={title}
              scope="col"
              className={`py-0.5 font-normal ${index === 2 ? "text-right" : "pr-3 text-left"}`}
            >
              {title}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {postings.map(({ debit, credit, amount, currency }, index) => (
          // Two postings of an operation may be the same, and never change.
          <tr key={index} className="border-t border-line">
            <td className="py-0.5 pr-3 font-mono break-all">{debit}</td>
            <td className="py-0.5 pr-3 font-mono break-all">{credit}</td>
            <td className="py-0.5 text-right">
              <Money amount={amount} currency={currency} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function EventLines({ event: { event, deliveries } }: { event: EventWithDeliveries }) {
  return (
    <div className="flex flex-col gap-1">
      <p className="flex flex-wrap items-center gap-x-2">
        <span className="text-xs text-muted">{text.event}</span>
        <Link className="text-accent underline" to={pageOfPath(`/events/${event.id}`)}>
          {event.type}
        </Link>
        {deliveries.length === 0 && <span className="text-xs text-muted">{text.noEndpoint}</span>}
      </p>
      {deliveries.map((each) => (
        <Attempts key={each.delivery.delivery_id} {...each} />
      ))}
    </div>
  );
}

/** The attempts of a delivery, folded to the last of them. */
function Attempts({ delivery, attempts }: EventWithDeliveries["deliveries"][number]) {
  const first = attempts[0];
  const last = attempts.at(-1);
  const to: ReactNode = (
    <Link className="text-accent underline" to={`/webhooks/${delivery.endpoint_id}`}>
      {delivery.endpoint_id}
    </Link>
  );
  if (!first || !last) {
    return (
      <p className="flex flex-wrap items-center gap-x-2 pl-3 text-xs">
        {to} <span className="text-muted">{text.noAttempt}</span>
      </p>
    );
  }
  const took = (Date.parse(last.at) - Date.parse(first.at)) / 1000;
  const line = (
    <span className="inline-flex flex-wrap items-center gap-x-2">
      {attempts.length > 1 && <Badge>{text.attempts(attempts.length)}</Badge>}
      <HttpStatusBadge status={last.status ?? null} />
      {last.latency_ms !== undefined && <span className="text-muted">{messages.activity.ms(last.latency_ms)}</span>}
      {took >= 1 && <span className="text-muted">{text.within(durationText(took))}</span>}
      {last.error && <span className="text-bad">{last.error}</span>}
      {delivery.next_attempt_at && (
        <span className="text-muted">
          {messages.payment.events.next} <Time at={delivery.next_attempt_at} />
        </span>
      )}
    </span>
  );
  return (
    <div className="flex flex-wrap items-baseline gap-x-2 pl-3 text-xs">
      {to}
      {attempts.length === 1 ? (
        line
      ) : (
        <details>
          <summary>{line}</summary>
          <ol className="mt-1 flex flex-col gap-1">
            {attempts.map(({ number, at, status, error, latency_ms }) => (
              <li key={number} className="flex flex-wrap items-center gap-2">
                <span className="text-muted">{messages.payment.events.attempt(number)}</span>
                <HttpStatusBadge status={status ?? null} />
                <Time at={at} />
                {latency_ms !== undefined && <span className="text-muted">{messages.activity.ms(latency_ms)}</span>}
                {error && <span className="text-bad">{error}</span>}
              </li>
            ))}
          </ol>
        </details>
      )}
    </div>
  );
}
