import type { Client } from "../api/client";
import type { BalanceTransaction } from "../api/schema";
import { decimalText } from "../parts/currency";

const PAGE = 100;

const FIELDS = ["id", "type", "status", "currency", "amount", "fee", "net", "created_at", "available_on"] as const;
const OF = ["payment_id", "batch", "source_id"] as const;
const AMOUNTS: ReadonlySet<string> = new Set(["amount", "fee", "net"]);

/** The net of transactions in minor units, by currency. */
export function netsOf(rows: readonly BalanceTransaction[]): Record<string, number> {
  const nets: Record<string, number> = {};
  for (const { currency, net } of rows) nets[currency] = (nets[currency] ?? 0) + net;
  return nets;
}

/** All transactions that match, page by page. Throws as the client does. */
export async function readAll(api: Client, asked: Record<string, string>): Promise<BalanceTransaction[]> {
  const rows: BalanceTransaction[] = [];
  let cursor: string | null = null;
  do {
    const query: Record<string, string | number | null> = { ...asked, limit: PAGE, cursor };
    const page: { data: BalanceTransaction[]; next_cursor: string | null } = await api.get(
      "/balance/transactions",
      query,
    );
    rows.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor !== null);
  return rows;
}

/** Transactions as CSV (RFC 4180), with decimal amounts. No field needs quotes: all are IDs, words, amounts and times. */
export function csvOf(rows: readonly BalanceTransaction[]): string {
  const lines = rows.map((row) =>
    [...FIELDS, ...OF].map((name) => {
      const value = row[name];
      return AMOUNTS.has(name) ? decimalText(Number(value), row.currency) : (value ?? "");
    }),
  );
  return [[...FIELDS, ...OF], ...lines].map((cells) => `${cells.join(",")}\r\n`).join("");
}
