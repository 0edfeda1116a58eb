import { useCallback, useMemo, useSyncExternalStore } from "react";

/** What a merchant has done of the first steps, and whether it put them away. */
export interface Progress {
  /** IDs of steps. */
  done: readonly string[];
  isHidden: boolean;
}

const NONE: Progress = { done: [], isHidden: false };
const keyOf = (merchant: string) => `paysandbox.first_steps.${merchant}`;

// For a browser that blocks storage: the progress lasts until the page is reloaded.
const unstored = new Map<string, string>();
const listeners = new Set<() => void>();

function read(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return unstored.get(key) ?? null;
  }
}

function write(key: string, text: string): void {
  try {
    localStorage.setItem(key, text);
  } catch {
    unstored.set(key, text);
  }
  for (const listener of listeners) listener();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  window.addEventListener("storage", listener);
  return () => {
    listeners.delete(listener);
    window.removeEventListener("storage", listener);
  };
}

function parse(text: string | null): Progress {
  try {
    return { ...NONE, ...(JSON.parse(text ?? "{}") as Partial<Progress>) };
  } catch {
    return NONE;
  }
}

/** A merchant's progress, which this browser remembers, and a function that changes it. */
export function useProgress(merchant: string): [Progress, (change: Partial<Progress>) => void] {
  const key = keyOf(merchant);
  const text = useSyncExternalStore(subscribe, () => read(key));
  const progress = useMemo(() => parse(text), [text]);
  const change = useCallback(
    (changed: Partial<Progress>) => write(key, JSON.stringify({ ...parse(read(key)), ...changed })),
    [key],
  );
  return [progress, change];
}
