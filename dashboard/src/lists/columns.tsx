import { messages } from "../messages";
import { StatusBadge } from "../parts/Badge";
import { decimalText } from "../parts/currency";
import { IdLink } from "../parts/IdLink";
import { Money } from "../parts/Money";
import { Time } from "../parts/Time";
import type { ListColumn } from "./list";

/** The columns that several lists have. */

export function timeColumn<Row>(title: string, at: (row: Row) => string | null | undefined): ListColumn<Row> {
  return {
    id: title,
    title,
    render: (row) => {
      const time = at(row);
      return time ? <Time at={time} /> : null;
    },
    cells: (row) => [at(row)],
  };
}

export function statusColumn<Row>(title: string, status: (row: Row) => string | null): ListColumn<Row> {
  return {
    id: title,
    title,
    render: (row) => {
      const shown = status(row);
      return shown === null ? null : <StatusBadge status={shown} />;
    },
    cells: (row) => [status(row)],
  };
}

/** An amount. In a file it is a decimal number, with its currency in a column of its own. */
export function moneyColumn<Row>(
  title: string,
  money: (row: Row) => { amount: number; currency: string } | null,
): ListColumn<Row> {
  return {
    id: title,
    title,
    align: "right",
    render: (row) => {
      const shown = money(row);
      return shown === null ? null : <Money amount={shown.amount} currency={shown.currency} />;
    },
    heads: [title, messages.lists.currency],
    cells: (row) => {
      const shown = money(row);
      return shown === null ? [null, null] : [decimalText(shown.amount, shown.currency), shown.currency.toUpperCase()];
    },
  };
}

export function textColumn<Row>(title: string, text: (row: Row) => string | null | undefined): ListColumn<Row> {
  return {
    id: title,
    title,
    render: (row) => {
      const shown = text(row);
      return shown && <span className="wrap-anywhere sm:text-nowrap">{shown}</span>;
    },
    cells: (row) => [text(row)],
  };
}

export function linkColumn<Row>(
  title: string,
  id: (row: Row) => string | null,
  to: (id: string, row: Row) => string | null,
  /** Instead of the ID. */
  shown?: string,
): ListColumn<Row> {
  return {
    id: title,
    title,
    ...(shown === undefined && { shrinks: true }),
    render: (row) => {
      const name = id(row);
      return name === null ? null : <IdLink id={shown ?? name} to={to(name, row)} />;
    },
    ...(shown === undefined && { cells: (row: Row) => [id(row)] }),
  };
}
