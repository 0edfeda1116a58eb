import clsx from "clsx";
import { Link, useSearchParams } from "react-router";
import { messages } from "../messages";

const text = messages.activity.views;

/** Parameter of the address, and its value for the errors. */
export const VIEW = "view";
export const ERRORS = "errors";

/** Links to what happens now and to the errors. */
export function Views() {
  const [params] = useSearchParams();
  const current = params.get(VIEW) ?? "";
  return (
    <nav aria-label={text.label} className="flex overflow-hidden rounded-md border border-strong-line">
      {[
        { view: "", title: text.all },
        { view: ERRORS, title: text.errors },
      ].map(({ view, title }) => (
        <Link
          key={view}
          to={view ? `/?${VIEW}=${view}` : "/"}
          aria-current={view === current ? "page" : undefined}
          className={clsx(
            "px-3 py-1 font-medium focus-visible:-outline-offset-2",
            view === current ? "bg-accent-soft text-accent" : "bg-surface hover:bg-raised",
          )}
        >
          {title}
        </Link>
      ))}
    </nav>
  );
}
