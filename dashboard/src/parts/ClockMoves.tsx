import { useMoveClock } from "../api/clock";
import { useSession } from "../api/session";
import { messages } from "../messages";
import { Button } from "./Button";
import { CodeText } from "./CodeText";
import { InlineError } from "./states";

const text = messages.clock;
const HOUR_S = 3_600;
const STEPS: readonly { title: string; seconds: number }[] = [
  { title: text.hour, seconds: HOUR_S },
  { title: text.day, seconds: 24 * HOUR_S },
  { title: text.week, seconds: 7 * 24 * HOUR_S },
];

/** Buttons that move the clock, `until` (RFC 3339) what is due next if it is given. Without an operator's key, how to. */
export function ClockMoves({ until }: { until: string | undefined }) {
  const { clockKey } = useSession();
  const move = useMoveClock();
  if (!clockKey) {
    return (
      <p className="text-muted">
        <CodeText>{text.needsOperator}</CodeText>
      </p>
    );
  }
  return (
    <>
      <div className="flex flex-wrap gap-2">
        {until !== undefined && (
          <Button variant="primary" busy={move.isPending} onClick={() => move.mutate({ until })}>
            {text.untilNext}
          </Button>
        )}
        {STEPS.map(({ title, seconds }) => (
          <Button key={title} busy={move.isPending} onClick={() => move.mutate({ advance_s: seconds })}>
            {title}
          </Button>
        ))}
        <Button variant="quiet" busy={move.isPending} onClick={() => move.mutate({ reset: true })}>
          {text.reset}
        </Button>
      </div>
      <InlineError error={move.error} />
    </>
  );
}
