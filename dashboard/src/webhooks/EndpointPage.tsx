import clsx from "clsx";
import { Link, useParams, useSearchParams } from "react-router";
import { deliveryStatus } from "../api/deliveryStatus";
import { pageOfId } from "../api/pageOf";
import type { Endpoint } from "../api/schema";
import { messages } from "../messages";
import { HttpStatusBadge, StatusBadge } from "../parts/Badge";
import { Button } from "../parts/Button";
import { Drawer } from "../parts/Drawer";
import { SelectField } from "../parts/Field";
import { KeyValue } from "../parts/KeyValue";
import { Card, Page } from "../parts/Page";
import { ErrorState, Loading } from "../parts/states";
import { Table, type Column } from "../parts/Table";
import { Time } from "../parts/Time";
import { DeliveryDetail } from "./DeliveryDetail";
import { EndpointActions } from "./EndpointActions";
import { EndpointStatus, LastDay } from "./EndpointStatus";
import { type ListedDelivery, DELIVERY_STATUSES, useDeliveryList, useEndpoint, useFreshWebhooks } from "./useWebhooks";
import { UserText } from "../parts/visible";

const text = messages.webhooks;

/** One endpoint: its state, its operations, and the newest deliveries with their attempts. */
export default function EndpointPage() {
  const { endpointId = "" } = useParams();
  useFreshWebhooks();
  const { data, error, refetch } = useEndpoint(endpointId);
  return (
    <Page title={text.endpointTitle(endpointId)}>
      {data ? (
        <Shown endpoint={data} />
      ) : error ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : (
        <Loading />
      )}
    </Page>
  );
}

function Shown({ endpoint }: { endpoint: Endpoint }) {
  const [params, setParams] = useSearchParams();
  const selected = params.get("delivery");
  const status = params.get("status") ?? "";
  const { rows, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useDeliveryList(
    endpoint.endpoint_id,
    status,
  );
  const { endpoints, facts, deliveries } = text;
  const change = (name: string, value: string | null) =>
    setParams((before) => {
      const next = new URLSearchParams(before);
      if (value) next.set(name, value);
      else next.delete(name);
      return next;
    });
  const select = (id: string | null) => change("delivery", id);
  return (
    <div className="flex flex-col gap-4">
      <Card>
        <div className="flex flex-col gap-4">
          <KeyValue
            pairs={[
              [
                endpoints.url,
                <span key="url" className="break-all">
                  <UserText>{endpoint.url}</UserText>
                </span>,
              ],
              [endpoints.status, <EndpointStatus key="status" endpoint={endpoint} />],
              [facts.disabled, endpoint.disabled_reason && facts.reasons[endpoint.disabled_reason]],
              [endpoints.failingSince, endpoint.failing_since && <Time key="failing" at={endpoint.failing_since} />],
              [endpoints.events, endpoints.eventTypes(endpoint.events)],
              [facts.description, endpoint.description],
              [facts.created, <Time key="created" at={endpoint.created_at} />],
              [
                facts.previousSecret,
                endpoint.previous_secret_valid_until && <Time key="secret" at={endpoint.previous_secret_valid_until} />,
              ],
              [endpoints.attempts, <LastDay key="attempts" endpoint={endpoint} />],
            ]}
          />
          <EndpointActions endpoint={endpoint} />
        </div>
      </Card>
      <Card
        title={deliveries.title}
        actions={
          <SelectField
            label={endpoints.status}
            hideLabel
            value={status}
            onChange={(event) => change("status", event.target.value)}
            options={[
              { value: "", text: deliveries.any },
              ...DELIVERY_STATUSES.map((value) => ({ value, text: deliveries.statuses[value] })),
            ]}
          />
        }
      >
        {error && <ErrorState error={error} retry={() => void refetch()} />}
        {!error && !rows && <Loading />}
        {rows?.length === 0 && (
          <p className="text-muted">
            {hasNextPage ? deliveries.noneYet : status ? deliveries.noMatch : deliveries.none}
          </p>
        )}
        {rows && rows.length > 0 && (
          <Table
            label={deliveries.title}
            columns={columns(select)}
            rows={rows}
            keyOf={({ delivery_id }) => delivery_id}
          />
        )}
        {hasNextPage && (
          <div className="mt-3 flex justify-center">
            <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
              {deliveries.older}
            </Button>
          </div>
        )}
      </Card>
      <Drawer open={selected !== null} onClose={() => select(null)} title={deliveries.delivery}>
        {selected !== null && <DeliveryDetail id={selected} endpoint={endpoint} />}
      </Drawer>
    </div>
  );
}

function columns(select: (id: string) => void): Column<ListedDelivery>[] {
  const { deliveries } = text;
  return [
    {
      id: "event",
      title: deliveries.event,
      render: ({ delivery_id, event_type }) => (
        <button type="button" className="text-accent underline" onClick={() => select(delivery_id)}>
          {event_type}
        </button>
      ),
    },
    {
      id: "payment",
      title: deliveries.payment,
      render: ({ about }) => (about ? <About {...about} /> : null),
    },
    { id: "happened", title: deliveries.happened, render: ({ event_timestamp: at }) => <Time at={at} /> },
    {
      id: "status",
      title: text.endpoints.status,
      render: (delivery) => <StatusBadge status={deliveryStatus(delivery)} />,
    },

    { id: "attempts", title: deliveries.attempts, align: "right", render: ({ attempts }) => attempts },
    {
      id: "last",
      title: deliveries.last,
      render: ({ last_attempt_at, last_status, last_error, next_attempt_at }) => (
        <>
          {last_attempt_at ? (
            <span className="flex flex-wrap items-center gap-x-2">
              <HttpStatusBadge status={last_status ?? null} />
              <Time at={last_attempt_at} />
              {last_error && <span className="text-bad">{last_error}</span>}
            </span>
          ) : (
            deliveries.noAttempt
          )}
          {next_attempt_at && (
            <span className="block text-xs text-muted">
              {deliveries.next} <Time at={next_attempt_at} />
            </span>
          )}
        </>
      ),
    },
  ];
}

/** What an event is about: the payment by its reference, or else by its ID, or another object. */
function About({ id, reference }: { id: string; reference: string | null }) {
  const to = pageOfId(id);
  const shown = <UserText>{reference ?? id}</UserText>;
  const cut = "block max-w-36 truncate max-sm:max-w-full";
  return to === null ? (
    <span className={cut} title={id}>
      {shown}
    </span>
  ) : (
    <Link className={clsx(cut, "text-accent underline")} title={id} to={to}>
      {shown}
    </Link>
  );
}
