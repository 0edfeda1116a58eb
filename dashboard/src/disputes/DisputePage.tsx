import { useQuery } from "@tanstack/react-query";
import { useState, type SubmitEvent } from "react";
import { Link, useParams } from "react-router";
import { useApi } from "../api/client";
import { useRepeatablePost } from "../api/post";
import type { DisputeDetails, EvidenceFields } from "../api/schema";
import { messages } from "../messages";
import { StatusBadge } from "../parts/Badge";
import { Button } from "../parts/Button";
import { CopyIcon } from "../parts/Copy";
import { Dialog } from "../parts/Drawer";
import { SelectField, TextField } from "../parts/Field";
import { KeyValue } from "../parts/KeyValue";
import { Money } from "../parts/Money";
import { Card, Page } from "../parts/Page";
import { ErrorState, InlineError, Loading } from "../parts/states";
import { Time } from "../parts/Time";
import { UserText } from "../parts/visible";
import { EVIDENCE_FIELDS } from "./evidence";

const text = messages.disputes;
const pathOf = (id: string) => `/disputes/${encodeURIComponent(id)}`;

/** One dispute: its facts, and a form for its evidence while the bank waits for it. */
export default function DisputePage() {
  const { id = "" } = useParams();
  const api = useApi();
  const { data, error, refetch } = useQuery({
    queryKey: ["dispute", id],
    queryFn: ({ signal }) => api.get<DisputeDetails>(pathOf(id), undefined, signal),
  });
  return (
    <Page title={text.title(id)} actions={<CopyIcon text={id} label={messages.parts.copyOf(id)} />}>
      {error && <ErrorState error={error} retry={() => void refetch()} />}
      {!error && !data && <Loading />}
      {data && <Shown dispute={data} />}
    </Page>
  );
}

function Shown({ dispute }: { dispute: DisputeDetails }) {
  const isOpen = dispute.status.endsWith("needs_response");
  return (
    <div className="flex flex-col gap-4">
      <Card title={text.facts.title}>
        <div className="mb-3 flex flex-wrap items-center gap-3">
          <span className="text-2xl font-semibold">
            <Money amount={dispute.amount} currency={dispute.currency} />
          </span>
          <StatusBadge status={dispute.status} />
        </div>
        <KeyValue
          pairs={[
            [
              text.facts.payment,
              <Link key="payment" className="text-accent underline" to={`/payments/${dispute.auth_id}`}>
                {dispute.auth_id}
              </Link>,
            ],
            [text.facts.reason, dispute.reason.replaceAll("_", " ")],
            [text.facts.stage, dispute.stage.replaceAll("_", " ")],
            [text.facts.created, <Time key="created" at={dispute.created_at} />],
            [text.facts.due, isOpen && <Time key="due" at={dispute.due_by} />],
            [text.facts.decides, dispute.decides_at && <Time key="decides" at={dispute.decides_at} />],
            [text.facts.submissions, String(dispute.submissions)],
            [text.facts.fee, <Money key="fee" amount={dispute.fee} currency={dispute.currency} />],
          ]}
        />
      </Card>
      <Evidence dispute={dispute} isOpen={isOpen} />
    </div>
  );
}

function Evidence({ dispute, isOpen }: { dispute: DisputeDetails; isOpen: boolean }) {
  const post = useRepeatablePost(["dispute", dispute.dispute_id]);
  const [field, setField] = useState<keyof EvidenceFields>("uncategorized_text");
  const [value, setValue] = useState("");
  const [accepting, setAccepting] = useState(false);
  const path = `${pathOf(dispute.dispute_id)}/evidence`;
  const saved = Object.entries(dispute.evidence);

  const save = (event: SubmitEvent) => {
    event.preventDefault();
    if (value.trim()) post.mutate({ path, body: { evidence: { [field]: value } } }, { onSuccess: () => setValue("") });
  };

  return (
    <Card title={text.evidence.title}>
      {saved.length === 0 && <p className="text-muted">{text.evidence.none}</p>}
      <dl className="mb-3 flex flex-col gap-2">
        {saved.map(([name, said]) => (
          <div key={name}>
            <dt className="text-xs text-muted">{name.replaceAll("_", " ")}</dt>
            <dd className="wrap-anywhere">
              <UserText>{said}</UserText>
            </dd>
          </div>
        ))}
      </dl>
      {isOpen && (
        <form className="flex flex-col gap-3" onSubmit={save}>
          <p className="text-muted">{text.evidence.text}</p>
          <div className="flex flex-wrap items-end gap-3">
            <SelectField
              className="w-64 max-sm:grow"
              label={text.evidence.field}
              value={field}
              onChange={(event) => setField(event.target.value as keyof EvidenceFields)}
              options={EVIDENCE_FIELDS.map((name) => ({ value: name, text: name.replaceAll("_", " ") }))}
            />
            <TextField
              className="min-w-56 grow"
              label={text.evidence.value}
              value={value}
              onChange={(event) => setValue(event.target.value)}
            />
            <Button type="submit" busy={post.isPending} disabled={!value.trim()}>
              {text.evidence.add}
            </Button>
          </div>
          <InlineError error={post.error} />
          <div className="flex flex-wrap gap-2">
            <Button
              variant="primary"
              busy={post.isPending}
              disabled={saved.length === 0}
              onClick={() => post.mutate({ path, body: { submit: true } })}
            >
              {text.evidence.submit}
            </Button>
            <Button variant="danger" onClick={() => setAccepting(true)}>
              {text.evidence.accept}
            </Button>
          </div>
        </form>
      )}
      <Dialog open={accepting} onClose={() => setAccepting(false)} title={text.evidence.accept}>
        <p className="mb-3">{text.evidence.acceptText}</p>
        <InlineError error={post.error} />
        <Button
          variant="danger"
          busy={post.isPending}
          onClick={() =>
            post.mutate({ path: `${pathOf(dispute.dispute_id)}/accept` }, { onSuccess: () => setAccepting(false) })
          }
        >
          {text.evidence.confirm}
        </Button>
      </Dialog>
    </Card>
  );
}
