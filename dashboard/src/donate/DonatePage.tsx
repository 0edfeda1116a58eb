import type { Stripe } from "@stripe/stripe-js";
import { useEffect, useRef, useState } from "react";
import { ApiError } from "../api/client";
import { Button } from "../parts/Button";
import { formatMoney } from "../parts/currency";
import { AmountForm } from "./AmountForm";
import { createDonation, type Gift } from "./donations";
import { isTest, type Facts } from "./facts";
import { Given } from "./Given";
import { messages } from "./messages";
import { PaymentForm, type Paid } from "./PaymentForm";
import { SignInForm } from "./SignInForm";
import { signOutDonor, type Donor } from "./signIn";

type Step =
  | { at: "amount"; error: string | null }
  | { at: "sign-in"; notice: string | null }
  | { at: "pay"; clientSecret: string }
  | { at: "thanks"; paid: Paid };

const NOTHING: Gift = { amount: 25_00, message: "", anonymous: false };

interface DonatePageProps {
  facts: Facts;
  /** Null if Stripe.js could not be loaded. */
  stripe: Stripe | null;
}

/** The whole page: what was given, and how to give. */
export function DonatePage({ facts, stripe }: DonatePageProps) {
  return (
    <main className="mx-auto max-w-4xl space-y-6 px-4 py-8">
      <header>
        <h1 className="text-3xl font-bold">{messages.title}</h1>
        <p className="text-muted">{messages.lead}</p>
      </header>
      <div className="grid gap-8 md:grid-cols-2">
        <section className="rounded-lg border border-line bg-surface p-5">
          <Giving facts={facts} stripe={stripe} />
        </section>
        <Given base={facts.base} />
      </div>
    </main>
  );
}

function Giving({ facts, stripe }: DonatePageProps) {
  if (!facts.publishableKey) {
    return (
      <>
        <h2 className="text-xl font-semibold">{messages.unconfigured.title}</h2>
        <p>{messages.unconfigured.text}</p>
      </>
    );
  }
  if (!stripe) return <p role="alert">{messages.noStripe}</p>;
  return (
    <>
      {isTest(facts.publishableKey) && (
        <p className="mb-4 rounded-md bg-info-soft p-2 text-sm text-info">{messages.test}</p>
      )}
      <Steps base={facts.base} stripe={stripe} />
    </>
  );
}

/** Amount, sign-in, payment, thanks. */
function Steps({ base, stripe }: { base: string; stripe: Stripe }) {
  const [donor, setDonor] = useState<Donor | null>(null);
  const [gift, setGift] = useState(NOTHING);
  const [step, setStep] = useState<Step>({ at: "amount", error: null });
  const [busy, setBusy] = useState(false);

  async function begin(chosen: Gift, by: Donor | null): Promise<void> {
    setGift(chosen);
    if (!by) {
      setStep({ at: "sign-in", notice: null });
      return;
    }
    setBusy(true);
    try {
      setStep({ at: "pay", clientSecret: await createDonation(base, by.token, chosen) });
    } catch (failure) {
      if (failure instanceof ApiError && failure.status === 401) {
        setDonor(null);
        setStep({ at: "sign-in", notice: messages.signIn.expired });
      } else {
        setStep({ at: "amount", error: failure instanceof Error ? failure.message : String(failure) });
      }
    } finally {
      setBusy(false);
    }
  }

  // Who uses a keyboard or a screen reader goes on where the page does.
  const content = useRef<HTMLDivElement>(null);
  const shown = useRef(step.at);
  useEffect(() => {
    if (shown.current === step.at) return;
    shown.current = step.at;
    const heading = content.current?.querySelector("h2");
    heading?.setAttribute("tabindex", "-1");
    heading?.focus();
  }, [step.at]);

  const toAmount = () => setStep({ at: "amount", error: null });
  return (
    <div ref={content}>
      {step.at === "amount" && (
        <AmountForm gift={gift} busy={busy} error={step.error} onGift={(chosen) => void begin(chosen, donor)} />
      )}
      {step.at === "sign-in" && (
        <SignInForm
          notice={step.notice}
          onBack={toAmount}
          onDonor={(signedIn) => {
            setDonor(signedIn);
            void begin(gift, signedIn);
          }}
        />
      )}
      {step.at === "pay" && (
        <PaymentForm
          key={step.clientSecret}
          stripe={stripe}
          clientSecret={step.clientSecret}
          amount={gift.amount}
          onBack={toAmount}
          onPaid={(paid) => setStep({ at: "thanks", paid })}
        />
      )}
      {step.at === "thanks" && (
        <div className="space-y-4">
          <h2 className="text-xl font-semibold">{messages.thanks.heading}</h2>
          <p>
            {step.paid === "succeeded"
              ? messages.thanks.paid(formatMoney(gift.amount, "USD"), donor?.email ?? "")
              : messages.thanks.processing(formatMoney(gift.amount, "USD"))}
          </p>
          <Button
            variant="primary"
            onClick={() => {
              setGift(NOTHING);
              toAmount();
            }}
          >
            {messages.thanks.again}
          </Button>
        </div>
      )}
      {donor && (
        <p className="mt-4 flex flex-wrap items-center justify-between gap-2 text-sm text-muted">
          <span className="wrap-anywhere">{messages.signIn.signedIn(donor.email)}</span>
          <Button
            variant="quiet"
            onClick={() => {
              void signOutDonor();
              setDonor(null);
              toAmount();
            }}
          >
            {messages.signIn.out}
          </Button>
        </p>
      )}
    </div>
  );
}
