import { useState } from "react";
import { Link } from "react-router";
import { pageOfId, pageOfPath } from "../api/pageOf";
import type { Payment } from "../api/schema";
import { versions } from "../api/stripeLists.json";
import { messages } from "../messages";
import { SelectField } from "../parts/Field";
import { JsonView } from "../parts/JsonView";
import { ErrorState, Loading } from "../parts/states";
import { Tabs } from "../parts/Tabs";
import { Time } from "../parts/Time";
import { useStripeEvents, useStripeObjects, type StripeNames } from "./useStripeView";

const text = messages.payment.stripe;

/** A payment as Stripe's API shows it: its events and its objects. */
export function StripeView({ payment, names }: { payment: Payment; names: StripeNames }) {
  return (
    <Tabs
      label={text.label}
      tabs={[
        { id: "stripe_events", title: text.events, content: <StripeEvents payment={payment} /> },
        { id: "stripe_objects", title: text.objects, content: <StripeObjects names={names} /> },
      ]}
    />
  );
}

function StripeEvents({ payment }: { payment: Payment }) {
  const { data, error, refetch } = useStripeEvents(payment);
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Loading />;
  if (!data.length) return <p className="text-muted">{text.noEvents}</p>;
  return (
    <ul className="flex flex-col gap-3">
      {data.map((event) => (
        <li key={event.id} className="rounded-md border border-line p-3">
          <p className="flex flex-wrap items-center gap-2">
            <span className="font-medium">{event.type}</span>
            <span className="text-muted">
              <Time at={new Date(event.created * 1000).toISOString()} />
            </span>
            <Link
              className="font-mono text-xs text-accent underline wrap-anywhere"
              to={pageOfPath(`/v1/events/${event.id}`)}
            >
              {event.id}
            </Link>
            <code className="font-mono text-xs text-muted wrap-anywhere">{event.data.object.id}</code>
          </p>
          <details className="mt-2">
            <summary className="text-accent">{text.body(event.type)}</summary>
            <div className="mt-2">
              <JsonView value={event} label={event.id} />
            </div>
          </details>
        </li>
      ))}
    </ul>
  );
}

function StripeObjects({ names }: { names: StripeNames }) {
  const [version, setVersion] = useState("");
  const { data, error, refetch } = useStripeObjects(names, version);
  return (
    <div className="flex flex-col gap-4">
      <SelectField
        className="max-w-72"
        label={text.version}
        value={version}
        onChange={(event) => setVersion(event.target.value)}
        options={[{ value: "", text: text.ofAccount }, ...versions.map((value) => ({ value, text: value }))]}
      />
      {error && <ErrorState error={error} retry={() => void refetch()} />}
      {!error && !data && <Loading />}
      {data?.map((object) => (
        <section key={object.id} aria-label={object.id}>
          <h3 className="mb-1 font-semibold wrap-anywhere">{text.object(object.object ?? "", object.id)}</h3>
          <JsonView
            value={object}
            label={`${object.object ?? ""} ${object.id}`}
            pageOf={(value) => (value === object.id ? null : pageOfId(value))}
          />
        </section>
      ))}
    </div>
  );
}
