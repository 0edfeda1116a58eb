import { useSyncExternalStore } from "react";

/** Same as --breakpoint-md in styles.css. */
const WIDE_PX = 900;

function subscribe(listener: () => void): () => void {
  window.addEventListener("resize", listener);
  return () => window.removeEventListener("resize", listener);
}

/** Whether the window is wide enough to show the list and the details beside it. */
export function useWide(): boolean {
  return useSyncExternalStore(subscribe, () => window.innerWidth >= WIDE_PX);
}
