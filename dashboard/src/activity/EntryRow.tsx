import clsx from "clsx";
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
import { deliveriesIn, failedIn, type Row } from "./rows";

const text = messages.activity;

const ICONS: Record<FeedEntry["kind"], IconName> = { request: "try", event: "activity", delivery_attempt: "webhook" };
const MAX_DELIVERIES = 2;

interface EntryRowProps {
  row: Row;
  depth: number;
  isOpen: boolean;
}

/** One row of the list: kind, title and result, time and what it is about; in two lines if the screen is narrow. */
export const EntryRow = memo(function EntryRow({ row, depth, isOpen }: EntryRowProps) {
  const { entry, inside } = row;
  const isOne = row.kind === "entry";
  // What it is about stands in the row of its event, and its type in its delivery's.
  const isInside = depth > 0 && isOne && entry.kind === "delivery_attempt";
  const failed = row.kind === "burst" ? failedIn(inside) : 0;
  return (
    <div className={clsx("flex h-full items-center gap-2 pr-3", depth ? "pl-6" : "pl-1.5")}>
      <span className={clsx("text-muted", inside.length === 0 && "invisible", isOpen && "rotate-90")}>
        <Icon name="chevron" size={12} />
      </span>
      <span className="text-muted" title={text.kinds[entry.kind]}>
        <Icon name={ICONS[entry.kind]} />
        <span className="sr-only">{text.kinds[entry.kind]}</span>
      </span>
      <div className="min-w-0 grow md:flex md:items-center md:gap-2.5">
        <div className="flex min-w-0 grow items-center gap-2">
          <span className="min-w-0 grow truncate font-mono text-xs font-medium">
            <UserText>
              {isInside
                ? `→ ${entry.delivery_attempt.url}`
                : isOne
                  ? titleOf(entry)
                  : text.several(row.kind === "retries" ? retriesOf(entry) : nameOf(entry), inside.length)}
            </UserText>
          </span>
          {inside.length > 0 && row.kind !== "burst" ? <Deliveries row={row} /> : <EntryBadges entry={entry} />}
          {failed > 0 && <Badge tone="bad">{text.failing(failed)}</Badge>}
          {inside.length > 0 && <span className="sr-only">{isOpen ? text.opened : text.closed(inside.length)}</span>}
        </div>
        <div className="flex items-center gap-2 overflow-hidden text-xs whitespace-nowrap text-muted md:max-w-1/2 md:shrink-0">
          <span className="md:order-last">
            <Time at={happenedAt(entry)} as="clock" />
          </span>
          {(isOne || row.kind === "attempts") && !isInside && <About entry={entry} />}
        </div>
      </div>
    </div>
  );
});

/** The amount, the card and the reference of an entry. */
function About({ entry }: { entry: FeedEntry }) {
  const { amount, currency, card, reference, payment_id } = entry;
  return (
    <>
      {amount !== null && (
        <span className="text-ink md:order-1 md:min-w-16 md:text-right">
          <Money amount={amount} currency={currency} />
        </span>
      )}
      {card && <span className="md:hidden 2xl:inline">{cardText(card)}</span>}
      <span className={clsx("min-w-0 truncate", reference ? "md:max-w-32" : "md:hidden")}>
        {reference ? <UserText>{reference}</UserText> : payment_id}
      </span>
    </>
  );
}

/** `POST /payments/authorize`, an event's type, or the type and the receiver of a delivery attempt. */
export function titleOf(entry: FeedEntry): string {
  return entry.kind === "request"
    ? `${entry.request.method} ${entry.request.path || entry.request.route}`
    : nameOf(entry);
}

/** The same for several entries, of a request its route: `authorize_payment`. */
function nameOf(entry: FeedEntry): string {
  switch (entry.kind) {
    case "request":
      return entry.request.route;
    case "event":
      return entry.event.type;
    case "delivery_attempt":
      return `${entry.delivery_attempt.event_type} → ${entry.delivery_attempt.url}`;
  }
}

/** `Retries → https://…`, of the events that are retried there. */
function retriesOf(entry: FeedEntry): string {
  return entry.kind === "delivery_attempt" ? text.retries(entry.delivery_attempt.url) : nameOf(entry);
}

/** The last result of each delivery, with the number of its attempts. */
function Deliveries({ row }: { row: Row }) {
  const deliveries = deliveriesIn(row);
  return (
    <>
      {deliveries.slice(0, MAX_DELIVERIES).map(({ id, status, attempts }) => (
        <span key={id} className="flex items-center gap-1 text-xs whitespace-nowrap text-muted">
          <HttpStatusBadge status={status} none={text.noAnswer} />
          {attempts > 1 && text.times(attempts)}
        </span>
      ))}
      {deliveries.length > MAX_DELIVERIES && <Badge>{text.more(deliveries.length - MAX_DELIVERIES)}</Badge>}
    </>
  );
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
