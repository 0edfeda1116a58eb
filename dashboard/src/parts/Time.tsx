import { clockTime, dateTime, fullTime, relativeTime, useNow, useZone } from "./times";

interface TimeProps {
  /** RFC 3339. */
  at: string;
  /** `relative` counts up each second; use it for few at a time. */
  as?: "relative" | "clock" | "date";
}

/** A time. The tooltip shows it in full, in the selected zone and in UTC. */
export function Time({ at, as = "date" }: TimeProps) {
  const zone = useZone();
  const title = zone === "UTC" ? fullTime(at, "UTC") : `${fullTime(at, "local")}\n${fullTime(at, "UTC")}`;
  return (
    <time dateTime={at} title={title} className="tabular-nums sm:whitespace-nowrap">
      {as === "relative" ? <Relative at={at} /> : as === "clock" ? clockTime(at, zone) : dateTime(at, zone)}
    </time>
  );
}

function Relative({ at }: { at: string }) {
  return relativeTime(Date.parse(at), useNow());
}
