import type { ReactNode } from "react";
import { MOST_ROWS } from "../api/readPages";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { Money } from "../parts/Money";
import { ErrorState } from "../parts/states";
import { TotalsContext, useReadTotals, useTotals } from "./useTotals";

const text = messages.lists.customers;

/** Reads what customers have paid, for the cells of their list. */
export function WithTotals({ children }: { children: ReactNode }) {
  return <TotalsContext value={useReadTotals()}>{children}</TotalsContext>;
}

export function PaymentsOf({ id }: { id: string }) {
  const { of, isWhole } = useTotals();
  return of && <>{written(of.get(id)?.payments ?? 0, isWhole)}</>;
}

export function CardsOf({ id }: { id: string }) {
  const { of, isWhole } = useTotals();
  return of && <>{written(of.get(id)?.cards ?? 0, isWhole)}</>;
}

/** What a customer has paid, without refunds, by currency. */
export function TotalOf({ id }: { id: string }) {
  const { of } = useTotals();
  return Object.entries(of?.get(id)?.paid ?? {}).map(([currency, amount]) => (
    <span key={currency} className="block">
      <Money amount={amount} currency={currency} />
    </span>
  ));
}

/** What the totals are made of, if that is not everything. */
export function TotalsNote() {
  const { of, isWhole, most, isReading, error, countAll } = useTotals();
  if (error) return <ErrorState error={error} retry={countAll} />;
  if (of === undefined || isReading) return <p className="mt-3 text-muted">{text.counting}</p>;
  if (isWhole) return null;
  return (
    <div className="mt-3 flex flex-wrap items-center gap-3">
      <p className="text-muted">{text.countedOf(most.toLocaleString("en"))}</p>
      {most < MOST_ROWS && <Button onClick={countAll}>{text.countAll(MOST_ROWS.toLocaleString("en"))}</Button>}
    </div>
  );
}

/** A count, with a plus while not everything is counted. */
function written(count: number, isWhole: boolean): string {
  return count.toLocaleString("en") + (isWhole ? "" : "+");
}
