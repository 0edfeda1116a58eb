import type { PaymentPosting } from "../api/schema";
import { messages } from "../messages";
import { decimalText } from "../parts/currency";
import { ErrorState, Loading } from "../parts/states";
import { usePostings } from "./usePayment";

const text = messages.payment.accounts;

interface Line {
  id: string;
  posting: PaymentPosting;
  side: "debit" | "credit";
}

/** The postings by account, in the order in which accounts are first used. */
export function accountsOf(postings: readonly PaymentPosting[]): Map<string, Line[]> {
  const accounts = new Map<string, Line[]>();
  for (const [index, posting] of postings.entries()) {
    for (const side of ["debit", "credit"] as const) {
      const name = posting[side];
      accounts.set(name, [...(accounts.get(name) ?? []), { id: `${index}-${side}`, posting, side }]);
    }
  }
  return accounts;
}

/** Debits minus credits of an account, in minor units. */
export function balanceOf(lines: readonly { posting: PaymentPosting; side: "debit" | "credit" }[]): number {
  return lines.reduce((sum, { posting, side }) => sum + (side === "debit" ? posting.amount : -posting.amount), 0);
}

/** The payment's postings as T-accounts: debits on the left, credits on the right. */
export function Accounts({ id }: { id: string }) {
  const { data, error, refetch } = usePostings(id);
  if (error) return <ErrorState error={error} retry={() => void refetch()} />;
  if (!data) return <Loading />;
  if (!data.length) return <p className="text-muted">{text.none}</p>;
  return (
    <div className="grid gap-4 md:grid-cols-2">
      {[...accountsOf(data)].map(([name, lines]) => (
        <Account key={name} name={name} lines={lines} />
      ))}
    </div>
  );
}

function Account({ name, lines }: { name: string; lines: readonly Line[] }) {
  const currency = lines[0]?.posting.currency ?? "USD";
  const balance = balanceOf(lines);
  return (
    <table className="w-full border-collapse self-start">
      <caption className="border-b-2 border-strong-line pb-1 text-left font-mono text-xs font-medium">{name}</caption>
      <thead className="sr-only">
        <tr>
          <th scope="col">{text.debit}</th>
          <th scope="col">{text.credit}</th>
        </tr>
      </thead>
      <tbody>
        {lines.map(({ id, posting, side }) => (
          <tr key={id} title={posting.transaction_id}>
            <Cell shown={side === "debit"} posting={posting} />
            <Cell shown={side === "credit"} posting={posting} bordered />
          </tr>
        ))}
        <tr className="border-t border-line font-medium">
          <td className="py-1 pr-2 text-right tabular-nums">{balance > 0 ? decimalText(balance, currency) : ""}</td>
          <td className="border-l border-strong-line py-1 pl-2 text-right tabular-nums">
            {balance < 0 ? decimalText(-balance, currency) : balance === 0 ? text.balanced : ""}
          </td>
        </tr>
      </tbody>
    </table>
  );
}

function Cell({ shown, posting, bordered = false }: { shown: boolean; posting: PaymentPosting; bordered?: boolean }) {
  const edge = bordered ? "border-l border-strong-line pl-2" : "pr-2";
  return (
    <td className={`w-1/2 py-0.5 text-right tabular-nums ${edge}`}>
      {shown ? decimalText(posting.amount, posting.currency) : ""}
    </td>
  );
}
