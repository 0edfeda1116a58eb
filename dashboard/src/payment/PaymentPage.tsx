import { useState } from "react";
import { Link, useParams, useSearchParams } from "react-router";
import { useConfig } from "../api/config";
import { pageOfPath } from "../api/pageOf";
import type { Payment } from "../api/schema";
import { messages } from "../messages";
import { DisputeBadge, StatusBadge } from "../parts/Badge";
import { Button } from "../parts/Button";
import { cardText } from "../parts/card";
import { CopyIcon } from "../parts/Copy";
import { JsonView } from "../parts/JsonView";
import { KeyValue } from "../parts/KeyValue";
import { Money } from "../parts/Money";
import { Card, Page } from "../parts/Page";
import { ErrorState, Loading } from "../parts/states";
import { Tabs } from "../parts/Tabs";
import { Time } from "../parts/Time";
import { UserText } from "../parts/visible";
import { Accounts } from "./Accounts";
import { AmountBar } from "./AmountBar";
import { ClockCard } from "./ClockCard";
import { Events } from "./Events";
import { History } from "./History";
import { Operations } from "./Operations";
import { Requests } from "./Requests";
import { SimulateDrawer } from "./SimulateDrawer";
import { StripeView } from "./StripeView";
import { useCustomerName, usePayment, usePaymentEntries } from "./usePayment";
import { useStripeNames } from "./useStripeView";

const text = messages.payment;

/** In the address: whether the native record of a payment that Stripe's API made is shown too. */
const NATIVE = "native";

/** One payment: its amounts, operations, postings, events and requests, and buttons that change it. */
export default function PaymentPage() {
  const { id = "" } = useParams();
  const { data, error, refetch } = usePayment(id);
  // Another payment gets dialogs and forms of its own.
  if (data) return <Shown key={data.auth_id} payment={data} />;
  return (
    <Page title={text.title(id)}>
      {error ? <ErrorState error={error} retry={() => void refetch()} /> : <Loading />}
    </Page>
  );
}

function Shown({ payment }: { payment: Payment }) {
  const { clock } = useConfig();
  const id = payment.auth_id;
  const entries = usePaymentEntries(id);
  const [simulating, setSimulating] = useState(false);
  const { card, customer, dispute } = payment;
  const customerName = useCustomerName(customer);
  const stripe = useStripeNames(payment);
  const [params, setParams] = useSearchParams();
  const isNativeShown = stripe === null || params.has(NATIVE);
  const showNative = (isShown: boolean) =>
    setParams(
      (before) => {
        const next = new URLSearchParams(before);
        if (isShown) next.set(NATIVE, "1");
        else next.delete(NATIVE);
        return next;
      },
      { replace: true },
    );
  const title = stripe?.id ?? id;
  return (
    <Page
      title={text.title(title)}
      actions={
        <>
          <CopyIcon text={title} label={messages.parts.copyOf(title)} />
          <Operations payment={payment} />
          <Button onClick={() => setSimulating(true)}>{text.simulate.button}</Button>
        </>
      }
    >
      {stripe && stripe.charges.length > 0 && (
        <p className="-mt-2 mb-4 flex flex-wrap items-center gap-2 text-muted">
          {text.stripe.charges(stripe.charges.length)}
          {stripe.charges.map((charge) => (
            <span key={charge} className="flex min-w-0 items-center gap-1">
              <code className="min-w-0 font-mono text-xs wrap-anywhere">{charge}</code>
              <CopyIcon text={charge} label={messages.parts.copyOf(charge)} />
            </span>
          ))}
        </p>
      )}
      <div className="flex flex-col gap-4">
        <Card>
          <div className="mb-3 flex flex-wrap items-center gap-3">
            <span className="text-2xl font-semibold">
              <Money amount={payment.amount} currency={payment.currency} />
            </span>
            <StatusBadge status={payment.status} />
            {dispute && <DisputeBadge status={dispute.status} />}
          </div>
          <AmountBar payment={payment} />
        </Card>
        <div className="grid items-start gap-4 md:grid-cols-2">
          <Card title={text.facts.title}>
            <KeyValue
              pairs={[
                [
                  text.facts.customer,
                  customer && (
                    <Link
                      className="text-accent underline wrap-anywhere"
                      to={pageOfPath(`/v1/customers/${encodeURIComponent(customer)}`)}
                    >
                      <UserText>{customerName ? `${customerName} (${customer})` : customer}</UserText>
                    </Link>
                  ),
                ],
                [text.facts.card, card && cardText(card)],
                [text.facts.created, <Time key="created" at={payment.created_at} />],
                [text.facts.expires, payment.expires_at && <Time key="expires" at={payment.expires_at} />],
                [text.facts.reference, payment.reference],
                [text.facts.description, payment.description],
                [text.facts.decline, payment.decline_code],
                [text.facts.risk, payment.risk_level],
                [text.facts.threeDSecure, payment.three_d_secure?.result],
                [text.facts.method, text.captureMethods[payment.capture_method]],
              ]}
            />
          </Card>
          {clock === "moves" && <ClockCard id={id} />}
        </div>
        {stripe && (
          <Card>
            <StripeView payment={payment} names={stripe} />
            <label className="mt-4 flex min-h-6 items-center gap-2 border-t border-line pt-3 font-medium">
              <input
                type="checkbox"
                role="switch"
                checked={isNativeShown}
                onChange={(event) => showNative(event.target.checked)}
              />
              {text.stripe.native}
            </label>
          </Card>
        )}
        {isNativeShown && (
          <Card>
            {stripe && <p className="mb-3 text-muted wrap-anywhere">{text.stripe.nativeOf(id)}</p>}
            <Tabs
              label={text.tabs.label}
              tabs={[
                { id: "timeline", title: text.tabs.timeline, content: <History payment={payment} /> },
                { id: "accounts", title: text.tabs.accounts, content: <Accounts id={id} /> },
                { id: "events", title: text.tabs.events, content: <Events id={id} /> },
                {
                  id: "requests",
                  title: text.tabs.requests,
                  content: <Requests payment={payment} entries={entries} />,
                },
                { id: "raw", title: text.tabs.raw, content: <JsonView value={payment} label={text.tabs.raw} /> },
              ]}
            />
          </Card>
        )}
      </div>
      <SimulateDrawer id={id} open={simulating} onClose={() => setSimulating(false)} />
    </Page>
  );
}
