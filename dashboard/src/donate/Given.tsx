import { Money } from "../parts/Money";
import { useRecent, useTotal } from "./donations";
import { messages } from "./messages";

/** What everybody has given: the total of each currency and the ten most recent donations. Both are live. */
export function Given({ base }: { base: string }) {
  const total = useTotal(base);
  const recent = useRecent(base);
  return (
    <div className="space-y-6">
      <section aria-labelledby="total">
        <h2 id="total" className="font-medium text-muted">
          {messages.total.heading}
        </h2>
        <p className="text-3xl font-semibold" aria-live="polite">
          {total.data?.totals.length === 0 && <span className="text-lg">{messages.total.none}</span>}
          {total.data?.totals.map(({ currency, amount }) => (
            <span key={currency} className="block">
              <Money amount={amount} currency={currency} />
            </span>
          ))}
        </p>
      </section>
      <section aria-labelledby="recent">
        <h2 id="recent" className="mb-1 font-medium text-muted">
          {messages.recent.heading}
        </h2>
        {recent.isError && <p className="text-muted">{messages.recent.failed}</p>}
        {recent.data?.length === 0 && <p>{messages.recent.none}</p>}
        <ul className="divide-y divide-line">
          {recent.data?.map((donation, place) => (
            <li key={`${donation.created_at} ${place}`} className="flex justify-between gap-4 py-2">
              <span className="wrap-anywhere">{donation.donor_name}</span>
              <Money amount={donation.amount} currency={donation.currency} />
            </li>
          ))}
        </ul>
      </section>
    </div>
  );
}
