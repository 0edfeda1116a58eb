import { paymentOf } from "../api/paymentId";
import { messages } from "../messages";

/** Something that a search offers: a page, or another merchant. */
export interface Found {
  title: string;
  /** Address of the page, below /dashboard. */
  to?: string;
  merchant?: string;
}

const { pages } = messages.app;
const text = messages.search;

const PAGES: readonly Found[] = [
  { title: pages.activity, to: "/" },
  { title: pages.payments, to: "/payments" },
  { title: pages.disputes, to: "/disputes" },
  { title: pages.settlements, to: "/settlements" },
  { title: pages.payouts, to: "/payouts" },
  { title: pages.events, to: "/events" },
  { title: pages.requests, to: "/requests" },
  { title: pages.webhooks, to: "/webhooks" },
  { title: pages.try, to: "/try" },
  { title: pages.metrics, to: "/metrics" },
  { title: pages.keys, to: "/keys" },
];

const REQUEST = /^(?:req_)?([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})$/;
const BATCH = /^\d{4}-\d{2}-\d{2}(?:\.\d+)?$/;

/** The page that an ID names, by its form alone: the page says if there is no such object. */
function namedBy(typed: string): Found[] {
  if (/^du_[a-z2-7]+$/.test(typed)) return [{ title: text.dispute(typed), to: `/disputes/${typed}` }];
  const payment = paymentOf(typed);
  if (payment) return [{ title: text.payment(payment), to: `/payments/${payment}` }];
  if (/^we_[a-z2-7]+$/.test(typed)) return [{ title: text.endpoint(typed), to: `/webhooks/${typed}` }];
  if (BATCH.test(typed)) return [{ title: text.settlement(typed), to: `/settlements/${typed.replace(".", "_")}` }];
  const request = REQUEST.exec(typed)?.[1];
  return request ? [{ title: text.request(request), to: `/?id=${request}` }] : [];
}

/** What a text may mean, the likeliest first: an ID, a page, another merchant, the reference of a payment. */
export function search(typed: string, merchants: readonly string[]): Found[] {
  const wanted = typed.trim();
  if (!wanted) return [...PAGES];
  const named = namedBy(wanted);
  const word = wanted.toLowerCase();
  const shown = PAGES.filter(({ title }) => title.toLowerCase().includes(word));
  const others = merchants.filter((name) => name.includes(word));
  return [
    ...named,
    ...shown,
    ...others.map((merchant) => ({ title: text.merchant(merchant), merchant })),
    ...(named.length
      ? []
      : [{ title: text.reference(wanted), to: `/payments?reference=${encodeURIComponent(wanted)}` }]),
  ];
}
