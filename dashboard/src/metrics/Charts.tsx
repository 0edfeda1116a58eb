import { CartesianGrid, Line, LineChart, ResponsiveContainer, Tooltip, XAxis, YAxis } from "recharts";
import type { Metrics } from "../api/shapes";
import { messages } from "../messages";
import { Card } from "../parts/Page";
import { clockTime, dateTime, useZone } from "../parts/times";
import { cutOf, isAlone } from "./axis";
import { axisMsText, costText, countText, msText, rateText } from "./format";

const text = messages.metrics.charts;

type Bucket = Metrics["buckets"][number];

interface Series {
  key: Exclude<keyof Bucket, "at">;
  name: string;
  color: string;
  /** Distinguishes the line without its color. */
  dash: string;
}

interface Chart {
  title: string;
  format: (value: number | null) => string;
  /** How the axis writes values, if it does so in another way. */
  axisFormat?: (value: number | null) => string;
  /** Where the axis ends; without it, at the largest value. */
  top?: number;
  /** Whether a few values that are far above the others are cut off. */
  canCut?: true;
  /** Whether there are whole numbers only. */
  isWhole?: true;
  series: readonly Series[];
}

const HEIGHT_PX = 180;
const LABEL_PX = 8;
const SOLID = "";
const DASHED = "6 3";
const DOTTED = "2 2";

const CHARTS: readonly Chart[] = [
  {
    title: text.rate,
    format: countText,
    series: [
      { key: "per_s", name: text.average, color: "var(--accent)", dash: SOLID },
      { key: "peak_per_s", name: text.peak, color: "var(--muted)", dash: DOTTED },
    ],
  },
  {
    title: text.latency,
    format: msText,
    axisFormat: axisMsText,
    canCut: true,
    series: [
      { key: "p50_ms", name: text.p50, color: "var(--good)", dash: SOLID },
      { key: "p95_ms", name: text.p95, color: "var(--accent)", dash: DASHED },
      { key: "p99_ms", name: text.p99, color: "var(--bad)", dash: DOTTED },
    ],
  },
  {
    title: text.rates,
    format: rateText,
    top: 1,
    series: [
      { key: "approval_rate", name: text.approval, color: "var(--good)", dash: SOLID },
      { key: "error_rate", name: text.errors, color: "var(--bad)", dash: DASHED },
    ],
  },
  {
    title: text.deliveries,
    format: countText,
    isWhole: true,
    series: [
      { key: "deliveries", name: text.attempts, color: "var(--accent)", dash: SOLID },
      { key: "delivery_failures", name: text.failed, color: "var(--bad)", dash: DASHED },
    ],
  },
  {
    title: text.deliveryLatency,
    format: msText,
    axisFormat: axisMsText,
    canCut: true,
    series: [{ key: "delivery_p95_ms", name: text.p95, color: "var(--accent)", dash: SOLID }],
  },
  {
    title: text.cost,
    format: costText,
    series: [{ key: "cost_usd", name: text.perBucket, color: "var(--accent)", dash: SOLID }],
  },
];

interface ChartsProps {
  buckets: readonly Bucket[];
  /** Called with the start of the bucket that was clicked. */
  onSelect: (at: string) => void;
}

/** The charts. Screen readers and keyboards use the table below them, which has the same numbers and links. */
export default function Charts({ buckets, onSelect }: ChartsProps) {
  return (
    <div className="grid gap-4 md:grid-cols-2">
      {CHARTS.map((chart) => (
        <Card key={chart.title} title={chart.title}>
          <Legend series={chart.series} />
          <Plot chart={chart} buckets={buckets} onSelect={onSelect} />
        </Card>
      ))}
    </div>
  );
}

function Legend({ series }: { series: readonly Series[] }) {
  return (
    <ul className="mb-2 flex flex-wrap gap-x-4 text-xs text-muted">
      {series.map(({ key, name, color, dash }) => (
        <li key={key} className="flex items-center gap-1.5">
          <svg width={24} height={8} aria-hidden="true">
            <path d="M0 4H24" stroke={color} strokeWidth={2} strokeDasharray={dash} />
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}

function Plot({ chart, buckets, onSelect }: ChartsProps & { chart: Chart }) {
  const zone = useZone();
  const cut = chart.canCut ? cutOf(buckets.flatMap((bucket) => chart.series.map(({ key }) => bucket[key]))) : null;
  return (
    <>
      <div aria-hidden="true" className="cursor-pointer text-xs">
        <ResponsiveContainer width="100%" height={HEIGHT_PX}>
          <LineChart
            data={[...buckets]}
            accessibilityLayer={false}
            margin={{ top: LABEL_PX, right: 2 * LABEL_PX, bottom: 0, left: 0 }}
            onClick={({ activeLabel }) => {
              if (typeof activeLabel === "string") onSelect(activeLabel);
            }}
          >
            <CartesianGrid stroke="var(--line)" vertical={false} />
            <XAxis
              dataKey="at"
              tickFormatter={(at: string) => clockTime(at, zone).slice(0, "14:03".length)}
              minTickGap={48}
              stroke="var(--muted)"
            />
            <YAxis
              width="auto"
              tickFormatter={chart.axisFormat ?? chart.format}
              stroke="var(--muted)"
              allowDecimals={!chart.isWhole}
              domain={[0, cut?.top ?? chart.top ?? "auto"]}
              allowDataOverflow={cut !== null}
              {...(cut && { ticks: [...cut.ticks] })}
            />
            <Tooltip
              isAnimationActive={false}
              labelFormatter={(at) => (typeof at === "string" ? dateTime(at, zone) : null)}
              formatter={(value) => chart.format(typeof value === "number" ? value : null)}
              contentStyle={{ background: "var(--surface)", borderColor: "var(--line)", color: "var(--ink)" }}
            />
            {chart.series.map(({ key, name, color, dash }) => (
              <Line
                key={key}
                dataKey={key}
                name={name}
                stroke={color}
                strokeWidth={2}
                strokeDasharray={dash}
                // A gap stays a gap. What is cut off and stands alone is a point at the end of the axis.
                dot={({ cx = 0, cy = 0, index }: { cx?: number; cy?: number; index: number }) => (
                  <circle
                    key={index}
                    cx={cx}
                    cy={Math.max(cy, LABEL_PX)}
                    r={isAlone(valuesOf(buckets, key), index) ? 2.5 : 0}
                    fill={color}
                  />
                )}
                activeDot={{ r: 4 }}
                isAnimationActive={false}
              />
            ))}
          </LineChart>
        </ResponsiveContainer>
      </div>
      {cut && <p className="mt-2 text-xs text-muted">{text.cut(msText(cut.top), msText(cut.highest))}</p>}
    </>
  );
}

const valuesOf = (buckets: readonly Bucket[], key: Series["key"]) => buckets.map((bucket) => bucket[key]);
