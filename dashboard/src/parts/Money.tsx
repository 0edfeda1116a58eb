import { formatMoney } from "./currency";

/** An amount in minor units. Shows a dash if there is none. */
export function Money({ amount, currency }: { amount: number | null; currency: string | null }) {
  if (amount === null || currency === null) return <span className="text-muted">–</span>;
  return (
    <span className="whitespace-nowrap tabular-nums" title={`${amount} ${currency.toUpperCase()} in minor units`}>
      {formatMoney(amount, currency)}
    </span>
  );
}
