import { lazy, Suspense, type ReactNode } from "react";
import { Link, useNavigate, useSearchParams } from "react-router";
import type { Metrics } from "../api/shapes";
import { messages } from "../messages";
import { Button, ButtonLink } from "../parts/Button";
import { Card, Page } from "../parts/Page";
import { Empty, ErrorState, Loading } from "../parts/states";
import { Table, type Column } from "../parts/Table";
import { Time } from "../parts/Time";
import { costText, countText, msText, rateText } from "./format";
import { activityOf, RANGES, readRange, useMetrics } from "./useMetrics";

// The library of the charts is larger than the rest of the page.
const Charts = lazy(() => import("./Charts"));

const text = messages.metrics;

/** Rates, latencies and costs of the merchant's traffic, in charts and as a table. */
export default function MetricsPage() {
  const [params, setParams] = useSearchParams();
  const range = readRange(params.get("range"));
  const { data, error, refetch, isPlaceholderData } = useMetrics(range);
  return (
    <Page
      title={text.title}
      actions={
        <div role="group" aria-label={text.range} className="flex gap-1">
          {RANGES.map((one) => (
            <Button
              key={one}
              variant={one === range ? "primary" : "secondary"}
              aria-pressed={one === range}
              onClick={() => setParams({ range: one })}
            >
              {text.ranges[one]}
            </Button>
          ))}
        </div>
      }
    >
      {data ? (
        // Of the whole content: the charts' code arrives last, and would push down what is below them.
        <Suspense fallback={<Loading />}>
          {/* Until the metrics of another range are here, those of the range before stay. */}
          <div aria-busy={isPlaceholderData || undefined} className="aria-busy:opacity-60">
            <Shown metrics={data} />
          </div>
        </Suspense>
      ) : error ? (
        <ErrorState error={error} retry={() => void refetch()} />
      ) : (
        <Loading />
      )}
    </Page>
  );
}

function Shown({ metrics }: { metrics: Metrics }) {
  const navigate = useNavigate();
  const { totals, buckets, step_s } = metrics;
  if (!totals.requests && !totals.events && !totals.deliveries) {
    return (
      <Empty title={text.empty.title} actions={<ButtonLink to="/try">{text.empty.page}</ButtonLink>}>
        {text.empty.text}
      </Empty>
    );
  }
  return (
    <div className="flex flex-col gap-4">
      {Date.parse(metrics.complete_since) > Date.parse(metrics.from) && (
        <p className="rounded-md bg-warn-soft px-3 py-2 text-warn">
          {text.incomplete} <Time at={metrics.complete_since} />.
        </p>
      )}
      {metrics.stored_percent < 100 && <p className="text-muted">{text.sampled(metrics.stored_percent)}</p>}
      <Totals totals={totals} />
      <p className="text-muted">{text.charts.hint}</p>
      <Charts buckets={buckets} onSelect={(at) => void navigate(activityOf(at, step_s))} />
      <details>
        <summary className="mb-2 text-accent">{text.table.summary}</summary>
        <Table
          label={text.table.title}
          columns={bucketColumns(step_s)}
          rows={buckets.toReversed()}
          keyOf={({ at }) => at}
        />
      </details>
      <div className="grid items-start gap-4 md:grid-cols-2">
        <Card title={text.routes.title}>
          <Table
            label={text.routes.title}
            columns={ROUTE_COLUMNS}
            rows={metrics.by_route}
            keyOf={({ route }) => route}
          />
        </Card>
        <Card title={text.codes.title}>
          {metrics.by_code.length ? (
            <Table label={text.codes.title} columns={CODE_COLUMNS} rows={metrics.by_code} keyOf={({ code }) => code} />
          ) : (
            <p className="text-muted">{text.codes.none}</p>
          )}
        </Card>
      </div>
    </div>
  );
}

function Totals({ totals }: { totals: Metrics["totals"] }) {
  const tiles: readonly (readonly [name: string, value: string])[] = [
    [text.totals.requests, countText(totals.requests)],
    [text.totals.peak, countText(totals.peak_per_s)],
    [text.totals.p95, msText(totals.p95_ms)],
    [text.totals.approval, rateText(totals.approval_rate)],
    [text.totals.errors, rateText(totals.error_rate)],
    [text.totals.deliveries, countText(totals.deliveries)],
    [text.totals.failures, countText(totals.delivery_failures)],
    [text.totals.deliveryP95, msText(totals.delivery_p95_ms)],
    [text.totals.cost, costText(totals.cost_usd)],
  ];
  return (
    <Card title={text.totals.title}>
      <dl className="grid grid-cols-[repeat(auto-fill,minmax(9rem,1fr))] gap-4">
        {tiles.map(([name, value]) => (
          <div key={name}>
            <dt className="text-xs text-muted">{name}</dt>
            <dd className="text-base font-semibold tabular-nums">{value}</dd>
          </div>
        ))}
      </dl>
    </Card>
  );
}

function numeric<T>(id: string, title: string, render: (row: T) => ReactNode): Column<T> {
  return { id, title, align: "right", render };
}

const LINK = "text-accent underline";

function bucketColumns(stepS: number): Column<Metrics["buckets"][number]>[] {
  const { table } = text;
  return [
    {
      id: "from",
      title: table.from,
      render: ({ at }) => (
        <Link className={LINK} to={activityOf(at, stepS)}>
          <Time at={at} />
        </Link>
      ),
    },
    numeric("requests", table.requests, (row) => countText(row.requests)),
    numeric("per_s", table.perS, (row) => countText(row.per_s)),
    numeric("p50", table.p50, (row) => msText(row.p50_ms)),
    numeric("p95", table.p95, (row) => msText(row.p95_ms)),
    numeric("p99", table.p99, (row) => msText(row.p99_ms)),
    numeric("approval", table.approval, (row) => rateText(row.approval_rate)),
    numeric("errors", table.errors, (row) => rateText(row.error_rate)),
    numeric("deliveries", table.deliveries, (row) => countText(row.deliveries)),
    numeric("failures", table.failures, (row) => countText(row.delivery_failures)),
    numeric("delivery_p95", table.deliveryP95, (row) => msText(row.delivery_p95_ms)),
    numeric("cost", table.cost, (row) => costText(row.cost_usd)),
  ];
}

const ROUTE_COLUMNS: readonly Column<Metrics["by_route"][number]>[] = [
  {
    id: "route",
    title: text.routes.route,
    render: ({ route }) => (
      <Link className={LINK} to={`/?${new URLSearchParams({ route }).toString()}`}>
        {route}
      </Link>
    ),
  },
  numeric("requests", text.routes.requests, ({ requests }) => countText(requests)),
  numeric("errors", text.routes.errors, ({ errors }) => countText(errors)),
  numeric("p95", text.routes.p95, ({ p95_ms }) => msText(p95_ms)),
];

const CODE_COLUMNS: readonly Column<Metrics["by_code"][number]>[] = [
  {
    id: "code",
    title: text.codes.code,
    render: ({ code }) => (
      <Link className={LINK} to={`/?${new URLSearchParams({ code }).toString()}`}>
        {code}
      </Link>
    ),
  },
  numeric("count", text.codes.count, ({ count }) => countText(count)),
];
