import { messages } from "../messages";
import { sumOf, type AttemptCounts } from "./attempts";

const text = messages.webhooks.sparkline;

const BAR_PX = 4;
const STEP_PX = 5;
const HEIGHT_PX = 24;
const LEAST_PX = 2;

/** Attempts of 24 hours as bars, failures on top of successes. */
export function Sparkline({ hours }: { hours: readonly AttemptCounts[] }) {
  const most = Math.max(1, ...hours.map(({ succeeded, failed }) => succeeded + failed));
  const height = (count: number) => (count ? Math.max(LEAST_PX, (count / most) * HEIGHT_PX) : 0);
  const day = sumOf(hours);
  const width = hours.length * STEP_PX;
  const label = text(day.succeeded + day.failed, day.failed);
  return (
    <svg
      role="img"
      aria-label={label}
      width={width}
      height={HEIGHT_PX}
      viewBox={`0 0 ${width} ${HEIGHT_PX}`}
      className="shrink-0"
    >
      <title>{label}</title>
      <path d={`M0 ${HEIGHT_PX - 0.5}H${width}`} className="stroke-line" />
      {hours.map(({ from, succeeded, failed }, index) => {
        const bad = height(failed);
        const good = Math.min(height(succeeded), HEIGHT_PX - bad);
        const x = index * STEP_PX;
        return (
          <g key={from}>
            {good > 0 && <rect x={x} y={HEIGHT_PX - good} width={BAR_PX} height={good} className="fill-good" />}
            {bad > 0 && <rect x={x} y={HEIGHT_PX - good - bad} width={BAR_PX} height={bad} className="fill-bad" />}
          </g>
        );
      })}
    </svg>
  );
}
