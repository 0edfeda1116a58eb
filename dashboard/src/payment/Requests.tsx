import type { FeedEntry, RequestEntry } from "../api/shapes";
import type { Payment } from "../api/schema";
import { messages } from "../messages";
import { HttpStatusBadge } from "../parts/Badge";
import { JsonView } from "../parts/JsonView";
import { KeyValue } from "../parts/KeyValue";
import { ErrorState, Loading } from "../parts/states";
import { Time } from "../parts/Time";
import { ApiError } from "../api/client";
import { useLoggedRequest } from "./usePayment";
import { UserText } from "../parts/visible";

const text = messages.payment.idempotency;
/** What operations have that no request asked for: a settlement, an expiry and a step of a timer. */
const NO_REQUESTS = ["settle", "sweep", "timer"];

/** The request of each operation: its idempotency key, its first answer, and the replays that the feed has seen. */
export function Requests({ payment, entries }: { payment: Payment; entries: readonly FeedEntry[] }) {
  const replays = entries.filter((entry): entry is RequestEntry => entry.kind === "request" && entry.request.replayed);
  const requestIds = [...new Set(payment.operations.map(({ request_id }) => request_id))];
  return (
    <ul className="flex flex-col gap-3">
      {requestIds.map((requestId) => {
        const operations = payment.operations.filter(({ request_id }) => request_id === requestId);
        return (
          <li key={requestId} className="rounded-md border border-line p-3">
            <p className="mb-2 font-medium">{text.title(operations.map(({ type }) => type.replaceAll("_", " ")))}</p>
            {NO_REQUESTS.includes(requestId) ? (
              <p className="text-muted">{text.notLogged}</p>
            ) : (
              <Logged
                requestId={requestId}
                replays={replays.filter(({ request }) =>
                  operations.some(({ transaction_id }) => transaction_id === request.transaction_id),
                )}
              />
            )}
          </li>
        );
      })}
    </ul>
  );
}

function Logged({ requestId, replays }: { requestId: string; replays: readonly RequestEntry[] }) {
  const { data, error, refetch } = useLoggedRequest(requestId);
  if (error instanceof ApiError && error.status === 404) return <p className="text-muted">{text.notLogged}</p>;
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Loading />;
  return (
    <>
      <KeyValue
        pairs={[
          [
            text.key,
            data.idempotency_key && (
              <code className="font-mono break-all">
                <UserText>{data.idempotency_key}</UserText>
              </code>
            ),
          ],
          [text.request, <code className="font-mono text-xs break-all">{data.request_id}</code>],
          [text.status, <HttpStatusBadge key="status" status={data.status} />],
          [text.at, <Time key="at" at={data.created_at} />],
        ]}
      />
      {data.body && (
        <div className="mt-2">
          <JsonView value={data.body} label={text.body} />
        </div>
      )}
      {data.answer && (
        <div className="mt-2">
          <JsonView value={data.answer} label={text.answer} />
        </div>
      )}
      {replays.length > 0 && (
        <>
          <p className="mt-2 font-medium">{text.replays(replays.length)}</p>
          <ul>
            {replays.map(({ id, at }) => (
              <li key={id} className="text-xs text-muted">
                <Time at={at} /> <code className="font-mono">{id}</code>
              </li>
            ))}
          </ul>
        </>
      )}
    </>
  );
}
