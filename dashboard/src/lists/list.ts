import type { ReactNode } from "react";
import type { Client } from "../api/client";
import type { Column } from "../parts/Table";

/** A column of a list. In a file it has one or several, each with its head. */
export interface ListColumn<Row> extends Column<Row> {
  heads?: readonly string[];
  cells?: (row: Row) => readonly (string | null | undefined)[];
  /** Left out of a list in which no row has it. */
  isOptional?: true;
}

/** A filter of a list: a parameter of its route and of the page's address. */
export type Filter =
  /** If it `opensPayments`, the ID of one leads to its page instead. */
  | { name: string; label: string; kind: "text"; hint?: string; isShort?: true; opensPayments?: true }
  /** Without a value, the route takes `byDefault`, or else any. */
  | {
      name: string;
      label: string;
      kind: "choice";
      choices: readonly string[];
      /** What a choice is called, if not as the API calls it. */
      names?: Readonly<Record<string, string>>;
      isShort?: true;
      byDefault?: string;
    }
  /** RFC 3339 in the address and to the API, or there seconds since 1970; the reader's time zone in the field. */
  | { name: string; label: string; kind: "time"; inSeconds?: true };

/** What reads the two APIs. */
export interface Clients {
  native: Client;
  stripe: Client;
}

/** A list of the API as a page shows it. */
export interface List<Row> {
  title: string;
  /** Path of the route below the native API: with `limit` and `cursor`, answered with `{data, next_cursor}`. */
  path: string;
  /** Whether it is below /v1 instead, and paged as Stripe's lists are. */
  isStripe?: true;
  /** Whether the route answers an array instead, of all that it shows, and has no parameters. */
  isArray?: true;
  filters: readonly Filter[];
  /** The column of the time by which the route sorts, if it can begin with the oldest: `order=asc`, also in the address. */
  sortedBy?: string;
  columns: readonly ListColumn<Row>[];
  /** The columns of a file, if some are made of what its rows do not have, which is read first. */
  fileColumns?: (clients: Clients, signal: AbortSignal) => Promise<readonly ListColumn<Row>[]>;
  keyOf: (row: Row) => string;
  /** What a row adds to the sum, in minor units; null for nothing. */
  money?: (row: Row) => { amount: number; currency: string } | null;
  /** While it has no row: what makes one, as a command of the program, or on a page, named by the text `page`. */
  empty: { title: string; text: string; page?: string; to?: string; command?: string; isOfMerchant?: boolean };
  /** Above the list, of the parameters of the route. */
  intro?: (asked: Record<string, string>) => ReactNode;
  /** Whether the foot has the sums and the file. */
  hasOwnSums?: true;
  /** Below the rows: of those that are shown, of the parameters of the route, and whether there are more. */
  foot?: (rows: readonly Row[], asked: Record<string, string>, hasMore: boolean) => ReactNode;
}

/** The parameters of a list that the address has: those of its filters, without empty ones. */
export function filtersIn(search: URLSearchParams, filters: readonly Filter[]): Record<string, string> {
  const named = filters.map(({ name }) => [name, search.get(name) ?? ""] as const);
  return Object.fromEntries(named.filter(([, value]) => value !== ""));
}

/** What the route is asked with: times as it takes them. */
export function askedOf(values: Record<string, string>, filters: readonly Filter[]): Record<string, string> {
  const seconds = new Set(filters.flatMap((each) => (each.kind === "time" && each.inSeconds ? [each.name] : [])));
  const asked = Object.entries(values).map(([name, value]) => {
    const at = seconds.has(name) ? Date.parse(value) : NaN;
    return [name, Number.isNaN(at) ? value : String(Math.ceil(at / 1000))];
  });
  return Object.fromEntries(asked) as Record<string, string>;
}

/** The columns of a list that one of the rows has. */
export function columnsOf<Row>(columns: readonly ListColumn<Row>[], rows: readonly Row[]): readonly ListColumn<Row>[] {
  return columns.filter(
    ({ isOptional, cells }) => !isOptional || rows.some((row) => cells?.(row).some((cell) => cell !== null)),
  );
}

/** The value of a `datetime-local` field for a time in RFC 3339; empty for none. */
export function localTime(at: string): string {
  const date = new Date(at);
  if (Number.isNaN(date.getTime())) return "";
  const two = (number: number) => String(number).padStart(2, "0");
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day}T${two(date.getHours())}:${two(date.getMinutes())}`;
}

/** The time of a `datetime-local` field in RFC 3339 and UTC; empty for none. */
export function utcTime(local: string): string {
  const date = new Date(local);
  return Number.isNaN(date.getTime()) ? "" : date.toISOString();
}

/** The values of a choice in their order. The type says that none is missing. */
export function choicesOf<Value extends string>(values: Record<Value, true>): readonly Value[] {
  return Object.keys(values) as Value[];
}
