import { Link } from "react-router";
import { messages } from "../messages";
import { HttpStatusBadge, StatusBadge } from "../parts/Badge";
import { JsonView } from "../parts/JsonView";
import { KeyValue } from "../parts/KeyValue";
import { Card } from "../parts/Page";
import { Time } from "../parts/Time";
import { factsOf } from "./request";
import { useEffectsOf, type Result } from "./useTry";
import { UserText } from "../parts/visible";

const text = messages.try;

const LINK = "text-accent underline";
const HTTP_REFUSED = 400;
const HTTP_DECLINED = 402;

/** The answer, and the events and webhook attempts that follow from it. */
export function ResultCard({ result }: { result: Result }) {
  const { body, httpStatus, requestId, latencyMs } = result;
  const { status, paymentId: known, challenge } = factsOf(body);
  const { paymentId, events, attempts } = useEffectsOf(requestId, known);
  const isRefused = httpStatus >= HTTP_REFUSED && httpStatus !== HTTP_DECLINED;
  return (
    <Card title={text.result.title}>
      <div className="flex flex-col gap-3">
        <p className="flex flex-wrap items-center gap-2" role="status">
          <span className="sr-only">{text.result.http}</span>
          <HttpStatusBadge status={httpStatus} />
          {status && <StatusBadge status={status} />}
          <span className="text-muted">{text.result.latency(latencyMs)}</span>
        </p>
        <KeyValue
          pairs={[
            [
              text.result.paymentId,
              paymentId && (
                <Link key="payment" className={`${LINK} break-all`} to={`/payments/${paymentId}`}>
                  {paymentId}
                </Link>
              ),
            ],
            [
              text.result.request,
              requestId && (
                <code key="request" className="font-mono text-xs break-all">
                  {requestId}
                </code>
              ),
            ],
          ]}
        />
        {challenge && (
          <a className={LINK} href={challenge} target="_blank" rel="noreferrer">
            {text.result.challenge}
          </a>
        )}
        <JsonView value={body} label={text.result.body} />
        <h3 className="font-medium">{text.events.title}</h3>
        {events.length ? (
          <ol aria-label={text.events.title} className="flex flex-col gap-1">
            {events.map(({ id, at, event }) => (
              <li key={id} className="flex flex-wrap items-center gap-2">
                <span>{event.type}</span>
                <span className="text-muted">
                  <Time at={at} as="clock" />
                </span>
              </li>
            ))}
          </ol>
        ) : (
          <p className="text-muted">{isRefused ? text.events.none : text.events.waiting}</p>
        )}
        <h3 className="font-medium">{text.webhooks.title}</h3>
        {attempts.length ? (
          <ol aria-label={text.webhooks.title} className="flex flex-col gap-1">
            {attempts.map(({ id, delivery_attempt: attempt }) => (
              <li key={id} className="flex flex-wrap items-center gap-2">
                <HttpStatusBadge status={attempt.status} />
                <Link
                  className={LINK}
                  to={`/webhooks/${attempt.endpoint_id}?${new URLSearchParams({ delivery: attempt.delivery_id }).toString()}`}
                >
                  {attempt.event_type}
                </Link>
                <span className="text-muted">
                  {text.webhooks.attempt(attempt.attempt)}, {text.result.latency(attempt.latency_ms)}
                </span>
                {attempt.error && (
                  <span className="text-bad">
                    <UserText>{attempt.error}</UserText>
                  </span>
                )}
              </li>
            ))}
          </ol>
        ) : (
          <p className="text-muted">
            {text.webhooks.none}{" "}
            <Link className={LINK} to="/webhooks">
              {text.webhooks.endpoints}
            </Link>
          </p>
        )}
      </div>
    </Card>
  );
}
