import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { useApi, useStripeApi } from "../api/client";
import { MOST_ROWS, readRows } from "../api/readPages";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { formatMoney } from "../parts/currency";
import { ErrorState } from "../parts/states";
import { csvFile, csvHead, csvRows } from "./csv";
import type { List } from "./list";
import { useSource } from "./useList";

const text = messages.lists.sums;

/** How many rows there are and, by currency, what they come to. */
export interface Sum {
  count: number;
  sums: Readonly<Record<string, number>>;
}

/** The count and the sums of rows, in minor units. */
export function sumOf<Row>(rows: readonly Row[], money: List<Row>["money"]): Sum {
  const sums: Record<string, number> = {};
  for (const row of rows) {
    const amount = money?.(row);
    if (!amount) continue;
    const currency = amount.currency.toUpperCase();
    sums[currency] = (sums[currency] ?? 0) + amount.amount;
  }
  return { count: rows.length, sums };
}

/** `1,234 rows · $12.50, €3.00` */
function written({ count, sums }: Sum): string {
  const amounts = Object.entries(sums).map(([currency, amount]) => formatMoney(amount, currency));
  return [text.count(count), amounts.join(", ")].filter(Boolean).join(" · ");
}

interface SumsProps<Row> {
  list: List<Row>;
  /** The rows that are shown. */
  rows: readonly Row[];
  /** The parameters of the route. */
  asked: Record<string, string>;
  /** Whether there are more rows. */
  hasMore: boolean;
}

/** Count and sum of all rows that match, exact to 10,000, and a file of them. What the page has is counted at once. */
export function Sums<Row>({ list, rows, asked, hasMore }: SumsProps<Row>) {
  const source = useSource(list);
  const native = useApi();
  const stripe = useStripeApi();
  const [read, setRead] = useState(0);
  const abort = useRef<AbortController>(null);
  const counting = useMutation({
    mutationFn: () => readRows<Row>(source, asked, MOST_ROWS),
  });
  const file = useMutation({
    mutationFn: async () => {
      if (list.isArray) {
        save(list, new Blob([csvHead(list.columns), csvRows(list.columns, rows)]));
        return;
      }
      setRead(0);
      abort.current = new AbortController();
      const { signal } = abort.current;
      const columns = (await list.fileColumns?.({ native, stripe }, signal)) ?? list.columns;
      save(list, await csvFile(source, asked, columns, setRead, signal));
    },
  });
  const counted = hasMore ? counting.data : { rows, isWhole: true };
  const isStopped = file.error?.name === "AbortError";
  return (
    <div className="mt-3">
      <div className="flex flex-wrap items-center gap-3">
        <p aria-live="polite" className="grow tabular-nums">
          {!counted && text.shown(rows.length)}
          {counted?.isWhole === false && text.more(MOST_ROWS.toLocaleString("en"))}
          {counted?.isWhole && written(sumOf(counted.rows, list.money))}
        </p>
        {hasMore && !counted && (
          <Button busy={counting.isPending} onClick={() => counting.mutate()}>
            {list.money ? text.sum : text.countAll}
          </Button>
        )}
        {file.isPending ? (
          <Button onClick={() => abort.current?.abort()}>{text.stop(read)}</Button>
        ) : (
          <Button onClick={() => file.mutate()}>{text.csv}</Button>
        )}
      </div>
      {counting.error && <ErrorState error={counting.error} retry={() => counting.mutate()} />}
      {file.error && !isStopped && <ErrorState error={file.error} retry={() => file.mutate()} />}
    </div>
  );
}

function save<Row>({ path }: List<Row>, file: Blob): void {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(file);
  link.download = `${path.slice(1).replaceAll("/", "_")}.csv`;
  link.click();
  URL.revokeObjectURL(link.href);
}
