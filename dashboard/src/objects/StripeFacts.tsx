import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { useApi } from "../api/client";
import { MOST_ROWS, readRows } from "../api/readPages";
import { pageOfId } from "../api/pageOf";
import type { Payment } from "../api/schema";
import { pageOfList, stripeListOf, type StripeObject } from "../api/stripe";
import { createdAt, idIn, inWords, moneyOf, nameOf, statusOf } from "../lists/stripeList";
import { totalsOf } from "../lists/useTotals";
import { messages } from "../messages";
import { StatusBadge } from "../parts/Badge";
import { KeyValue } from "../parts/KeyValue";
import { Money } from "../parts/Money";
import { Card } from "../parts/Page";
import { ErrorState } from "../parts/states";
import { Time } from "../parts/Time";

const text = messages.objects;
const lists = messages.lists;

/** What an object of the Stripe-compatible API says of itself that its list does, and the objects that it names. */
export function StripeFacts({ path, object }: { path: string; object: StripeObject }) {
  const status = statusOf(object);
  const money = moneyOf(object);
  const at = createdAt(object);
  const email = typeof object["email"] === "string" ? object["email"] : null;
  const named = (stripeListOf(path)?.names ?? []).flatMap((name) => {
    const id = idIn(object, name);
    const to = id && pageOfId(id);
    const value = to ? (
      <Link className="text-accent underline wrap-anywhere" to={to}>
        {id}
      </Link>
    ) : (
      id
    );
    return [[inWords(name), value] as const];
  });
  return (
    <Card title={text.facts}>
      <KeyValue
        pairs={[
          [lists.stripe.name, nameOf(object)],
          [text.email, email],
          [lists.status, status && <StatusBadge status={status} />],
          [lists.amount, money && <Money amount={money.amount} currency={money.currency} />],
          [lists.created, at && <Time at={at} />],
          ...named,
        ]}
      />
    </Card>
  );
}

/** How many payments a customer has made, and what was captured and not refunded: exact to 10,000 payments. */
export function CustomerPayments({ id }: { id: string }) {
  const native = useApi();
  const { data, error, refetch } = useQuery({
    queryKey: ["customer_payments", id],
    refetchOnWindowFocus: false,
    queryFn: async ({ signal }) => {
      const source = { client: native, path: "/payments", isStripe: false };
      const { rows, isWhole } = await readRows<Payment>(source, { customer: id }, MOST_ROWS, signal);
      return { total: totalsOf(rows, []).get(id), isWhole };
    },
  });
  const most = text.payments.more(MOST_ROWS.toLocaleString("en"));
  const paid = Object.entries(data?.total?.paid ?? {});
  return (
    <Card
      title={text.payments.title}
      actions={
        <Link
          className="text-accent underline"
          to={pageOfList("payment_intents", { customer: id })}
          aria-label={`${text.all}: ${text.payments.title}`}
        >
          {text.all}
        </Link>
      }
    >
      {error && <ErrorState error={error} retry={() => void refetch()} />}
      {!error && !data && <p className="text-muted">{text.payments.counting}</p>}
      {data && (
        <KeyValue
          pairs={[
            [text.payments.count, data.isWhole ? (data.total?.payments ?? 0).toLocaleString("en") : most],
            [
              text.payments.total,
              data.isWhole && paid.length > 0 ? (
                <span title={text.payments.of}>
                  {paid.map(([currency, amount]) => (
                    <span key={currency} className="block">
                      <Money amount={amount} currency={currency} />
                    </span>
                  ))}
                </span>
              ) : null,
            ],
          ]}
        />
      )}
    </Card>
  );
}
