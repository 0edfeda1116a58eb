import { useState } from "react";
import { Link } from "react-router";
import type { Endpoint } from "../api/schema";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { CodeBlock } from "../parts/CodeBlock";
import { Card, Page } from "../parts/Page";
import { Empty, ErrorState, Loading } from "../parts/states";
import { Table, type Column } from "../parts/Table";
import { Tabs } from "../parts/Tabs";
import { Time } from "../parts/Time";
import { CreateEndpoint } from "./CreateEndpoint";
import { EndpointStatus, LastDay } from "./EndpointStatus";
import { InboxCard } from "./InboxCard";
import { SecretDialog } from "./SecretDialog";
import { useEndpoints, useFreshWebhooks, useInbox } from "./useWebhooks";
import { SAMPLES } from "./verifySamples";
import { UserText } from "../parts/visible";

const text = messages.webhooks;

/** The merchant's endpoints, its inbox, and code that verifies a delivery. */
export default function WebhooksPage() {
  useFreshWebhooks();
  const { data, error, isPending, refetch } = useEndpoints();
  const inbox = useInbox();
  const [creating, setCreating] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const onCreated = (created: string) => {
    setCreating(false);
    setSecret(created);
  };
  return (
    <Page
      title={text.title}
      actions={
        <Button variant="primary" onClick={() => setCreating(true)}>
          {text.create.button}
        </Button>
      }
    >
      {/* All at once: what arrives later would push down what is below it. */}
      {isPending || inbox.isPending ? (
        <Loading />
      ) : (
        <div className="flex flex-col gap-4">
          {error && <ErrorState error={error} retry={() => void refetch()} />}
          {data?.length === 0 && <Empty title={text.empty.title}>{text.empty.text}</Empty>}
          {data && data.length > 0 && (
            <Table label={text.endpoints.title} columns={COLUMNS} rows={data} keyOf={(row) => row.endpoint_id} />
          )}
          <InboxCard endpoints={data} onCreated={onCreated} />
          <Card title={text.verify.title}>
            <p className="mb-3 text-muted">{text.verify.text}</p>
            <Tabs
              label={text.verify.title}
              tabs={SAMPLES.map(({ id, title, code }) => ({
                id,
                title,
                content: <CodeBlock code={code} label={title} />,
              }))}
            />
          </Card>
        </div>
      )}
      <CreateEndpoint open={creating} onClose={() => setCreating(false)} onCreated={onCreated} />
      <SecretDialog secret={secret} onClose={() => setSecret(null)} />
    </Page>
  );
}

const COLUMNS: readonly Column<Endpoint>[] = [
  {
    id: "url",
    title: text.endpoints.url,
    render: ({ endpoint_id, url, description }) => (
      <div className="max-w-md min-w-56">
        <Link className="break-all text-accent underline" to={`/webhooks/${endpoint_id}`}>
          <UserText>{url}</UserText>
        </Link>
        {description && (
          <p className="text-muted">
            <UserText>{description}</UserText>
          </p>
        )}
      </div>
    ),
  },
  {
    id: "status",
    title: text.endpoints.status,
    render: (endpoint) => (
      <div>
        <EndpointStatus endpoint={endpoint} />
        {endpoint.failing_since && (
          <p className="mt-1 text-xs text-bad sm:whitespace-nowrap">
            {text.endpoints.failingSince} <Time at={endpoint.failing_since} />
          </p>
        )}
      </div>
    ),
  },
  { id: "events", title: text.endpoints.events, render: ({ events }) => text.endpoints.eventTypes(events) },
  { id: "attempts", title: text.endpoints.attempts, render: (endpoint) => <LastDay endpoint={endpoint} /> },
];
