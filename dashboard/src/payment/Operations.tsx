import { useState, type SubmitEvent } from "react";
import type { Payment } from "../api/schema";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { decimalText, parseAmount } from "../parts/currency";
import { Dialog } from "../parts/Drawer";
import { SelectField, TextField } from "../parts/Field";
import { InlineError } from "../parts/states";
import { useOperation } from "./usePayment";

const text = messages.payment.operations;

type Kind = "capture" | "increment" | "void" | "refund";

interface RefundableCapture {
  id: string;
  refundable: number;
}

/** Statuses of a chargeback that has not ended: a refund would return the money twice. During an inquiry it is possible. */
const CHARGEBACK = ["needs_response", "under_review"];

/** Captures of which something can still be refunded. What a dispute took is of the oldest ones, and cannot be. */
export function refundableCaptures(payment: Payment): RefundableCapture[] {
  if (payment.dispute && CHARGEBACK.includes(payment.dispute.status)) return [];
  const pending = (capture: string) =>
    payment.refunds
      .filter(({ capture_id, status }) => capture_id === capture && ["pending", "requires_action"].includes(status))
      .reduce((sum, { amount }) => sum + amount, 0);
  let disputed = payment.disputed ?? 0;
  return payment.captures
    .map(({ transaction_id, amount, refunded }) => {
      const left = amount - refunded - pending(transaction_id);
      const taken = Math.min(left, disputed);
      disputed -= taken;
      return { id: transaction_id, refundable: left - taken };
    })
    .filter(({ refundable }) => refundable > 0);
}

/** Which operations are possible now, by the payment's totals. The API decides in the end. */
export function possibleOperations(payment: Payment): Kind[] {
  const isHeld =
    payment.remaining > 0 && ["approved", "partially_captured", "partially_refunded"].includes(payment.status);
  return [
    ...(isHeld ? (["capture"] as const) : []),
    ...(isHeld && payment.status === "approved" ? (["increment"] as const) : []),
    ...(isHeld ? (["void"] as const) : []),
    ...(refundableCaptures(payment).length ? (["refund"] as const) : []),
  ];
}

/** Buttons that capture, increment, void and refund. */
export function Operations({ payment }: { payment: Payment }) {
  const [open, setOpen] = useState<Kind | null>(null);
  // Here, so that a request whose answer was lost is known after the dialog was closed.
  const operation = useOperation(payment.auth_id);
  const possible = possibleOperations(payment);
  return (
    <>
      {possible.map((kind) => (
        <Button
          key={kind}
          variant={kind === "capture" ? "primary" : kind === "void" ? "danger" : "secondary"}
          onClick={() => {
            operation.reset();
            setOpen(kind);
          }}
        >
          {text[kind].button}
        </Button>
      ))}
      <Dialog open={open !== null} onClose={() => setOpen(null)} title={open ? text[open].title : ""}>
        {open && <OperationForm kind={open} payment={payment} operation={operation} onDone={() => setOpen(null)} />}
      </Dialog>
    </>
  );
}

interface OperationFormProps {
  kind: Kind;
  payment: Payment;
  operation: ReturnType<typeof useOperation>;
  onDone: () => void;
}

function OperationForm({ kind, payment, operation, onDone }: OperationFormProps) {
  const captures = refundableCaptures(payment);
  const [capture, setCapture] = useState(captures[0]?.id ?? "");
  const most = kind === "refund" ? (captures.find(({ id }) => id === capture)?.refundable ?? 0) : payment.remaining;
  const [amount, setAmount] = useState(kind === "increment" ? "" : decimalText(most, payment.currency));
  const [isFinal, setFinal] = useState(false);
  const [invalid, setInvalid] = useState(false);

  const submit = (event: SubmitEvent) => {
    event.preventDefault();
    const units = parseAmount(amount, payment.currency);
    if (kind !== "void" && !units) {
      setInvalid(true);
      return;
    }
    setInvalid(false);
    const body =
      kind === "void"
        ? { auth_id: payment.auth_id }
        : kind === "increment"
          ? { auth_id: payment.auth_id, amount: units }
          : kind === "capture"
            ? { auth_id: payment.auth_id, amount: units, ...(isFinal && { final: true }) }
            : { transaction_id: capture, amount: units };
    operation.mutate({ path: `/payments/${kind}`, body }, { onSuccess: onDone });
  };

  return (
    <form onSubmit={submit} className="flex flex-col gap-3" noValidate>
      {kind === "void" && <p>{text.void.text(decimalText(payment.remaining, payment.currency), payment.currency)}</p>}
      {kind === "refund" && captures.length > 1 && (
        <SelectField
          label={text.refund.capture}
          value={capture}
          onChange={(event) => setCapture(event.target.value)}
          options={captures.map(({ id, refundable }) => ({
            value: id,
            text: text.refund.option(id, decimalText(refundable, payment.currency)),
          }))}
        />
      )}
      {kind !== "void" && (
        <TextField
          label={text.amount(payment.currency)}
          hint={kind === "increment" ? text.increment.more : text.most(decimalText(most, payment.currency))}
          error={invalid ? text.invalidAmount : null}
          value={amount}
          onChange={(event) => setAmount(event.target.value)}
          inputMode="decimal"
          autoComplete="off"
        />
      )}
      {kind === "capture" && (
        <label className="flex items-center gap-2">
          <input type="checkbox" checked={isFinal} onChange={(event) => setFinal(event.target.checked)} />
          {text.capture.final}
        </label>
      )}
      <InlineError error={operation.error} />
      <Button type="submit" variant={kind === "void" ? "danger" : "primary"} busy={operation.isPending}>
        {text[kind].submit}
      </Button>
    </form>
  );
}
