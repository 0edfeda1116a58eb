import { useState } from "react";
import { ApiError, newIdempotencyKey } from "../api/client";
import { useConfig } from "../api/config";
import type { RequestEntry } from "../api/shapes";
import { useMerchant } from "../api/session";
import type { LoggedRequest } from "../api/schema";
import { messages } from "../messages";
import { cardText } from "../parts/card";
import { Badge, HttpStatusBadge, StatusBadge } from "../parts/Badge";
import { CodeBlock } from "../parts/CodeBlock";
import { JsonView } from "../parts/JsonView";
import { KeyValue } from "../parts/KeyValue";
import { Money } from "../parts/Money";
import { ErrorState, Loading } from "../parts/states";
import { Tabs } from "../parts/Tabs";
import { Time } from "../parts/Time";
import { Exports } from "./Exports";
import { isRecord, parseObject, unmaskedBody } from "./maskedBody";
import { PaymentLink } from "./PaymentLink";
import { sampleOf, urlOf, type Language, type SampleRequest } from "./samples";
import { SendAgain } from "./SendAgain";
import { useStoredRequest } from "./useLogged";
import { UserText } from "../parts/visible";

const text = messages.activity.detail;

const LANGUAGES: readonly { id: Language; title: string }[] = [
  { id: "curl", title: "curl" },
  { id: "python", title: "Python" },
  { id: "node", title: "Node" },
];

interface RequestDetailProps {
  id: string;
  entry: RequestEntry | null;
  onSelect: (id: string) => void;
}

/** A request: why it failed, its answer, the request as code, and a form that sends it again. */
export function RequestDetail({ id, entry, onSelect }: RequestDetailProps) {
  const { data, error, refetch } = useStoredRequest(id);
  const isMissing = error instanceof ApiError && error.status === 404;
  if (error && !isMissing) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data && !entry) return error ? <ErrorState error={error} retry={() => void refetch()} /> : <Loading />;
  const request = data ?? entry?.request;
  if (!request) return null;
  return (
    <>
      <Why {...request} answer={data?.answer ?? null} />
      <KeyValue
        pairs={[
          [
            text.status,
            <span key="status" className="inline-flex items-center gap-2">
              <HttpStatusBadge status={request.status} />
              <StatusBadge status={request.outcome} />
              {request.replayed && <Badge tone="info">{messages.activity.replayed}</Badge>}
              {data?.fault && <Badge tone="bad">{messages.activity.fault(data.fault)}</Badge>}
            </span>,
          ],
          [text.route, <Mono key="route">{request.route}</Mono>],
          [text.sent, <Time key="sent" at={data?.created_at ?? entry?.at ?? ""} />],
          [text.duration, messages.activity.ms(request.duration_ms)],
          [text.request, <Mono key="request">{id}</Mono>],
          [
            text.amount,
            entry && entry.amount !== null ? (
              <Money key="amount" amount={entry.amount} currency={entry.currency} />
            ) : null,
          ],
          [text.card, entry?.card && cardText(entry.card)],
          [text.reference, entry?.reference],
          [text.payment, <Payment key="payment" id={entry?.payment_id ?? data?.payment_id ?? null} />],
          // Last, since it is read: the rows above stay where they are when it arrives.
          [text.key, data?.idempotency_key && <Mono key="key">{data.idempotency_key}</Mono>],
        ]}
      />
      {data?.answer && <JsonView value={data.answer} label={text.answer} />}
      {data ? (
        <AsCode request={data} path={data.path ?? entry?.request.path ?? null} onSelect={onSelect} />
      ) : isMissing ? (
        <p className="text-muted">{text.notStored}</p>
      ) : (
        <Loading />
      )}
      {data && <Exports request={data} />}
    </>
  );
}

function Mono({ children }: { children: string }) {
  return (
    <code className="font-mono text-xs break-all">
      <UserText>{children}</UserText>
    </code>
  );
}

function Payment({ id }: { id: string | null }) {
  return id === null ? "–" : <PaymentLink id={id} />;
}

interface WhyProps {
  code?: string | null;
  detail?: string | null;
  param?: string | null;
  outcome: string;
  /** The answer's text, masked. */
  answer: string | null;
}

/** The decline code in an answer of either API. */
export function declineCodeIn(answer: string | null): string | null {
  const body = parseObject(answer);
  const error = isRecord(body?.["error"]) ? body["error"] : body;
  const code = error?.["decline_code"];
  return typeof code === "string" ? code : null;
}

/** Why a request was refused, or a card declined. */
function Why({ code, detail, param, outcome, answer }: WhyProps) {
  const { api_base } = useConfig();
  if (!code && outcome !== "declined") return null;
  const decline = declineCodeIn(answer);
  return (
    <section aria-label={text.why} className="rounded-md bg-bad-soft px-3 py-2 text-bad">
      <h3 className="font-semibold">{text.why}</h3>
      {detail && (
        <p>
          <UserText>{detail}</UserText>
        </p>
      )}
      {!code && <p>{decline ? text.declinedWith(decline) : text.declined}</p>}
      {param && (
        <p>
          {text.param}{" "}
          <code className="font-mono text-xs">
            <UserText>{param}</UserText>
          </code>
        </p>
      )}
      {code && (
        <p>
          <a className="underline" href={`${api_base}/docs/errors/${code}`} target="_blank" rel="noreferrer">
            {text.errorPage(code)}
          </a>
        </p>
      )}
    </section>
  );
}

interface AsCodeProps {
  request: LoggedRequest;
  /** Null if it is not logged. */
  path: string | null;
  onSelect: (id: string) => void;
}

function AsCode({ request, path, onSelect }: AsCodeProps) {
  const config = useConfig();
  const merchant = useMerchant();
  // The same key in all samples, as long as the details are open.
  const [newKey] = useState(newIdempotencyKey);
  if (!path) return <p className="text-muted">{text.noPath}</p>;
  const sample: SampleRequest = {
    method: request.method,
    path,
    body: request.body ? unmaskedBody(request.body) : null,
    hasIdempotencyKey: Boolean(request.idempotency_key),
  };
  const url = urlOf(sample.path, config, location.origin);
  const apiKey = merchant?.secret_key ?? merchant?.api_key;
  const tabs = LANGUAGES.map(({ id, title }) => ({
    id,
    title,
    content: (
      <CodeBlock code={sampleOf(id, sample, url, newKey)} label={text.requestAs(title)} {...(apiKey && { apiKey })} />
    ),
  }));
  const logged = request.body && (
    <>
      <p className="mb-2 text-muted">{text.masked}</p>
      <JsonView value={request.body} label={text.body} />
    </>
  );
  return (
    <>
      <section aria-label={text.asCode}>
        <h3 className="mb-1 font-semibold">{text.asCode}</h3>
        <Tabs
          label={text.asCode}
          tabs={[...tabs, ...(logged ? [{ id: "body", title: text.body, content: logged }] : [])]}
        />
        <p className="mt-2 text-xs text-muted">{text.notLogged}</p>
      </section>
      <SendAgain request={sample} onSelect={onSelect} />
    </>
  );
}
