import { useSyncExternalStore } from "react";

export type Theme = "system" | "light" | "dark";

const STORAGE_KEY = "paysandbox.theme";
const NEXT: Record<Theme, Theme> = { system: "light", light: "dark", dark: "system" };

function load(): Theme {
  try {
    const stored = localStorage.getItem(STORAGE_KEY);
    return stored === "light" || stored === "dark" ? stored : "system";
  } catch {
    return "system";
  }
}

let theme = load();
const listeners = new Set<() => void>();

function apply(): void {
  if (theme === "system") delete document.documentElement.dataset["theme"];
  else document.documentElement.dataset["theme"] = theme;
}

apply();

export function useTheme(): Theme {
  return useSyncExternalStore(
    (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    () => theme,
  );
}

/** Switch from the system's theme to light, then dark, then the system's again. */
export function nextTheme(): void {
  theme = NEXT[theme];
  try {
    localStorage.setItem(STORAGE_KEY, theme);
  } catch {
    // Storage is blocked: the choice lasts until the page is reloaded.
  }
  apply();
  for (const listener of listeners) listener();
}
