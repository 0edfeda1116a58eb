import { useState, type SubmitEvent } from "react";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { Dialog } from "../parts/Drawer";
import { SelectField, TextField } from "../parts/Field";
import { InlineError } from "../parts/states";
import { EventTypesField } from "./EventTypesField";
import eventTypes from "./eventTypes.json";
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
  const [format, setFormat] = useState<keyof typeof eventTypes>("native");
  const [events, setEvents] = useState<readonly string[] | null>(null);
  const [description, setDescription] = useState("");
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const create = format === "stripe" ? requests.createStripe : requests.create;
    send(create(url.trim(), events ?? [ALL], description.trim())).then(
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
      <SelectField
        label={text.format}
        value={format}
        onChange={(event) => {
          setFormat(event.target.value === "stripe" ? "stripe" : "native");
          // Those of the other format are none of this one.
          setEvents(null);
        }}
        options={[
          { value: "native", text: text.formats.native },
          { value: "stripe", text: text.formats.stripe },
        ]}
      />
      <EventTypesField key={format} types={eventTypes[format]} chosen={events} onChange={setEvents} />
      <TextField
        label={text.description}
        value={description}
        onChange={(event) => setDescription(event.target.value)}
        maxLength={500}
      />
      <InlineError error={error} />
      <Button
        type="submit"
        variant="primary"
        busy={isPending}
        disabled={!url.trim() || events?.length === 0}
        className="self-start"
      >
        {text.submit}
      </Button>
    </form>
  );
}
