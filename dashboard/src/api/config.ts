import { createContext, useContext } from "react";

/** /dashboard/config.json: facts of the environment that serves the page. */
export interface Config {
  environment: string;
  /** Prefix of the native API's paths; empty for the same origin. */
  api_base: string;
  /** Prefix of the Stripe-compatible API's paths, `/v1` included. */
  v1_base: string;
  region: string;
  /** Milliseconds between two requests of the feed. From `idle`, they grow to `quiet` while nothing happens. */
  poll_ms: { active: number; idle: number; quiet: number; hidden: number };
  clock: "moves" | "fixed";
  /** Whether the inbox can leave webhooks without an answer. */
  inbox_hang: boolean;
  version: string;
  /** Whether the sandbox signs this page in and lists its merchants and keys; only on the machine that runs it. */
  session: boolean;
  /** When the sandbox was started. It differs after a restart. */
  started_at?: string;
}

export const CONFIG_URL = `${import.meta.env.BASE_URL}config.json`;

/** Fetch the configuration, uncached. Rejects if it is missing. */
export async function loadConfig(): Promise<Config> {
  const response = await fetch(CONFIG_URL, { cache: "no-store" });
  if (!response.ok) throw new Error(`${CONFIG_URL} answered ${response.status}.`);
  return (await response.json()) as Config;
}

export const ConfigContext = createContext<Config | null>(null);

/** Address of an error's page: `doc_url` of a problem, which is a path in those that the dashboard makes itself. */
export function useDocUrl(docUrl: string): string {
  const base = useContext(ConfigContext)?.api_base ?? "";
  return new URL(docUrl, new URL(base, window.location.origin)).href;
}

export function useConfig(): Config {
  const config = useContext(ConfigContext);
  if (!config) throw new Error("ConfigContext is missing.");
  return config;
}
