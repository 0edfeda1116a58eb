import { memo } from "react";
import { happenedAt } from "../api/feed";
import type { FeedEntry } from "../api/shapes";
import { messages } from "../messages";
import { cardText } from "../parts/card";
import { Badge, HttpStatusBadge, StatusBadge } from "../parts/Badge";
import { Icon, type IconName } from "../parts/Icon";
import { Money } from "../parts/Money";
import { Time } from "../parts/Time";
import { UserText } from "../parts/visible";

const text = messages.activity;

const ICONS: Record<FeedEntry["kind"], IconName> = { request: "try", event: "activity", delivery_attempt: "webhook" };

/** One row of the list: kind and title with the result, and below them the time and what it is about. */
export const EntryRow = memo(function EntryRow({ entry }: { entry: FeedEntry }) {
  return (
    <div className="flex h-full items-center gap-2.5 px-3">
      <span className="text-muted" title={text.kinds[entry.kind]}>
        <Icon name={ICONS[entry.kind]} />
        <span className="sr-only">{text.kinds[entry.kind]}</span>
      </span>
      <div className="min-w-0 grow">
        <div className="flex items-center gap-2">
          <span className="min-w-0 grow truncate font-mono text-xs font-medium">
            <UserText>{titleOf(entry)}</UserText>
          </span>
          <EntryBadges entry={entry} />
        </div>
        <div className="flex items-center gap-2 overflow-hidden text-xs whitespace-nowrap text-muted">
          <Time at={happenedAt(entry)} as="clock" />
          {entry.amount !== null && (
            <span className="text-ink">
              <Money amount={entry.amount} currency={entry.currency} />
            </span>
          )}
          {entry.card && <span>{cardText(entry.card)}</span>}
          <span className="min-w-0 truncate">
            {entry.reference ? <UserText>{entry.reference}</UserText> : entry.payment_id}
          </span>
        </div>
      </div>
    </div>
  );
});

/** `POST /payments/authorize`, an event's type, or the type and the receiver of a delivery attempt. */
export function titleOf(entry: FeedEntry): string {
  switch (entry.kind) {
    case "request":
      return `${entry.request.method} ${entry.request.path || entry.request.route}`;
    case "event":
      return entry.event.type;
    case "delivery_attempt":
      return `${entry.delivery_attempt.event_type} → ${entry.delivery_attempt.url}`;
  }
}

/** The result of a request or an attempt. */
export function EntryBadges({ entry }: { entry: FeedEntry }) {
  switch (entry.kind) {
    case "event":
      return <Badge tone="accent">{text.kinds.event}</Badge>;
    case "delivery_attempt": {
      const { attempt, status } = entry.delivery_attempt;
      return (
        <>
          {attempt > 1 && <Badge>{text.attempt(attempt)}</Badge>}
          <HttpStatusBadge status={status} none={text.noAnswer} />
        </>
      );
    }
    case "request": {
      const { code, outcome, replayed, status } = entry.request;
      return (
        <>
          {replayed && <Badge tone="info">{text.replayed}</Badge>}
          {code !== null ? <Badge>{code}</Badge> : outcome === "declined" && <StatusBadge status={outcome} />}
          <HttpStatusBadge status={status} />
        </>
      );
    }
  }
}
