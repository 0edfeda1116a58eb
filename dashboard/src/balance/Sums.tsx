import { useMutation } from "@tanstack/react-query";
import { useApi } from "../api/client";
import type { BalanceTransaction } from "../api/schema";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { formatMoney } from "../parts/currency";
import { ErrorState } from "../parts/states";
import { csvOf, netsOf, readAll } from "./transactions";

const text = messages.balance;

interface SumsProps {
  rows: readonly BalanceTransaction[];
  asked: Record<string, string>;
  hasMore: boolean;
}

/** The net of the transactions that are shown, and the download of all that match. */
export function Sums({ rows, asked, hasMore }: SumsProps) {
  const api = useApi();
  const { mutate, isPending, error } = useMutation({
    mutationFn: async () => save(csvOf(await readAll(api, asked))),
  });
  const nets = Object.entries(netsOf(rows)).map(([currency, net]) => formatMoney(net, currency));
  return (
    <div className="mt-3 flex flex-wrap items-center justify-between gap-3">
      <p>{text.sum(rows.length, nets.join(", "), hasMore)}</p>
      <Button busy={isPending} onClick={() => mutate()}>
        {text.csv}
      </Button>
      {error && <ErrorState error={error} retry={() => mutate()} />}
    </div>
  );
}

function save(csv: string): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([csv], { type: "text/csv" }));
  link.download = "balance_transactions.csv";
  link.click();
  URL.revokeObjectURL(link.href);
}
