import clsx from "clsx";
import { Link, useLocation } from "react-router";
import { pageOfList, STRIPE_LISTS } from "../api/stripe";
import { messages } from "../messages";
import { titleOfList } from "./stripeList";

/** Links to the lists of all declared resources; the page that is shown is marked. */
export function Kinds() {
  const { pathname } = useLocation();
  const lists = STRIPE_LISTS.filter(({ declared }) => declared)
    .map((list) => ({ title: titleOfList(list), to: pageOfList(list.path) }))
    .toSorted((one, other) => one.title.localeCompare(other.title));
  return (
    <nav aria-label={messages.lists.stripe.kinds} className="mb-4 flex flex-wrap gap-x-3 gap-y-1">
      {lists.map(({ title, to }) => (
        <Link
          key={to}
          to={to}
          aria-current={pathname === to ? "page" : undefined}
          className={clsx("min-h-6 underline", pathname === to ? "font-semibold text-ink" : "text-accent")}
        >
          {title}
        </Link>
      ))}
    </nav>
  );
}
