import clsx from "clsx";
import { useEffect, type ReactNode } from "react";
import { messages } from "../messages";

/** Characters from which a title is broken rather than take a line of its own: it has an ID. */
const LONG_TITLE = 20;

interface PageProps {
  title: string;
  /** Buttons beside the title. */
  actions?: ReactNode;
  /** The page uses the height of the window and scrolls inside, for instance with a virtual list. */
  fill?: boolean;
  /** As wide as the window, for a table with many columns. */
  wide?: boolean;
  children: ReactNode;
}

/** A page: its title, also of the document, and its content. */
export function Page({ title, actions, fill = false, wide = false, children }: PageProps) {
  useEffect(() => {
    document.title = `${title} · ${messages.app.name}`;
  }, [title]);
  return (
    <div
      className={
        fill
          ? "flex h-0 min-h-96 w-full min-w-0 grow flex-col p-4 sm:p-6"
          : clsx("mx-auto w-full min-w-0 p-4 sm:p-6", wide ? "max-w-400" : "max-w-6xl")
      }
    >
      <div className="mb-4 flex min-h-8 flex-wrap items-center gap-3">
        <h1
          className={clsx("min-w-0 grow text-xl font-semibold wrap-anywhere", title.length > LONG_TITLE && "basis-56")}
        >
          {title}
        </h1>
        {actions}
      </div>
      {children}
    </div>
  );
}

/** A titled box on a page. */
export function Card({ title, actions, children }: { title?: string; actions?: ReactNode; children: ReactNode }) {
  return (
    <section className="min-w-0 rounded-lg border border-line bg-surface p-4">
      {(title ?? actions) && (
        <div className="mb-3 flex flex-wrap items-center gap-3">
          {title && <h2 className="grow text-base font-semibold">{title}</h2>}
          {actions}
        </div>
      )}
      {children}
    </section>
  );
}
