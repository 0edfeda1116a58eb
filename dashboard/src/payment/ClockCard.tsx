import { useClock } from "../api/clock";
import { messages } from "../messages";
import { ClockMoves } from "../parts/ClockMoves";
import { Card } from "../parts/Page";
import { InlineError } from "../parts/states";
import { Time } from "../parts/Time";
import { durationText } from "../parts/times";
import { useSimulation } from "./usePayment";

const text = messages.payment.clock;
const DISPUTE_ID = "du_";
const INQUIRY = "warning_";

/** The sandbox's clock, and what falls due next on the payment. Moving it needs an operator's key. */
export function ClockCard({ id }: { id: string }) {
  const clock = useClock();
  const simulation = useSimulation(id, true);
  const next = [...(simulation.data?.due ?? [])].sort((a, b) => a.due_at.localeCompare(b.due_at))[0];
  const disputed =
    next?.action === "expire"
      ? simulation.data?.objects.find(({ id }) => id === next.id && id.startsWith(DISPUTE_ID))
      : undefined;
  // An inquiry is open long after its evidence was due, and takes nothing.
  const isInquiry = disputed?.status.startsWith(INQUIRY) ?? false;
  return (
    <Card title={messages.clock.title}>
      <div className="flex flex-col gap-3">
        {clock.error && <InlineError error={clock.error} />}
        {clock.data && (
          <p>
            {messages.clock.now} <Time at={clock.data.now} />
            {clock.data.offset_s > 0 && (
              <span className="text-muted"> · {messages.clock.ahead(durationText(clock.data.offset_s))}</span>
            )}
          </p>
        )}
        <p className="text-muted">
          {next ? (
            <>
              {isInquiry ? text.inquiryCloses : disputed ? text.evidenceDue : messages.clock.next(next.action)}{" "}
              <Time at={next.due_at} />
              {disputed && !isInquiry && text.thenLost}
            </>
          ) : (
            simulation.data && text.nothingDue
          )}
        </p>
        <ClockMoves until={next?.due_at} />
      </div>
    </Card>
  );
}
