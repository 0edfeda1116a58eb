import { Link } from "react-router";
import { messages } from "../messages";

const PAYMENT_ID = "auth_";

/** A payment's ID as a link to its page; the ID of another object, such as a disbursement, as text. */
export function PaymentLink({ id }: { id: string }) {
  if (!id.startsWith(PAYMENT_ID)) return <code className="font-mono text-xs break-all">{id}</code>;
  return (
    <Link className="font-mono text-xs break-all text-accent underline" to={`/payments/${encodeURIComponent(id)}`}>
      {id}
    </Link>
  );
}

/** From the search to the page of a payment, whether the list has it or not. */
export function OpenPayment({ id }: { id: string }) {
  return (
    <Link className="wrap-anywhere text-accent underline" to={`/payments/${encodeURIComponent(id)}`}>
      {messages.activity.filters.open(id)}
    </Link>
  );
}

/** From the search to all payments with a reference: the list has the newest entries only. */
export function SearchPayments({ reference }: { reference: string }) {
  return (
    <Link className="text-accent underline" to={`/payments?${new URLSearchParams({ reference }).toString()}`}>
      {messages.activity.filters.searchPayments}
    </Link>
  );
}
