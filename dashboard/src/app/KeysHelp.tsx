import { lazy, Suspense, useEffect, useState } from "react";
import { messages } from "../messages";
import { isTyping } from "./typing";

const KeysDialog = lazy(() => import("./KeysDialog"));

/** The button and the key `?` that show which keys there are. */
export function KeysHelp() {
  const [open, setOpen] = useState(false);
  useEffect(() => {
    const press = (event: KeyboardEvent) => {
      if (event.key !== "?" || isTyping(event.target)) return;
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
        aria-label={messages.keyboard.title}
        title={messages.keyboard.title}
        onClick={() => setOpen(true)}
        className="inline-flex size-8 items-center justify-center rounded-md hover:bg-raised hover:text-ink"
      >
        <kbd>?</kbd>
      </button>
      {open && (
        <Suspense>
          <KeysDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}
