import { useInfiniteQuery, useQuery } from "@tanstack/react-query";
import clsx from "clsx";
import { Link, useParams } from "react-router";
import { useApi } from "../api/client";
import type { Settlement, SettlementLine, SettlementTotals } from "../api/schema";
import { messages } from "../messages";
import { Badge, StatusBadge } from "../parts/Badge";
import { Button } from "../parts/Button";
import { CodeBlock } from "../parts/CodeBlock";
import { IdLink } from "../parts/IdLink";
import { Money } from "../parts/Money";
import { Card, Page } from "../parts/Page";
import { ErrorState, Loading } from "../parts/states";
import { Table, type Column } from "../parts/Table";
import { Time } from "../parts/Time";

const text = messages.settlements;
const LINES_AT_ONCE = 50;

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
      <Lines batch={batch} isOpen={reports.length === 0} />
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

interface LinePage {
  data: SettlementLine[];
  next_cursor: string | null;
}

/** The settlement's lines, page by page. */
function Lines({ batch, isOpen }: { batch: string; isOpen: boolean }) {
  const api = useApi();
  const { data, error, hasNextPage, isFetchingNextPage, fetchNextPage, refetch } = useInfiniteQuery({
    queryKey: ["settlement", batch, "lines"],
    initialPageParam: null as string | null,
    getNextPageParam: (last: LinePage) => last.next_cursor,
    queryFn: ({ pageParam, signal }) =>
      api.get<LinePage>(
        `/settlements/${encodeURIComponent(batch)}/lines`,
        { limit: LINES_AT_ONCE, cursor: pageParam },
        signal,
      ),
  });
  const lines = data?.pages.flatMap((page) => page.data);
  return (
    <div>
      <h2 className="mb-2 text-base font-semibold">{text.lines.title}</h2>
      {error && <ErrorState error={error} retry={() => void refetch()} />}
      {!error && !lines && <Loading />}
      {lines?.length === 0 && <p className="text-muted">{isOpen ? text.noReports : text.lines.none}</p>}
      {lines && lines.length > 0 && (
        <Table label={text.lines.title} columns={LINE_COLUMNS} rows={lines} keyOf={({ item_id }) => item_id} />
      )}
      {hasNextPage && (
        <div className="mt-3 flex justify-center">
          <Button busy={isFetchingNextPage} onClick={() => void fetchNextPage()}>
            {messages.lists.more}
          </Button>
        </div>
      )}
    </div>
  );
}

/** What a line is of: a capture or a refund is on the payment's page, a dispute in the list of that payment's. */
function pageOfLine({ type, payment_id }: SettlementLine): string {
  const isOfDispute = type.startsWith("chargeback") || type.startsWith("dispute");
  return isOfDispute ? `/disputes?auth_id=${payment_id}` : `/payments/${payment_id}`;
}

function lineMoney(id: "gross" | "fee" | "net"): Column<SettlementLine> {
  return {
    id,
    title: text.lines[id],
    align: "right",
    render: (line) => <Money amount={line[id]} currency={line.currency} />,
  };
}

const LINK = "text-accent underline";

const LINE_COLUMNS: readonly Column<SettlementLine>[] = [
  { id: "line", title: text.lines.line, align: "right", render: ({ line_no }) => line_no },
  {
    id: "time",
    title: text.lines.time,
    render: ({ occurred_at, late }) => (
      <>
        <Time at={occurred_at} /> {late && <Badge tone="warn">{text.lines.late}</Badge>}
      </>
    ),
  },
  {
    id: "type",
    title: text.lines.type,
    render: (line) => (
      <Link className={clsx(LINK, "whitespace-nowrap")} to={pageOfLine(line)}>
        {line.type.replaceAll("_", " ")}
      </Link>
    ),
  },
  lineMoney("gross"),
  lineMoney("fee"),
  lineMoney("net"),
  { id: "reference", title: text.lines.reference, render: ({ reference }) => reference },
  {
    id: "payment",
    title: text.lines.payment,
    shrinks: true,
    render: ({ payment_id }) => <IdLink id={payment_id} to={`/payments/${payment_id}`} />,
  },
];

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
