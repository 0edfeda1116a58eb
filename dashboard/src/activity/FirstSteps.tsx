import { useEffect } from "react";
import { ofMerchant, useMerchant } from "../api/session";
import type { FeedEntry } from "../api/shapes";
import { messages } from "../messages";
import { Button, IconButton } from "../parts/Button";
import { CopyLine } from "../parts/CodeBlock";
import { Icon } from "../parts/Icon";
import { useProgress } from "./progress";

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

/** The README's commands. Those whose effect was once among the entries are ticked off. They can be put away. */
export function FirstSteps({ entries }: { entries: readonly FeedEntry[] }) {
  const merchant = useMerchant()?.merchant;
  const [{ done, isHidden }, change] = useProgress(merchant ?? "");
  // Entries are forgotten after a day: what they showed once is remembered.
  const isNews = STEPS.some(({ id, isDoneBy }) => !done.includes(id) && entries.some(isDoneBy));
  useEffect(() => {
    if (!isNews) return;
    change({
      done: STEPS.filter(({ id, isDoneBy }) => done.includes(id) || entries.some(isDoneBy)).map(({ id }) => id),
    });
  }, [isNews, done, entries, change]);
  if (isHidden) {
    return (
      <Button variant="quiet" className="-ml-3" onClick={() => change({ isHidden: false })}>
        {text.show}
      </Button>
    );
  }
  return (
    <section aria-label={text.title} className="flex flex-col gap-3">
      <div className="flex items-center gap-2">
        <h2 className="grow text-base font-semibold">{text.title}</h2>
        <IconButton icon="close" label={text.hide} onClick={() => change({ isHidden: true })} />
      </div>
      <ol className="flex flex-col gap-3">
        {STEPS.map(({ id, command }) => {
          const isDone = done.includes(id);
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
                <CopyLine text={ofMerchant(command, merchant)} />
              </div>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
