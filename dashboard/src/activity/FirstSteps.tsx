import type { FeedEntry } from "../api/shapes";
import { messages } from "../messages";
import { CopyLine } from "../parts/CodeBlock";
import { Icon } from "../parts/Icon";

const text = messages.activity.steps;

interface Step {
  id: keyof typeof text.texts;
  /** A command of the README's start. */
  command: string;
  isDoneBy: (entry: FeedEntry) => boolean;
}

const isAuthorization = (entry: FeedEntry, outcome: string) =>
  entry.kind === "request" && entry.request.route === "authorize_payment" && entry.request.outcome === outcome;

const STEPS: readonly Step[] = [
  {
    id: "pay",
    command: "paysandbox pay authorize 12.50 --capture automatic",
    isDoneBy: (entry) => isAuthorization(entry, "approved"),
  },
  {
    id: "decline",
    command: "paysandbox pay authorize 12.50 --card 4000000000009995",
    isDoneBy: (entry) => isAuthorization(entry, "declined"),
  },
  {
    id: "list",
    command: "paysandbox pay list",
    isDoneBy: (entry) => entry.kind === "request" && entry.request.route === "list_payments",
  },
  {
    id: "listen",
    command: "paysandbox listen --forward-to localhost:3000/hooks",
    isDoneBy: (entry) => entry.kind === "delivery_attempt",
  },
  {
    id: "trigger",
    command: "paysandbox trigger payment_captured",
    isDoneBy: (entry) => entry.kind === "event" && entry.event.type === "payment_captured",
  },
];

/** The README's commands. Those whose effect is among the entries are ticked off. */
export function FirstSteps({ entries }: { entries: readonly FeedEntry[] }) {
  return (
    <section aria-label={text.title} className="flex flex-col gap-3">
      <h2 className="text-base font-semibold">{text.title}</h2>
      <ol className="flex flex-col gap-3">
        {STEPS.map(({ id, command, isDoneBy }) => {
          const isDone = entries.some(isDoneBy);
          return (
            <li key={id} className="flex items-start gap-2">
              <span
                className={
                  isDone
                    ? "mt-0.5 inline-flex size-5 items-center justify-center rounded-full bg-good-soft text-good"
                    : "mt-0.5 size-5 shrink-0 rounded-full border border-strong-line"
                }
              >
                {isDone && <Icon name="check" size={14} />}
              </span>
              <div className="min-w-0 grow">
                <p className="mb-1">
                  {text.texts[id]} <span className="sr-only">{isDone ? text.done : text.open}</span>
                </p>
                <CopyLine text={command} />
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
