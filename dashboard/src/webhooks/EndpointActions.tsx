import { useState, type SubmitEvent } from "react";
import type { Endpoint, EndpointReplay, EndpointTest } from "../api/schema";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { Dialog } from "../parts/Drawer";
import { SelectField } from "../parts/Field";
import { InlineError } from "../parts/states";
import { SecretDialog } from "./SecretDialog";
import { requests, useChange, useSecretChange } from "./useWebhooks";

const text = messages.webhooks.actions;

const HOUR_S = 3_600;
const SINCE_S = [HOUR_S, 24 * HOUR_S, 7 * 24 * HOUR_S];

/** Buttons of an endpoint: test, rotate, replay, and disable or enable. */
export function EndpointActions({ endpoint }: { endpoint: Endpoint }) {
  const id = endpoint.endpoint_id;
  const test = useChange<EndpointTest>();
  const toggle = useChange();
  const rotate = useSecretChange();
  const [confirming, setConfirming] = useState(false);
  const [replaying, setReplaying] = useState(false);
  const [secret, setSecret] = useState<string | null>(null);
  const isEnabled = endpoint.status === "enabled";
  const rotateNow = () => {
    rotate.send(requests.rotate(id)).then(
      (rotated) => {
        setConfirming(false);
        setSecret(rotated.secret);
      },
      () => undefined,
    );
  };
  return (
    <div className="flex flex-col gap-2">
      <div className="flex flex-wrap gap-2">
        <Button
          variant="primary"
          busy={test.isPending}
          disabled={!isEnabled}
          onClick={() => test.mutate(requests.test(id))}
        >
          {text.test}
        </Button>
        <Button onClick={() => setReplaying(true)} disabled={!isEnabled}>
          {text.replay.button}
        </Button>
        <Button onClick={() => setConfirming(true)}>{text.rotate.button}</Button>
        <Button
          variant={isEnabled ? "danger" : "secondary"}
          busy={toggle.isPending}
          onClick={() => toggle.mutate(isEnabled ? requests.disable(id) : requests.enable(id))}
        >
          {isEnabled ? text.disable : text.enable}
        </Button>
      </div>
      <InlineError error={test.error ?? toggle.error} />
      <p role="status" className="text-good empty:hidden">
        {test.data ? text.tested(test.data.event_id) : null}
      </p>
      <Dialog
        open={confirming}
        onClose={() => setConfirming(false)}
        title={text.rotate.title}
        description={text.rotate.text}
      >
        <div className="flex flex-col items-start gap-3">
          <InlineError error={rotate.error} />
          <Button variant="primary" busy={rotate.isPending} onClick={rotateNow}>
            {text.rotate.submit}
          </Button>
        </div>
      </Dialog>
      <Dialog open={replaying} onClose={() => setReplaying(false)} title={text.replay.title}>
        <ReplayForm endpoint={id} />
      </Dialog>
      <SecretDialog secret={secret} onClose={() => setSecret(null)} />
    </div>
  );
}

function ReplayForm({ endpoint }: { endpoint: string }) {
  const replay = useChange<EndpointReplay>();
  const [seconds, setSeconds] = useState(String(SINCE_S[1]));
  const [onlyFailed, setOnlyFailed] = useState(true);
  const next = replay.data?.next_since;
  const start = () => new Date(Date.now() - Number(seconds) * 1000).toISOString();
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    replay.mutate(requests.replay(endpoint, next ?? start(), onlyFailed));
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <SelectField
        label={text.replay.since}
        value={seconds}
        onChange={(event) => {
          setSeconds(event.target.value);
          replay.reset();
        }}
        options={SINCE_S.map((value) => ({ value: String(value), text: text.replay.hours(value / HOUR_S) }))}
      />
      <label className="flex items-center gap-2">
        <input type="checkbox" checked={onlyFailed} onChange={(event) => setOnlyFailed(event.target.checked)} />
        {text.replay.onlyFailed}
      </label>
      <InlineError error={replay.error} />
      <p role="status" className="text-good empty:hidden">
        {replay.data ? text.replay.done(replay.data.planned, replay.data.left_out) : null}
      </p>
      <Button type="submit" variant="primary" busy={replay.isPending} className="self-start">
        {next ? text.replay.more : text.replay.submit}
      </Button>
    </form>
  );
}
