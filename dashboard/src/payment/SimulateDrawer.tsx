import { useState, type SubmitEvent } from "react";
import type { ActionParameter, PossibleAction } from "../api/schema";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { Drawer } from "../parts/Drawer";
import { CodeText } from "../parts/CodeText";
import { SelectField, TextField } from "../parts/Field";
import { ErrorState, InlineError, Loading } from "../parts/states";
import { Time } from "../parts/Time";
import { useOperation, useSimulation } from "./usePayment";

const text = messages.payment.simulate;

interface SimulateProps {
  /** The payment. */
  id: string;
  open: boolean;
  onClose: () => void;
}

/** What the bank, the network or the cardholder can do now, to the payment and to its captures and refunds. */
export function SimulateDrawer({ id, open, onClose }: SimulateProps) {
  const [object, setObject] = useState(id);
  // Kept here: an action that was performed is often no longer possible, and its form is gone.
  const [done, setDone] = useState(false);
  const payment = useSimulation(id, open);
  const chosen = useSimulation(object, open);
  const objects = [{ id, kind: "payment" }, ...(payment.data?.objects ?? [])];
  return (
    <Drawer open={open} onClose={onClose} title={text.title} description={text.description}>
      <div className="flex flex-col gap-4">
        {objects.length > 1 && (
          <SelectField
            label={text.object}
            value={object}
            onChange={(event) => {
              setObject(event.target.value);
              setDone(false);
            }}
            options={objects.map((one) => ({ value: one.id, text: `${one.kind} ${one.id}` }))}
          />
        )}
        <p role="status" className="text-good empty:hidden">
          {done && text.done}
        </p>
        {chosen.error && <ErrorState error={chosen.error} retry={() => void chosen.refetch()} />}
        {chosen.isPending && <Loading />}
        {chosen.data && (
          <>
            {chosen.data.due.length > 0 && (
              <ul aria-label={text.due} className="flex flex-col gap-1">
                {chosen.data.due.map(({ id: due, action, due_at }) => (
                  <li key={`${due} ${action}`} className="text-muted">
                    {text.dueStep(action)} <Time at={due_at} />
                  </li>
                ))}
              </ul>
            )}
            {chosen.data.actions.length === 0 && <p className="text-muted">{text.none}</p>}
            {chosen.data.actions.map((action) => (
              <ActionForm
                key={`${object} ${action.action}`}
                payment={id}
                object={object}
                action={action}
                onSend={() => setDone(false)}
                onDone={() => setDone(true)}
              />
            ))}
          </>
        )}
      </div>
    </Drawer>
  );
}

/** The arguments of an action: integers as numbers, and those that were left empty not at all. */
function argumentsOf(parameters: readonly ActionParameter[], values: Record<string, string>): Record<string, unknown> {
  return Object.fromEntries(
    parameters
      .map(({ name, type }) => [name, type === "integer" ? Number(values[name]) : values[name]] as const)
      .filter(([name]) => values[name]),
  );
}

interface ActionProps {
  payment: string;
  object: string;
  action: PossibleAction;
  onSend: () => void;
  onDone: () => void;
}

function ActionForm({ payment, object, action, onSend, onDone }: ActionProps) {
  const operation = useOperation(payment);
  const [values, setValues] = useState<Record<string, string>>({});
  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    onSend();
    const path = `/sandbox/simulate/${encodeURIComponent(object)}/${encodeURIComponent(action.action)}`;
    // Not the callback of `mutate`, which is not called once the form is gone. `operation.error` shows the error.
    operation.mutateAsync({ path, body: argumentsOf(action.parameters, values) }).then(onDone, () => undefined);
  };
  const set = (name: string) => (event: { target: { value: string } }) =>
    setValues((before) => ({ ...before, [name]: event.target.value }));
  return (
    <form onSubmit={submit} className="flex flex-col gap-2 rounded-md border border-line p-3" noValidate>
      <p className="font-medium">{action.action}</p>
      <p className="text-muted">
        <CodeText>{action.description}</CodeText>
      </p>
      {action.parameters.map(({ name, description, choices, required, type }) =>
        choices?.length ? (
          <SelectField
            key={name}
            label={name}
            hint={<CodeText>{description}</CodeText>}
            value={values[name] ?? ""}
            onChange={set(name)}
            required={required}
            options={[{ value: "", text: text.default }, ...choices.map((value) => ({ value, text: value }))]}
          />
        ) : (
          <TextField
            key={name}
            label={name}
            hint={<CodeText>{description}</CodeText>}
            value={values[name] ?? ""}
            onChange={set(name)}
            required={required}
            inputMode={type === "integer" ? "numeric" : "text"}
            autoComplete="off"
          />
        ),
      )}
      <InlineError error={operation.error} />
      <Button type="submit" busy={operation.isPending} className="self-start">
        {text.submit(action.action)}
      </Button>
    </form>
  );
}
