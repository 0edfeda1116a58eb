import { useQuery } from "@tanstack/react-query";
import { useApi } from "../api/client";
import { useFeed } from "../api/feed";
import type { CurrencyBalance, MerchantBalance } from "../api/schema";
import { moneyColumn, textColumn } from "../lists/columns";
import { messages } from "../messages";
import { Table } from "../parts/Table";
import { Time } from "../parts/Time";

const text = messages.balance;

const COLUMNS = [
  textColumn<CurrencyBalance>(text.currency, ({ currency }) => currency),
  moneyColumn<CurrencyBalance>(text.pending, ({ pending, currency }) => ({ amount: pending, currency })),
  moneyColumn<CurrencyBalance>(text.available, ({ available, currency }) => ({ amount: available, currency })),
];

/** The balance of the account, or else of the merchant, by currency, and the next settlement. It is read again when the feed has something new. */
export function Balances({ account }: { account: string | undefined }) {
  const api = useApi();
  const newest = useFeed().entries[0]?.id;
  const { data } = useQuery({
    queryKey: ["balance", account, newest],
    queryFn: ({ signal }) => api.get<MerchantBalance>("/balance", { account }, signal),
    // Never the balance of another one.
    placeholderData: (previous, query) => (query?.queryKey[1] === account ? previous : undefined),
  });
  // Whatever keeps it from being read keeps the list below too, which says so.
  if (!data?.data.length) return null;
  const { business_date, cutoff } = data.next_settlement;
  return (
    <div className="mb-4">
      <Table label={text.byCurrency} columns={COLUMNS} rows={data.data} keyOf={({ currency }) => currency} />
      <p className="mt-2 text-muted">
        {text.next(business_date)} <Time at={cutoff} />. {text.payout}
      </p>
    </div>
  );
}
