import { pageOfPath } from "../api/pageOf";
import type { StripeObject } from "../api/stripe";
import { messages } from "../messages";
import { linkColumn, textColumn, timeColumn } from "./columns";
import type { List } from "./list";
import { createdAt, STRIPE_CREATED } from "./stripeList";
import { CardsOf, PaymentsOf, TotalOf, TotalsNote } from "./Totals";

const text = messages.lists;

const written = (value: unknown) => (typeof value === "string" ? value : null);

/** Stripe's customers, with what they have paid. */
export const CUSTOMERS: List<StripeObject> = {
  title: text.customers.title,
  path: "/customers",
  isStripe: true,
  filters: [{ name: "email", label: text.customers.email, kind: "text", hint: "ada@example.com" }, ...STRIPE_CREATED],
  columns: [
    timeColumn(text.created, createdAt),
    textColumn(text.customers.name, ({ name }) => written(name)),
    textColumn(text.customers.email, ({ email }) => written(email)),
    { id: "payments", title: text.customers.payments, align: "right", render: ({ id }) => <PaymentsOf id={id} /> },
    { id: "total", title: text.customers.total, align: "right", render: ({ id }) => <TotalOf id={id} /> },
    { id: "cards", title: text.customers.cards, align: "right", render: ({ id }) => <CardsOf id={id} /> },
    linkColumn<StripeObject>(
      text.customers.customer,
      ({ id }) => id,
      (id) => pageOfPath(`/v1/customers/${id}`),
    ),
  ],
  keyOf: ({ id }) => id,
  empty: {
    ...text.customers.empty,
    command: "paysandbox customers create name='Ada Lovelace' email=ada@example.com",
    isOfMerchant: true,
  },
  foot: () => <TotalsNote />,
};
