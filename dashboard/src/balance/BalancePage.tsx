import type { BalanceTransaction } from "../api/schema";
import { pageOfPath } from "../api/pageOf";
import { linkColumn, moneyColumn, textColumn, timeColumn } from "../lists/columns";
import { ListPage } from "../lists/ListPage";
import { choicesOf, type List } from "../lists/list";
import { messages } from "../messages";
import { StatusBadge } from "../parts/Badge";
import { Balances } from "./Balances";
import { Sums } from "./Sums";

const text = messages.balance;
const lists = messages.lists;

const TRANSACTIONS: List<BalanceTransaction> = {
  title: text.title,
  path: "/balance/transactions",
  filters: [
    { name: "account", label: text.account, kind: "text", hint: "acct_…" },
    {
      name: "type",
      label: text.type,
      kind: "choice",
      choices: choicesOf<BalanceTransaction["type"]>({
        capture: true,
        capture_failed: true,
        refund: true,
        refund_failed: true,
        chargeback: true,
        chargeback_reversal: true,
        transfer: true,
        transfer_reversal: true,
        application_fee: true,
        application_fee_refund: true,
        funding: true,
        disbursement: true,
        disbursement_return: true,
        payout: true,
        payout_return: true,
        payout_canceled: true,
        opening: true,
      }),
    },
    { name: "currency", label: text.currency, kind: "text", hint: "USD", isShort: true },
    { name: "payment_id", label: lists.payments.payment, kind: "text", hint: "auth_…" },
    { name: "created_from", label: lists.from, kind: "time" },
    { name: "created_to", label: lists.to, kind: "time" },
  ],
  sortedBy: lists.created,
  columns: [
    timeColumn(lists.created, ({ created_at }) => created_at),
    textColumn(text.type, ({ type }) => type.replaceAll("_", " ")),
    {
      id: "status",
      title: lists.status,
      render: ({ status }) => status && <StatusBadge status={status} />,
    },
    moneyColumn(lists.amount, (moved) => moved),
    moneyColumn(text.fee, ({ fee, currency }) => ({ amount: fee, currency })),
    moneyColumn(text.net, ({ net, currency }) => ({ amount: net, currency })),
    timeColumn(text.availableOn, ({ available_on }) => available_on),
    linkColumn(
      lists.payments.payment,
      ({ payment_id }) => payment_id ?? null,
      (id) => `/payments/${id}`,
    ),
    linkColumn(
      lists.settlements.batch,
      ({ batch }) => batch ?? null,
      (batch) => pageOfPath(`/settlements/${batch}`),
    ),
    textColumn(text.source, ({ source_id }) => source_id),
  ],
  keyOf: ({ id }) => id,
  empty: { ...text.empty, to: "/try" },
  intro: ({ account }) => <Balances account={account} />,
  hasOwnSums: true,
  foot: (rows, asked, hasMore) => <Sums rows={rows} asked={asked} hasMore={hasMore} />,
};

/** What is pending and available, and the transactions that add up to it: of the merchant, or of a connected account. */
export default function BalancePage() {
  return <ListPage list={TRANSACTIONS} />;
}
