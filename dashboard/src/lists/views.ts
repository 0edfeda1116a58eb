import { useMemo, useSyncExternalStore } from "react";

/** A list with filters, under a name that its reader chose. */
export interface View {
  name: string;
  /** The query of its address, without the question mark. */
  search: string;
}

const keyOf = (merchant: string, path: string) => `paysandbox.views.${merchant}.${path}`;

// For a browser that blocks storage: the views last until the page is reloaded.
const unstored = new Map<string, string>();
const listeners = new Set<() => void>();

function read(key: string): string {
  try {
    return localStorage.getItem(key) ?? "";
  } catch {
    return unstored.get(key) ?? "";
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

function parse(text: string): readonly View[] {
  try {
    const views: unknown = JSON.parse(text || "[]");
    return Array.isArray(views) ? (views as View[]) : [];
  } catch {
    return [];
  }
}

/** The views of a list that a merchant's readers have saved in this browser, and functions that change them. */
export function useViews(merchant: string, path: string) {
  const key = keyOf(merchant, path);
  const text = useSyncExternalStore(subscribe, () => read(key));
  const views = useMemo(() => parse(text), [text]);
  return {
    views,
    /** Another view of the same name is replaced. */
    save: (view: View) =>
      write(key, JSON.stringify([...parse(read(key)).filter(({ name }) => name !== view.name), view])),
    remove: (name: string) => write(key, JSON.stringify(parse(read(key)).filter((view) => view.name !== name))),
  };
}
