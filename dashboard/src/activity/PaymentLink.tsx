import { Link } from "react-router";

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
