import { Link, useSearchParams } from "react-router";
import type { FeedEntry } from "../api/shapes";
import { messages } from "../messages";
import { AttemptDetail } from "./AttemptDetail";
import { EntryBadges, titleOf } from "./EntryRow";
import { EventDetail } from "./EventDetail";
import { RequestDetail } from "./RequestDetail";
import { UserText } from "../parts/visible";

const text = messages.activity.detail;

const MAX_RELATED = 20;
const EVENT_ID = "evt_";

interface EntryDetailProps {
  id: string;
  /** Null if the list does not have it: it is older, or was just recorded. */
  entry: FeedEntry | null;
  entries: readonly FeedEntry[];
  onSelect: (id: string) => void;
}

/** The selected entry: a request, an event (`evt_…`) or a delivery attempt (`<delivery>#<attempt>`). */
export default function EntryDetail({ id, entry, entries, onSelect }: EntryDetailProps) {
  const [delivery = "", attempt] = id.split("#");
  return (
    <div className="flex flex-col gap-5">
      {attempt !== undefined ? (
        <AttemptDetail deliveryId={delivery} attempt={Number(attempt)} />
      ) : id.startsWith(EVENT_ID) ? (
        <EventDetail id={id} entry={entry} />
      ) : (
        <RequestDetail id={id} entry={entry?.kind === "request" ? entry : null} onSelect={onSelect} />
      )}
      {entry && <Related entries={relatedTo(entry, entries)} />}
    </div>
  );
}

/** The operation or object that an entry is about. */
function objectOf(entry: FeedEntry): string | null {
  return entry.kind === "request"
    ? entry.request.transaction_id
    : entry.kind === "event"
      ? entry.event.object_id
      : null;
}

function eventOf(entry: FeedEntry): string | null {
  return entry.kind === "event" ? entry.id : entry.kind === "delivery_attempt" ? entry.delivery_attempt.event_id : null;
}

/**
 * Entries of the same operation, oldest first: of a request its events, of an event its requests and delivery
 * attempts, of an attempt its event and the event's other attempts.
 */
export function relatedTo(entry: FeedEntry, entries: readonly FeedEntry[]): readonly FeedEntry[] {
  const event = eventOf(entry);
  const object = objectOf(entry);
  return entries
    .filter(
      (other) =>
        other.id !== entry.id &&
        ((event !== null && eventOf(other) === event) || (object !== null && objectOf(other) === object)),
    )
    .slice(0, MAX_RELATED)
    .reverse();
}

function Related({ entries }: { entries: readonly FeedEntry[] }) {
  const [params] = useSearchParams();
  if (!entries.length) return null;
  const addressOf = (id: string) => {
    const next = new URLSearchParams(params);
    next.set("id", id);
    return `?${next.toString()}`;
  };
  return (
    <section aria-label={text.related}>
      <h3 className="mb-2 font-semibold">{text.related}</h3>
      <ul className="flex flex-col gap-1.5">
        {entries.map((entry) => (
          <li key={entry.id} className="flex items-center gap-2">
            <Link
              className="min-w-0 truncate font-mono text-xs text-accent underline"
              to={addressOf(entry.id)}
              replace
              preventScrollReset
            >
              <UserText>{titleOf(entry)}</UserText>
            </Link>
            <EntryBadges entry={entry} />
          </li>
        ))}
      </ul>
    </section>
  );
}
