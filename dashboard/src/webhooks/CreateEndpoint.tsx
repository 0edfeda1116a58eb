import { useState, type SubmitEvent } from "react";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { Dialog } from "../parts/Drawer";
import { TextField } from "../parts/Field";
import { InlineError } from "../parts/states";
import { requests, useSecretChange } from "./useWebhooks";

const text = messages.webhooks.create;

const ALL = "*";

interface CreateProps {
  open: boolean;
  onClose: () => void;
  /** Called with the signing secret. */
  onCreated: (secret: string) => void;
}

/** The form for an endpoint of your own. */
export function CreateEndpoint({ open, onClose, onCreated }: CreateProps) {
  return (
    <Dialog open={open} onClose={onClose} title={text.title}>
      <Form onCreated={onCreated} />
    </Dialog>
  );
}

function Form({ onCreated }: Pick<CreateProps, "onCreated">) {
  const { send, isPending, error } = useSecretChange();
  const [url, setUrl] = useState("");
  const [events, setEvents] = useState(ALL);
  const [description, setDescription] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const types = events.split(/[\s,]+/).filter(Boolean);
    send(requests.create(url.trim(), types.length ? types : [ALL], description.trim())).then(
      ({ secret }) => onCreated(secret),
      // `error` shows it.
      () => undefined,
    );
  };
  return (
    <form onSubmit={submit} className="flex flex-col gap-3">
      <TextField
        label={text.url}
        hint={text.urlHint}
        type="url"
        required
        value={url}
        onChange={(event) => setUrl(event.target.value)}
      />
      <TextField
        label={text.events}
        hint={text.eventsHint}
        value={events}
        onChange={(event) => setEvents(event.target.value)}
        autoComplete="off"
        spellCheck={false}
      />
      <TextField
        label={text.description}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
        maxLength={500}
      />
      <InlineError error={error} />
      <Button type="submit" variant="primary" busy={isPending} className="self-start">
        {text.submit}
      </Button>
    </form>
  );
}
