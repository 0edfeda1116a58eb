import { Elements, PaymentElement, useElements, useStripe } from "@stripe/react-stripe-js";
import type { Stripe } from "@stripe/stripe-js";
import { useState } from "react";
import { Button } from "../parts/Button";
import { formatMoney } from "../parts/currency";
import { messages } from "./messages";

export type Paid = "succeeded" | "processing";

interface PaymentFormProps {
  stripe: Stripe;
  clientSecret: string;
  /** Minor units of USD. */
  amount: number;
  onPaid: (paid: Paid) => void;
  onBack: () => void;
}

/** Stripe's Payment Element for one donation. */
export function PaymentForm({ stripe, clientSecret, ...rest }: PaymentFormProps) {
  const dark = window.matchMedia("(prefers-color-scheme: dark)").matches;
  return (
    <Elements stripe={stripe} options={{ clientSecret, appearance: { theme: dark ? "night" : "stripe" } }}>
      <Fields {...rest} />
    </Elements>
  );
}

function Fields({ amount, onPaid, onBack }: Omit<PaymentFormProps, "stripe" | "clientSecret">) {
  const stripe = useStripe();
  const elements = useElements();
  const [ready, setReady] = useState(false);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const money = formatMoney(amount, "USD");

  async function pay(): Promise<void> {
    if (!stripe || !elements) return;
    setBusy(true);
    setError(null);
    // The donation allows no payment method that redirects.
    const result = await stripe.confirmPayment({ elements, redirect: "if_required" });
    setBusy(false);
    if (result.error) {
      setError(result.error.message ?? messages.payment.failed);
      return;
    }
    const { status } = result.paymentIntent;
    if (status === "succeeded" || status === "processing") onPaid(status);
    else setError(messages.payment.failed);
  }

  return (
    <form
      className="space-y-4"
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy) void pay();
      }}
    >
      <h2 className="text-xl font-semibold">{messages.payment.heading(money)}</h2>
      <PaymentElement onReady={() => setReady(true)} />
      {error && (
        <p role="alert" className="text-bad">
          {error}
        </p>
      )}
      <Button type="submit" variant="primary" busy={busy} disabled={!ready} className="w-full">
        {messages.payment.submit(money)}
      </Button>
      <Button variant="quiet" disabled={busy} onClick={onBack}>
        {messages.back}
      </Button>
    </form>
  );
}
