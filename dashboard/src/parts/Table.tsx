import clsx from "clsx";
import type { ReactNode } from "react";

export interface Column<T> {
  id: string;
  title: string;
  /** The title is for screen readers only, for instance above buttons. */
  hideTitle?: boolean;
  render: (row: T) => ReactNode;
  align?: "right";
}

interface TableProps<T> {
  /** Name for screen readers. */
  label: string;
  columns: readonly Column<T>[];
  rows: readonly T[];
  keyOf: (row: T) => string;
}

/** A table for tens of rows; it scrolls sideways on narrow screens. Use VirtualList for more. */
export function Table<T>({ label, columns, rows, keyOf }: TableProps<T>) {
  const align = (column: Column<T>) => clsx("px-3 py-2", column.align === "right" ? "text-right" : "text-left");
  return (
    // Positioned, so that what only screen readers see is cut off with the rest and does not widen the page.
    <div
      className="relative overflow-x-auto rounded-md border border-line bg-surface"
      tabIndex={0}
      role="region"
      aria-label={label}
    >
      <table className="w-full border-collapse">
        <caption className="sr-only">{label}</caption>
        <thead className="border-b border-line text-xs text-muted">
          <tr>
            {columns.map((column) => (
              <th key={column.id} scope="col" className={clsx(align(column), "font-medium whitespace-nowrap")}>
                {column.hideTitle ? <span className="sr-only">{column.title}</span> : column.title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={keyOf(row)} className="border-b border-line last:border-0">
              {columns.map((column) => (
                <td key={column.id} className={align(column)}>
                  {column.render(row)}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}
