import { useSyncExternalStore } from "react";

export type Zone = "local" | "UTC";

const STORAGE_KEY = "paysandbox.zone";
const MINUTE_S = 60;
const HOUR_S = 3_600;
const DAY_S = 86_400;

function load(): Zone {
  try {
    return localStorage.getItem(STORAGE_KEY) === "UTC" ? "UTC" : "local";
  } catch {
    return "local";
  }
}

let zone = load();
const listeners = new Set<() => void>();

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** The time zone in which times are shown: the browser's or UTC. */
export function useZone(): Zone {
  return useSyncExternalStore(subscribe, () => zone);
}

export function setZone(next: Zone): void {
  zone = next;
  try {
    localStorage.setItem(STORAGE_KEY, next);
  } catch {
    // Storage is blocked: the choice lasts until the page is reloaded.
  }
  for (const listener of listeners) listener();
}

/** Name of a zone, such as `Europe/Berlin`. */
export function zoneName(of: Zone): string {
  return of === "UTC" ? "UTC" : Intl.DateTimeFormat().resolvedOptions().timeZone;
}

// Making a formatter costs more than a row of a list.
const formats = new Map<string, Intl.DateTimeFormat>();

function formatter(name: "date" | "time" | "short", of: Zone): Intl.DateTimeFormat {
  const key = `${name} ${of}`;
  let format = formats.get(key);
  if (!format) {
    const time = { hour: "2-digit", minute: "2-digit", second: "2-digit", hourCycle: "h23" } as const;
    const day = { year: "numeric", month: "short", day: "numeric" } as const;
    format = new Intl.DateTimeFormat("en-US", {
      ...(name === "date" ? { ...day, ...time, timeZoneName: "short" } : name === "time" ? time : { ...day, ...time }),
      ...(of === "UTC" && { timeZone: "UTC" }),
    });
    formats.set(key, format);
  }
  return format;
}

/** `14:03:07` */
export function clockTime(at: string, of: Zone): string {
  return formatter("time", of).format(new Date(at));
}

/** `Nov 22, 2026, 14:03:07` */
export function dateTime(at: string, of: Zone): string {
  return formatter("short", of).format(new Date(at));
}

/** `Nov 22, 2026, 14:03:07 UTC` */
export function fullTime(at: string, of: Zone): string {
  return formatter("date", of).format(new Date(at));
}

/** `1 d 2 h`, `45 min`, `30 s`: a duration by its two largest units. */
export function durationText(seconds: number): string {
  const whole = Math.round(seconds);
  const parts = [
    [Math.floor(whole / DAY_S), "d"],
    [Math.floor((whole % DAY_S) / HOUR_S), "h"],
    [Math.floor((whole % HOUR_S) / MINUTE_S), "min"],
    [whole % MINUTE_S, "s"],
  ] as const;
  const first = parts.findIndex(([count]) => count > 0);
  if (first < 0) return "0 s";
  return parts
    .slice(first, first + 2)
    .filter(([count]) => count > 0)
    .map(([count, unit]) => `${count} ${unit}`)
    .join(" ");
}

const relative = new Intl.RelativeTimeFormat("en", { numeric: "auto", style: "narrow" });

/** `now`, `12s ago`, `in 3h`. Times are milliseconds since 1970. */
export function relativeTime(at: number, now: number): string {
  const seconds = Math.round((at - now) / 1000);
  const size = Math.abs(seconds);
  if (size < 2) return "now";
  if (size < MINUTE_S) return relative.format(seconds, "second");
  if (size < HOUR_S) return relative.format(Math.trunc(seconds / MINUTE_S), "minute");
  if (size < DAY_S) return relative.format(Math.trunc(seconds / HOUR_S), "hour");
  return relative.format(Math.trunc(seconds / DAY_S), "day");
}

let now = Date.now();
let ticking: ReturnType<typeof setInterval> | undefined;
const ticked = new Set<() => void>();

function onTick(listener: () => void): () => void {
  ticked.add(listener);
  // It stood still while nobody looked.
  if (!ticking) now = Date.now();
  ticking ??= setInterval(() => {
    now = Date.now();
    for (const call of ticked) call();
  }, 1000);
  return () => {
    ticked.delete(listener);
    if (ticked.size) return;
    clearInterval(ticking);
    ticking = undefined;
  };
}

/** Wall time in milliseconds since 1970, each second. One timer for the page. */
export function useNow(): number {
  return useSyncExternalStore(onTick, () => now);
}
