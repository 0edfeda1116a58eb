import { useQuery } from "@tanstack/react-query";
import { Link } from "react-router";
import { useApi } from "../api/client";
import { useClock } from "../api/clock";
import type { DueStep } from "../api/schema";
import { messages } from "../messages";
import { ClockMoves } from "../parts/ClockMoves";
import { Dialog } from "../parts/Drawer";
import { InlineError } from "../parts/states";
import { Time } from "../parts/Time";
import { durationText } from "../parts/times";

const text = messages.clock;

/** A dispute or an inquiry that nobody answers. Which of them it is, and what follows, is on the payment's page. */
function isDispute({ id, action }: DueStep): boolean {
  return id.startsWith("du_") && action === "expire";
}

/** The merchant's next pending step, null if it has none. */
function useNextStep() {
  const api = useApi();
  return useQuery({
    queryKey: ["waiting"],
    queryFn: async ({ signal }) => {
      const query = { waiting: true, limit: 1 };
      return (await api.get<{ data: DueStep[] }>("/sandbox/simulate", query, signal)).data[0] ?? null;
    },
  });
}

/** The sandbox's time, what is due next, and buttons that move the clock. */
export default function ClockDialog({ onClose }: { onClose: () => void }) {
  const clock = useClock();
  const next = useNextStep();
  return (
    <Dialog open onClose={onClose} title={text.title}>
      <div className="flex flex-col gap-3">
        <InlineError error={clock.error ?? next.error} />
        {clock.data && (
          <p>
            {text.now} <Time at={clock.data.now} />
            {clock.data.offset_s > 0 && (
              <span className="text-muted"> · {text.ahead(durationText(clock.data.offset_s))}</span>
            )}
          </p>
        )}
        {next.data && (
          <p className="text-muted">
            {isDispute(next.data) ? text.disputeExpires : text.next(next.data.action)} <Time at={next.data.due_at} />
            {next.data.auth_id && (
              <>
                {" · "}
                <Link className="text-accent underline" to={`/payments/${next.data.auth_id}`} onClick={onClose}>
                  {text.payment}
                </Link>
              </>
            )}
          </p>
        )}
        <ClockMoves until={next.data?.due_at} />
      </div>
    </Dialog>
  );
}
