import { lazy, Suspense, useEffect, useState } from "react";
import { messages } from "../messages";
import { Icon } from "../parts/Icon";

const SearchDialog = lazy(() => import("./SearchDialog"));
const ClockDialog = lazy(() => import("./ClockDialog"));

/** Whether somebody types into a control, where `/` is a character. */
function isTyping(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest("input, textarea, select, [role=dialog]") !== null;
}

/** The button and the keys that open the search: `/`, and ⌘K or Ctrl K. */
export function Search() {
  const [open, setOpen] = useState(false);
  const [movesClock, setMovesClock] = useState(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      const isCommand = event.key.toLowerCase() === "k" && (event.metaKey || event.ctrlKey);
      if (!isCommand && (event.key !== "/" || isTyping(event.target))) return;
      event.preventDefault();
      setOpen(true);
    };
    document.addEventListener("keydown", press);
    return () => document.removeEventListener("keydown", press);
  }, []);
  return (
    <>
      <button
        type="button"
        onClick={() => setOpen(true)}
        className="flex min-h-8 items-center gap-2 rounded-md border border-strong-line px-2 text-muted hover:bg-raised"
      >
        <Icon name="search" />
        <span className="grow text-left max-sm:sr-only">{messages.search.title}</span>
        <kbd className="text-xs max-sm:hidden">/</kbd>
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
