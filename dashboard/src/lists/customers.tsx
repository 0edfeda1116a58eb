import { pageOfPath } from "../api/pageOf";
import { MOST_ROWS } from "../api/readPages";
import type { StripeObject } from "../api/stripe";
import { messages } from "../messages";
import { decimalText } from "../parts/currency";
import { linkColumn, textColumn, timeColumn } from "./columns";
import type { List, ListColumn } from "./list";
import { createdAt, STRIPE_CREATED } from "./stripeList";
import { CardsOf, PaymentsOf, TotalOf, TotalsNote } from "./Totals";
import { readTotals, type Total } from "./useTotals";

const text = messages.lists;

const written = (value: unknown) => (typeof value === "string" ? value : null);

/** The columns of what customers have paid and saved: in a file, the total has a column for each currency. */
function totalColumns(
  of: ReadonlyMap<string, Total>,
  isWhole: boolean,
): Record<string, Partial<ListColumn<StripeObject>>> {
  const currencies = [...new Set([...of.values()].flatMap(({ paid }) => Object.keys(paid)))].sort();
  const head = (title: string) => (isWhole ? title : text.customers.ofNewest(title, MOST_ROWS.toLocaleString("en")));
  return {
    payments: {
      heads: [head(text.customers.payments)],
      cells: ({ id }) => [String(of.get(id)?.payments ?? 0)],
    },
    total: {
      heads: currencies.map((currency) => head(text.customers.totalIn(currency))),
      cells: ({ id }) => currencies.map((currency) => decimalText(of.get(id)?.paid[currency] ?? 0, currency)),
    },
    cards: {
      heads: [head(text.customers.cards)],
      cells: ({ id }) => [String(of.get(id)?.cards ?? 0)],
    },
  };
}

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
  fileColumns: async (clients, signal) => {
    const { of, isWhole } = await readTotals(clients, MOST_ROWS, signal);
    const counted = totalColumns(of, isWhole);
    return CUSTOMERS.columns.map((column) => ({ ...column, ...counted[column.id] }));
  },
  keyOf: ({ id }) => id,
  empty: {
    ...text.customers.empty,
    command: "paysandbox customers create name='Ada Lovelace' email=ada@example.com",
    isOfMerchant: true,
  },
  foot: () => <TotalsNote />,
};
