import { useState } from "react";
import { Link } from "react-router";
import { useConfig } from "../api/config";
import type { Inbox, InboxAnswer, InboxSignature, InboxWebhook } from "../api/shapes";
import type { Endpoint } from "../api/schema";
import { messages } from "../messages";
import { Badge, HttpStatusBadge } from "../parts/Badge";
import { Button } from "../parts/Button";
import { CodeBlock, CopyLine } from "../parts/CodeBlock";
import { Drawer } from "../parts/Drawer";
import { SelectField } from "../parts/Field";
import { JsonView } from "../parts/JsonView";
import { KeyValue } from "../parts/KeyValue";
import { Card } from "../parts/Page";
import { ErrorState, InlineError, Loading } from "../parts/states";
import { Table, type Column } from "../parts/Table";
import { Time } from "../parts/Time";
import { requests, useChange, useInbox, useSecretChange } from "./useWebhooks";
import { UserText, visible } from "../parts/visible";

const text = messages.webhooks.inbox;

const ANSWERS: readonly InboxAnswer[] = ["200", "500", "410", "hang"];

interface InboxProps {
  /** The merchant's endpoints, undefined while they are read. */
  endpoints: readonly Endpoint[] | undefined;
  /** Called with the signing secret of an endpoint that was created for the inbox. */
  onCreated: (secret: string) => void;
}

/** The merchant's inbox: its URL, its answer, and the webhooks that it received. */
export function InboxCard({ endpoints, onCreated }: InboxProps) {
  const { data, error, refetch } = useInbox();
  return (
    <Card title={text.title}>
      {error ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : data ? (
        <Shown inbox={data} endpoints={endpoints} onCreated={onCreated} />
      ) : (
        <Loading />
      )}
    </Card>
  );
}

function Shown({ inbox, endpoints, onCreated }: InboxProps & { inbox: Inbox }) {
  const { inbox_hang } = useConfig();
  const create = useSecretChange();
  const answer = useChange();
  const empty = useChange();
  const [selected, setSelected] = useState<InboxWebhook | null>(null);
  const [chosen, setChosen] = useState<string>(inbox.answer);
  const own = endpoints?.find(({ url }) => url === inbox.url);
  const connect = () => {
    create.send(requests.create(inbox.url, ["*"], text.endpointDescription)).then(
      ({ secret }) => onCreated(secret),
      () => undefined,
    );
  };
  const answers = ANSWERS.filter((one) => one !== "hang" || inbox_hang);
  return (
    <div className="flex flex-col gap-3">
      <p className="text-muted">{text.text}</p>
      <CopyLine text={inbox.url} />
      <div className="flex flex-wrap items-end gap-3">
        <SelectField
          label={text.answer}
          // Not disabled while it is sent: a disabled control loses the focus.
          value={answer.isPending ? chosen : inbox.answer}
          onChange={(event) => {
            if (answer.isPending) return;
            setChosen(event.target.value);
            answer.mutate(requests.answer(event.target.value));
          }}
          options={answers.map((value) => ({ value, text: text.answers[value] }))}
          className="w-72 max-w-full"
        />
        {endpoints && !own && (
          <Button variant="primary" busy={create.isPending} onClick={connect}>
            {text.connect}
          </Button>
        )}
        <Button busy={empty.isPending} disabled={!inbox.data.length} onClick={() => empty.mutate(requests.empty())}>
          {text.empty}
        </Button>
      </div>
      {own && (
        <p className="text-muted">
          {text.connected}{" "}
          <Link className="text-accent underline" to={`/webhooks/${own.endpoint_id}`}>
            {own.endpoint_id}
          </Link>
        </p>
      )}
      <InlineError error={create.error ?? answer.error ?? empty.error} />
      {inbox.data.length ? (
        <Table label={text.received} columns={columns(setSelected)} rows={inbox.data} keyOf={({ id }) => id} />
      ) : (
        <p className="text-muted">{text.none}</p>
      )}
      <Drawer
        open={selected !== null}
        onClose={() => setSelected(null)}
        title={visible(selected?.event_type ?? text.webhook)}
      >
        {selected && <Webhook webhook={selected} />}
      </Drawer>
    </div>
  );
}

function columns(select: (webhook: InboxWebhook) => void): Column<InboxWebhook>[] {
  return [
    { id: "received", title: text.receivedAt, render: ({ received_at }) => <Time at={received_at} /> },
    {
      id: "type",
      title: text.event,
      render: (webhook) => (
        <button type="button" className="text-accent underline" onClick={() => select(webhook)}>
          <UserText>{webhook.event_type ?? text.webhook}</UserText>
        </button>
      ),
    },
    {
      id: "status",
      title: text.answered,
      render: ({ status }) => <HttpStatusBadge status={status} none={text.unanswered} />,
    },
    { id: "signature", title: text.signature, render: ({ signature }) => <Verdict signature={signature} /> },
  ];
}

function Verdict({ signature }: { signature: InboxSignature }) {
  return <Badge tone={signature.valid ? "good" : "bad"}>{signature.valid ? text.valid : text.invalid}</Badge>;
}

function Webhook({ webhook }: { webhook: InboxWebhook }) {
  const { signature, stripe_signature: stripe, headers, body } = webhook;
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`);
  return (
    <div className="flex flex-col gap-3">
      <h3 className="font-medium">{text.signature}</h3>
      <Signature signature={signature} body={body} label={text.base} />
      {stripe && (
        <>
          <h3 className="font-medium">{text.stripeSignature}</h3>
          <Signature signature={stripe} body={body} label={text.stripeBase} />
        </>
      )}
      <h3 className="font-medium">{text.headers}</h3>
      <CodeBlock code={lines.join("\n")} label={text.headers} />
      <h3 className="font-medium">{text.body}</h3>
      <JsonView value={body} label={text.body} />
    </div>
  );
}

function Signature({ signature, body, label }: { signature: InboxSignature; body: string; label: string }) {
  const { valid, reason, endpoint_id, secret, base_string_prefix } = signature;
  return (
    <div className="flex flex-col gap-2">
      <p className="flex flex-wrap items-center gap-2">
        <Verdict signature={signature} />
        {valid ? text.why : reason && text.reasons[reason]}
      </p>
      <KeyValue
        pairs={[
          [text.endpoint, endpoint_id],
          [text.secret, secret && text.secrets[secret]],
        ]}
      />
      {base_string_prefix !== null && <CodeBlock code={base_string_prefix + body} label={label} />}
    </div>
  );
}
