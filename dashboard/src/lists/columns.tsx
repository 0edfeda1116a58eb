import { StatusBadge } from "../parts/Badge";
import { IdLink } from "../parts/IdLink";
import { Money } from "../parts/Money";
import type { Column } from "../parts/Table";
import { Time } from "../parts/Time";

/** The columns that several lists have. */

export function timeColumn<Row>(title: string, at: (row: Row) => string | null | undefined): Column<Row> {
  return {
    id: title,
    title,
    render: (row) => {
      const time = at(row);
      return time ? <Time at={time} /> : null;
    },
  };
}

export function statusColumn<Row>(title: string, status: (row: Row) => string): Column<Row> {
  return { id: title, title, render: (row) => <StatusBadge status={status(row)} /> };
}

export function moneyColumn<Row>(
  title: string,
  money: (row: Row) => { amount: number; currency: string },
): Column<Row> {
  return { id: title, title, align: "right", render: (row) => <Money {...money(row)} /> };
}

export function textColumn<Row>(title: string, text: (row: Row) => string | null | undefined): Column<Row> {
  return {
    id: title,
    title,
    render: (row) => {
      const shown = text(row);
      return shown && <span className="wrap-anywhere sm:text-nowrap">{shown}</span>;
    },
  };
}

export function linkColumn<Row>(
  title: string,
  id: (row: Row) => string | null,
  to: (id: string) => string,
  /** Instead of the ID. */
  shown?: string,
): Column<Row> {
  return {
    id: title,
    title,
    ...(shown === undefined && { shrinks: true }),
    render: (row) => {
      const name = id(row);
      return name === null ? null : <IdLink id={shown ?? name} to={to(name)} />;
    },
  };
}
