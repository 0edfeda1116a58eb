import { useCallback, useSyncExternalStore } from "react";

// For a browser that blocks storage: what is remembered lasts until the page is reloaded.
const unstored = new Map<string, string>();
const listeners = new Set<() => void>();

/** The text that this browser remembers under a key, as of now. */
export function remembered(key: string): string | null {
  try {
    return localStorage.getItem(key);
  } catch {
    return unstored.get(key) ?? null;
  }
}

function remember(key: string, text: string): void {
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

/** The text that this browser remembers under a key, shared by its tabs, and a function that replaces it. */
export function useRemembered(key: string): [string | null, (text: string) => void] {
  const text = useSyncExternalStore(subscribe, () => remembered(key));
  const replace = useCallback((next: string) => remember(key, next), [key]);
  return [text, replace];
}
