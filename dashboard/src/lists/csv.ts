import { allPages, type Source } from "../api/readPages";
import type { ListColumn } from "./list";

const NUMBER = /^-?\d+(?:\.\d+)?$/;
// As core/csv_text.py: a spreadsheet may evaluate what begins so, also after what it takes for the end of a cell.
const FORMULA = /(?:^|(?<=[;\t\r\n]))(?=[" ]*[=+\-@\t\r\n＝＋－＠'])/g;
const QUOTED = /[",\r\n]|^\s|\s$/;

/** A field of CSV (RFC 4180). Text that a spreadsheet may evaluate as a formula gets an apostrophe, and numbers none. */
export function csvField(text: string): string {
  const safe = NUMBER.test(text) ? text : text.replaceAll(FORMULA, "'");
  return QUOTED.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const line = (cells: readonly (string | null | undefined)[]) =>
  `${cells.map((cell) => csvField(cell ?? "")).join(",")}\r\n`;

/** The line of the heads of a file. */
export function csvHead<Row>(columns: readonly ListColumn<Row>[]): string {
  return line(columns.flatMap(({ title, heads, cells }) => (cells ? (heads ?? [title]) : [])));
}

/** The lines of rows. */
export function csvRows<Row>(columns: readonly ListColumn<Row>[], rows: readonly Row[]): string {
  return rows.map((row) => line(columns.flatMap(({ cells }) => cells?.(row) ?? []))).join("");
}

/** A file of all rows of a list, page by page: none is held longer than it takes to write its line. */
export async function csvFile<Row>(
  source: Source,
  asked: Record<string, string>,
  columns: readonly ListColumn<Row>[],
  onPage: (rows: number) => void,
  signal: AbortSignal,
): Promise<Blob> {
  const parts = [new Blob([csvHead(columns)])];
  let count = 0;
  for await (const { data } of allPages<Row>(source, asked, signal)) {
    parts.push(new Blob([csvRows(columns, data)]));
    count += data.length;
    onPage(count);
  }
  return new Blob(parts, { type: "text/csv" });
}
