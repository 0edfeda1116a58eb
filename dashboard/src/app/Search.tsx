import clsx from "clsx";
import { lazy, Suspense, useEffect, useState } from "react";
import { messages } from "../messages";
import { Icon } from "../parts/Icon";
import { isTyping } from "./typing";

const SearchDialog = lazy(() => import("./SearchDialog"));
const ClockDialog = lazy(() => import("./ClockDialog"));

/** The button and the keys that open the search: `/`, and ⌘K or Ctrl K. A phone's has the icon, and no keys. */
export function Search({ isCompact = false }: { isCompact?: boolean }) {
  const [open, setOpen] = useState(false);
  const [movesClock, setMovesClock] = useState(false);
  useEffect(() => {
    if (isCompact) return;
    const press = (event: KeyboardEvent) => {
      const isCommand = event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey);
      if (!isCommand && (event.key !== "/" || isTyping(event.target))) return;
      event.preventDefault();
      setOpen(true);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, [isCompact]);
  return (
    <>
      <button
        type="button"
        onClick={() => setOpen(true)}
        className={clsx(
          "flex min-h-8 items-center gap-2 rounded-md px-2 text-muted hover:bg-raised",
          !isCompact && "border border-strong-line",
        )}
      >
        <Icon name="search" />
        <span className={isCompact ? "sr-only" : "grow text-left"}>{messages.search.title}</span>
        {!isCompact && <kbd className="text-xs">/</kbd>}
      </button>
      {open && (
        <Suspense>
          <SearchDialog onClose={() => setOpen(false)} onMoveClock={() => setMovesClock(true)} />
        </Suspense>
      )}
      {movesClock && (
        <Suspense>
          <ClockDialog onClose={() => setMovesClock(false)} />
        </Suspense>
      )}
    </>
  );
}
