import type { Payment } from "../api/schema";
import { messages } from "../messages";
import { formatMoney } from "../parts/currency";

const text = messages.payment.bar;

interface Part {
  name: string;
  amount: number;
  color: string;
}

function partsOf(payment: Payment): Part[] {
  const refunded = payment.refunded + (payment.refund_pending ?? 0);
  const disputed = payment.disputed ?? 0;
  return [
    { name: text.captured, amount: payment.captured - refunded - disputed, color: "fill-good" },
    { name: text.refunded, amount: refunded, color: "fill-warn" },
    { name: text.disputed, amount: disputed, color: "fill-bad" },
    { name: text.released, amount: payment.released, color: "fill-muted" },
    { name: text.remaining, amount: payment.remaining, color: "fill-accent" },
  ].filter(({ amount }) => amount > 0);
}

/** What became of the authorized amount, as a bar and in words. */
export function AmountBar({ payment }: { payment: Payment }) {
  const parts = partsOf(payment);
  const total = parts.reduce((sum, { amount }) => sum + amount, 0);
  if (!total) return <p className="text-muted">{text.nothing}</p>;
  const startOf = (index: number) => parts.slice(0, index).reduce((sum, { amount }) => sum + amount, 0);
  return (
    <div>
      <svg viewBox="0 0 100 4" preserveAspectRatio="none" className="h-3 w-full rounded-sm" aria-hidden="true">
        {parts.map(({ name, amount, color }, index) => (
          <rect
            key={name}
            x={(startOf(index) / total) * 100}
            y={0}
            width={(amount / total) * 100}
            height={4}
            className={color}
          />
        ))}
      </svg>
      <ul className="mt-2 flex flex-wrap gap-x-5 gap-y-1">
        {parts.map(({ name, amount, color }) => (
          <li key={name} className="inline-flex items-center gap-1.5">
            <svg viewBox="0 0 8 8" className="size-2" aria-hidden="true">
              <rect width={8} height={8} rx={2} className={color} />
            </svg>
            <span className="text-muted">{name}</span>
            <span className="tabular-nums">{formatMoney(amount, payment.currency)}</span>
          </li>
        ))}
      </ul>
    </div>
  );
}
