import { useQuery } from "@tanstack/react-query";
import { Link, useParams } from "react-router";
import { useApi } from "../api/client";
import type { Settlement, SettlementTotals } from "../api/schema";
import { messages } from "../messages";
import { StatusBadge } from "../parts/Badge";
import { CodeBlock } from "../parts/CodeBlock";
import { Money } from "../parts/Money";
import { Card, Page } from "../parts/Page";
import { ErrorState, Loading } from "../parts/states";
import { Table, type Column } from "../parts/Table";
import { Time } from "../parts/Time";

const text = messages.settlements;

/** One settlement batch: its totals by currency, its reports, and the command that reconciles them. */
export default function SettlementPage() {
  const { batch: named = "" } = useParams();
  // The second batch of a date is 2026-11-20.2, and 2026-11-20_2 in the address.
  const batch = named.replace("_", ".");
  const api = useApi();
  const { data, error, refetch } = useQuery({
    queryKey: ["settlement", batch],
    queryFn: ({ signal }) => api.get<Settlement>(`/settlements/${encodeURIComponent(batch)}`, undefined, signal),
  });
  return (
    <Page title={text.title(batch)} actions={data && <StatusBadge status={data.status} />}>
      {error && <ErrorState error={error} retry={() => void refetch()} />}
      {!error && !data && <Loading />}
      {data && <Shown settlement={data} />}
    </Page>
  );
}

function Shown({ settlement }: { settlement: Settlement }) {
  const { batch, totals, reports, set_aside } = settlement;
  return (
    <div className="flex flex-col gap-4">
      <Table label={text.totals} columns={COLUMNS} rows={totals} keyOf={({ currency }) => currency} />
      <Card title={text.reports}>
        {reports.length === 0 && <p className="text-muted">{text.noReports}</p>}
        <ul className="mb-3 flex flex-col gap-1">
          {reports.map(({ format, url, rows, expires_at }) => (
            <li key={format}>
              <a className="text-accent underline" href={url} target="_blank" rel="noreferrer">
                {text.report(format, rows)}
              </a>{" "}
              <span className="text-muted">
                {text.until} <Time at={expires_at} />
              </span>
            </li>
          ))}
        </ul>
        {reports.length > 0 && (
          <>
            <p className="mb-1 text-muted">{text.reconcile}</p>
            <CodeBlock code={`paysandbox settlements reconcile ${batch} records.csv`} label={text.reconcile} />
          </>
        )}
      </Card>
      {set_aside.length > 0 && (
        <Card title={text.excluded}>
          <ul>
            {set_aside.map(({ payment_id, reason }) => (
              <li key={payment_id}>
                <Link className="text-accent underline" to={`/payments/${payment_id}`}>
                  {payment_id}
                </Link>{" "}
                {reason}
              </li>
            ))}
          </ul>
        </Card>
      )}
    </div>
  );
}

function money(
  id: string,
  title: string,
  amount: (totals: SettlementTotals) => number | null | undefined,
): Column<SettlementTotals> {
  return {
    id,
    title,
    align: "right",
    render: (totals) => <Money amount={amount(totals) ?? null} currency={totals.currency} />,
  };
}

const COLUMNS: readonly Column<SettlementTotals>[] = [
  { id: "currency", title: text.columns.currency, render: ({ currency }) => currency },
  { id: "count", title: text.columns.count, align: "right", render: ({ count }) => count },
  money("gross", text.columns.gross, ({ gross }) => gross),
  money("refunds", text.columns.refunds, ({ refunds }) => refunds),
  money("chargebacks", text.columns.chargebacks, ({ chargebacks }) => chargebacks),
  money("fees", text.columns.fees, ({ fees }) => fees),
  money("net", text.columns.net, ({ net }) => net),
  money("payout", text.columns.payout, ({ payout }) => payout),
  money("closing", text.columns.closing, ({ closing_balance }) => closing_balance),
];
