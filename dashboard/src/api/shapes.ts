/** Shapes of the API that the pages name: all are made from its document. */
import type { Bucket, Feed, FeedItem, Inbox, Metrics } from "./schema";

export type {
  Clock,
  FeedDeliveryAttempt,
  FeedEvent,
  FeedRequest,
  Inbox,
  InboxSignature,
  InboxWebhook,
  Metrics,
  MovedClock,
} from "./schema";

/** An entry of one kind: the document can only say that exactly one of the three members is there. */
type EntryOf<Kind extends FeedItem["kind"]> = Omit<FeedItem, "kind" | "request" | "event" | "delivery_attempt"> & {
  kind: Kind;
} & Record<Kind, NonNullable<FeedItem[Kind]>>;

export type RequestEntry = EntryOf<"request">;
export type EventEntry = EntryOf<"event">;
export type DeliveryAttemptEntry = EntryOf<"delivery_attempt">;
export type FeedEntry = RequestEntry | EventEntry | DeliveryAttemptEntry;

/** Answer of GET /feed, oldest first. */
export type FeedPage = Omit<Feed, "data"> & { data: FeedEntry[] };

export type MetricsRange = Metrics["range"];
/** Measures of a range or of a bucket. */
export type MetricsCounts = Omit<Bucket, "at">;
export type InboxAnswer = Inbox["answer"];

/** Body of POST /sandbox/clock, which needs an operator's key: exactly one member. */
export type MoveClock = { advance_s: number } | { until: string } | { reset: true };
