import type { Payment, PaymentOperation } from "../api/schema";
import { messages } from "../messages";
import { Badge } from "../parts/Badge";
import { CopyIcon } from "../parts/Copy";
import { Money } from "../parts/Money";
import { Time } from "../parts/Time";

const text = messages.payment.timeline;

/** Facts of an operation, beside its amount. */
function detailOf(operation: PaymentOperation, payment: Payment): string {
  const facts = [
    operation.type === "authorization" && payment.decline_code ? text.declined(payment.decline_code) : null,
    operation.final ? text.final : null,
    operation.reason,
    operation.refund_status,
    operation.failure_reason,
    operation.outcome,
    operation.cause,
    operation.result ? text.result(operation.result) : null,
    operation.batch ? text.batch(operation.batch) : null,
  ];
  return facts.filter(Boolean).join(" · ").replaceAll("_", " ");
}

/** The operations of a payment, oldest first. The API's order is that of recording, which a moved clock can change. */
export function Timeline({ payment }: { payment: Payment }) {
  const operations = payment.operations.toSorted((a, b) => Date.parse(a.created_at) - Date.parse(b.created_at));
  return (
    <ol className="flex flex-col">
      {operations.map((operation) => (
        <li key={operation.transaction_id} className="grid grid-cols-[1rem_minmax(0,1fr)_auto] gap-x-3">
          <span className="flex flex-col items-center" aria-hidden="true">
            <span className="mt-1.5 size-2 shrink-0 rounded-full bg-accent" />
            <span className="w-px grow bg-line" />
          </span>
          <div className="min-w-0 pb-4">
            <p className="flex flex-wrap items-center gap-2">
              <span className="font-medium">{operation.type.replaceAll("_", " ")}</span>
              {operation.source === "simulated" && <Badge tone="info">{text.simulated}</Badge>}
              <span className="text-muted">{detailOf(operation, payment)}</span>
            </p>
            <p className="flex items-center gap-1 text-xs text-muted">
              <Time at={operation.created_at} />
              <span aria-hidden="true">·</span>
              <code className="truncate font-mono">{operation.transaction_id}</code>
              <CopyIcon text={operation.transaction_id} label={messages.parts.copyOf(operation.transaction_id)} />
            </p>
          </div>
          <Money amount={operation.amount} currency={payment.currency} />
        </li>
      ))}
    </ol>
  );
}
