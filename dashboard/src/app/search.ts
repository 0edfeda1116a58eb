import { pageOfId, pageOfPath } from "../api/pageOf";
import type { FoundObject } from "../api/schema";
import { messages } from "../messages";
import { triggersFor } from "./trigger";

/** Something that a search offers: a page, another merchant, or the dialog that moves the clock. */
export interface Found {
  title: string;
  /** What tells it apart from others. */
  detail?: string;
  /** Address of the page, below /dashboard. */
  to?: string;
  merchant?: string;
  movesClock?: true;
  /** Text that a choice puts into the field: a command whose argument is missing. */
  types?: string;
  /** An event to cause. */
  trigger?: string;
}

const { pages } = messages.app;
const text = messages.search;

/** A command, as of the program. */
const TRIGGER = "trigger";
const OF_TRIGGER = new RegExp(`^${TRIGGER}\\s+`);

const PAGES: readonly Found[] = [
  { title: pages.activity, to: "/" },
  { title: pages.payments, to: "/payments" },
  { title: pages.disputes, to: "/disputes" },
  { title: pages.settlements, to: "/settlements" },
  { title: pages.payouts, to: "/payouts" },
  { title: pages.payees, to: "/payees" },
  { title: pages.customers, to: "/customers" },
  { title: pages.stripe, to: "/stripe" },
  { title: pages.donations, to: "/donations" },
  { title: pages.events, to: "/events" },
  { title: pages.requests, to: "/requests" },
  { title: pages.webhooks, to: "/webhooks" },
  { title: pages.try, to: "/try" },
  { title: pages.metrics, to: "/metrics" },
  { title: pages.keys, to: "/keys" },
  { title: text.createPayment, to: "/try" },
  { title: text.moveClock, movesClock: true },
  { title: text.trigger.title, types: `${TRIGGER} ` },
];

const BATCH = /^\d{4}-\d{2}-\d{2}(?:\.\d+)?$/;

/** Whether a text is a command, which the API is not asked for. */
export function isCommand(typed: string): boolean {
  return OF_TRIGGER.test(`${typed.trim()} `);
}

/** The page that an ID names, by its form alone: the page says if there is no such object. */
function namedBy(typed: string): Found[] {
  if (BATCH.test(typed)) return [{ title: text.settlement(typed), to: pageOfPath(`/settlements/${typed}`) }];
  const page = pageOfId(typed);
  return page === null ? [] : [{ title: text.open(typed), to: page }];
}

/** The events that the rest of the command may mean. Those that only the program causes lead nowhere. */
function triggers(typed: string): Found[] {
  return triggersFor(typed).map(({ event, elsewhere }) =>
    elsewhere === undefined
      ? { title: text.trigger.command(event), trigger: event }
      : { title: text.trigger.command(event), detail: elsewhere },
  );
}

/** An object that the API found. */
function foundObject({ object, id, stripe_id, path, matched, type, text: told, status }: FoundObject): Found {
  const why = matched === "id" ? null : text.matched[matched];
  return {
    title: `${type ?? text.kinds[object]} ${stripe_id ?? id}`,
    detail: [status, told, why].filter(Boolean).join(" · "),
    to: pageOfPath(path),
  };
}

/**
 * What a text may mean, the likeliest first: an ID, what the API found, a page, another merchant, the reference of a
 * payment. The clock is offered if it `moves`.
 */
export function search(
  typed: string,
  merchants: readonly string[],
  objects: readonly FoundObject[] = [],
  moves = true,
): Found[] {
  const wanted = typed.trim();
  const offered = PAGES.filter(({ movesClock }) => moves || !movesClock);
  if (!wanted) return offered;
  if (isCommand(wanted)) return triggers(`${wanted} `.replace(OF_TRIGGER, "").trim());
  const found = objects.map(foundObject);
  // What the API found says more than the form of an ID.
  const named = namedBy(wanted).filter(({ to }) => !found.some((each) => each.to === to));
  const word = wanted.toLowerCase();
  const shown = offered.filter(({ title }) => title.toLowerCase().includes(word));
  const others = merchants.filter((name) => name.includes(word));
  return [
    ...found,
    ...named,
    ...shown,
    ...others.map((merchant) => ({ title: text.merchant(merchant), merchant })),
    ...(named.length || found.length
      ? []
      : [{ title: text.reference(wanted), to: `/payments?reference=${encodeURIComponent(wanted)}` }]),
  ];
}
