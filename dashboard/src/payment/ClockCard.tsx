import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { createNativeClient, useApi } from "../api/client";
import { useConfig } from "../api/config";
import { useFeedActions } from "../api/feed";
import type { Clock, MoveClock } from "../api/shapes";
import { useSession } from "../api/session";
import { messages } from "../messages";
import { Button } from "../parts/Button";
import { Card } from "../parts/Page";
import { CodeText } from "../parts/CodeText";
import { InlineError } from "../parts/states";
import { Time } from "../parts/Time";
import { useSimulation } from "./usePayment";

const text = messages.payment.clock;
const DISPUTE_ID = "du_";
const INQUIRY = "warning_";
const HOUR_S = 3_600;
const STEPS: readonly { title: string; seconds: number }[] = [
  { title: text.hour, seconds: HOUR_S },
  { title: text.day, seconds: 24 * HOUR_S },
  { title: text.week, seconds: 7 * 24 * HOUR_S },
];

/** The sandbox's clock, and what falls due next on the payment. Moving it needs an operator's key. */
export function ClockCard({ id }: { id: string }) {
  const api = useApi();
  const { api_base } = useConfig();
  const { clockKey } = useSession();
  const queries = useQueryClient();
  const { poll } = useFeedActions();
  const clock = useQuery({
    queryKey: ["clock"],
    queryFn: ({ signal }) => api.get<Clock>("/sandbox/clock", undefined, signal),
  });
  const simulation = useSimulation(id, true);
  const move = useMutation<unknown, Error, MoveClock>({
    mutationFn: (body) => createNativeClient(api_base, clockKey ?? "").request("POST", "/sandbox/clock", { body }),
    onSettled: () => {
      poll();
      return queries.invalidateQueries();
    },
  });
  const next = [...(simulation.data?.due ?? [])].sort((a, b) => a.due_at.localeCompare(b.due_at))[0];
  const disputed =
    next?.action === "expire"
      ? simulation.data?.objects.find(({ id }) => id === next.id && id.startsWith(DISPUTE_ID))
      : undefined;
  // An inquiry is open long after its evidence was due, and takes nothing.
  const isInquiry = disputed?.status.startsWith(INQUIRY) ?? false;
  return (
    <Card title={text.title}>
      <div className="flex flex-col gap-3">
        {clock.error && <InlineError error={clock.error} />}
        {clock.data && (
          <p>
            {text.now} <Time at={clock.data.now} />
            {clock.data.offset_s > 0 && <span className="text-muted"> · {text.ahead(clock.data.offset_s)}</span>}
          </p>
        )}
        <p className="text-muted">
          {next ? (
            <>
              {isInquiry ? text.inquiryCloses : disputed ? text.evidenceDue : text.next(next.action)}{" "}
              <Time at={next.due_at} />
              {disputed && !isInquiry && text.thenLost}
            </>
          ) : (
            simulation.data && text.nothingDue
          )}
        </p>
        {clockKey ? (
          <div className="flex flex-wrap gap-2">
            {next && (
              <Button variant="primary" busy={move.isPending} onClick={() => move.mutate({ until: next.due_at })}>
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
        ) : (
          <p className="text-muted">
            <CodeText>{text.needsOperator}</CodeText>
          </p>
        )}
        <InlineError error={move.error} />
      </div>
    </Card>
  );
}
