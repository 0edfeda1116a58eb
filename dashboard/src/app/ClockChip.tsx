import { lazy, Suspense, useState } from "react";
import { useClockWatch, useWatchedClock } from "../api/clock";
import { messages } from "../messages";
import { durationText } from "../parts/times";

// Radix's dialog is not needed before it is opened.
const ClockDialog = lazy(() => import("./ClockDialog"));

/** Shown while the sandbox's clock is ahead of wall time. It opens a dialog that moves it. */
export function ClockChip() {
  const { data } = useWatchedClock();
  const [isOpen, setOpen] = useState(false);
  const offset = data?.offset_s ?? 0;
  return (
    <>
      {offset > 0 && (
        <button
          type="button"
          title={messages.clock.ahead(durationText(offset))}
          aria-haspopup="dialog"
          onClick={() => setOpen(true)}
          className="min-h-6 rounded-sm sm:self-start bg-warn-soft px-1.5 py-px text-xs font-medium whitespace-nowrap text-warn"
        >
          {messages.clock.chip(durationText(offset))}
        </button>
      )}
      {isOpen && (
        <Suspense>
          <ClockDialog onClose={() => setOpen(false)} />
        </Suspense>
      )}
    </>
  );
}

/** Keeps the chips up to date. */
export function ClockWatch() {
  useClockWatch();
  return null;
}
