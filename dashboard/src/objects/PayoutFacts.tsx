import type { Disbursement } from "../api/schema";
import { messages } from "../messages";
import { StatusBadge } from "../parts/Badge";
import { bankAccountText } from "../parts/bankAccount";
import { KeyValue } from "../parts/KeyValue";
import { Money } from "../parts/Money";
import { Time } from "../parts/Time";

const text = messages.objects.payout;

/** What a payout is, and where it is at its provider if that is a bank or Stripe. */
export function PayoutFacts({ payout }: { payout: Disbursement }) {
  const { reference, window, last4, administrative_returns_expected_by: returnsUntil } = payout;
  return (
    <section aria-label={text.title} className="mb-4">
      <KeyValue
        pairs={[
          [text.status, <StatusBadge key="status" status={payout.status} />],
          [text.code, payout.code],
          [text.amount, <Money key="amount" amount={payout.amount} currency={payout.currency} />],
          [text.method, payout.payment_method],
          [text.to, last4 ? bankAccountText(last4) : (payout.stripe_account ?? payout.email)],
          [text.transfer, payout.stripe_account ? reference : null],
          [text.bankPayout, payout.payout],
          [text.settlesOn, payout.effective_date],
          [text.file, typeof window === "number" && reference ? text.window(reference, window) : null],
          [text.traceNumber, payout.trace_number],
          [text.returnsUntil, returnsUntil ? <Time key="returns" at={returnsUntil} /> : null],
          [text.correction, payout.correction_code],
        ]}
      />
    </section>
  );
}

/** Whether an object is a payout as the API shows it. */
export function isPayout(object: unknown): object is Disbursement {
  return typeof object === "object" && object !== null && "payment_id" in object && "payment_method" in object;
}
