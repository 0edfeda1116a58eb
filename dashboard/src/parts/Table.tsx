import clsx from "clsx";
import { memo, type ReactNode } from "react";

export interface Column<T> {
  id: string;
  title: string;
  /** The title is for screen readers only, for instance above buttons. */
  hideTitle?: boolean;
  render: (row: T) => ReactNode;
  align?: "right";
  /** Of IDs: as wide as one, and cut off with an ellipsis where the table is narrower. */
  shrinks?: true;
}

/** A column by which the rows are sorted, in an order that its title changes. */
export interface Sorting {
  column: string;
  descending: boolean;
  onTurn: () => void;
}

interface TableProps<T> {
  /** Name for screen readers. */
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
  sorting?: Sorting | undefined;
}

/** On a narrow screen a cell is a line of its row, after the title of its column. */
const CELL_OF_A_PHONE = clsx(
  "max-sm:flex max-sm:items-baseline max-sm:text-left max-sm:empty:hidden max-sm:gap-3 max-sm:py-1 max-sm:wrap-anywhere max-sm:*:min-w-0",
  "max-sm:before:w-28 max-sm:before:shrink-0 max-sm:before:text-xs max-sm:before:text-muted",
  "max-sm:before:break-normal max-sm:before:content-[attr(data-title)]",
);

function align({ align: side }: { align?: "right" }): string {
  return clsx("px-3 py-2", side === "right" ? "text-right" : "text-left");
}

interface RowProps<T> {
  columns: readonly Column<T>[];
  row: T;
}

function PlainRow<T>({ columns, row }: RowProps<T>) {
  return (
    <tr role="row" className="border-b border-line last:border-0 max-sm:block max-sm:py-1">
      {columns.map((column) => (
        <td
          key={column.id}
          role="cell"
          data-title={column.hideTitle ? "" : column.title}
          className={clsx(align(column), column.shrinks && "sm:w-84 sm:min-w-28", CELL_OF_A_PHONE)}
        >
          {column.render(row)}
        </td>
      ))}
    </tr>
  );
}

/** Rendered again only if it has changed: a list grows page by page. */
const Row = memo(PlainRow) as typeof PlainRow;

/** A column's title that turns the order around. On a phone, whose tables show no titles, it is text. */
function SortButton({ title, descending, onTurn }: Sorting & { title: string }) {
  return (
    <>
      <button
        type="button"
        onClick={onTurn}
        className="inline-flex min-h-6 items-center gap-1 rounded-sm font-medium hover:text-ink max-sm:hidden"
      >
        {title}
        <span aria-hidden="true">{descending ? "↓" : "↑"}</span>
      </button>
      <span className="sm:hidden">{title}</span>
    </>
  );
}

/** A table for tens of rows. The roles are said, since `display` would take them away. Use VirtualList for more. */
export function Table<T>({ label, columns, rows, keyOf, sorting }: TableProps<T>) {
  return (
    // Positioned, so that what only screen readers see is cut off with the rest and does not widen the page.
    <div
      className="relative overflow-x-auto rounded-md border border-line bg-surface"
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <table role="table" className="w-full border-collapse max-sm:block">
        <caption className="sr-only">{label}</caption>
        <thead role="rowgroup" className="border-b border-line text-xs text-muted max-sm:sr-only">
          <tr role="row">
            {columns.map((column) => (
              <th
                key={column.id}
                role="columnheader"
                scope="col"
                aria-sort={sorting?.column !== column.id ? undefined : sorting.descending ? "descending" : "ascending"}
                className={clsx(align(column), "font-medium whitespace-nowrap")}
              >
                {column.hideTitle ? (
                  <span className="sr-only">{column.title}</span>
                ) : sorting?.column === column.id ? (
                  <SortButton title={column.title} {...sorting} />
                ) : (
                  column.title
                )}
              </th>
            ))}
          </tr>
        </thead>
        <tbody role="rowgroup" className="max-sm:block">
          {rows.map((row) => (
            <Row key={keyOf(row)} columns={columns} row={row} />
          ))}
        </tbody>
      </table>
    </div>
  );
}
