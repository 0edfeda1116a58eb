import { useSyncExternalStore } from "react";
import { ApiError, createNativeClient, createSandboxClient } from "./client";

/** Merchant of a key, and its keys. Only `api_key` is known of a merchant whose key was pasted. */
export interface Merchant {
  merchant: string;
  /** The key that this page uses. */
  api_key: string;
  /** The merchant's ordinary key, to be copied into an application. */
  secret_key: string | null;
  publishable_key: string | null;
}

export interface Session {
  merchants: Merchant[];
  /** Name of the selected merchant, null if signed out. */
  selected: string | null;
  /** Bearer of the sandbox's own routes on this machine; null elsewhere, and after the sandbox was restarted. */
  bearer: string | null;
  /** Operator's key that may move the clock; null where the clock may not move. */
  clockKey: string | null;
}

const SIGNED_OUT: Session = { merchants: [], selected: null, bearer: null, clockKey: null };

// In sessionStorage only: it ends with the last tab of this page. Never in localStorage, a cookie or the URL.
const STORAGE_KEY = "paysandbox.session";
const MERCHANT_NAME = /^[a-z0-9-]{2,32}$/;
const API_KEY = /^sk_test_([a-z0-9-]{2,32})_[A-Za-z0-9]{16,64}$/;
const DASHBOARD_KEY = /^sk_test_[a-z0-9-]{2,32}_dashboard[A-Za-z0-9]{32}$/;

function load(): Session {
  try {
    const stored = sessionStorage.getItem(STORAGE_KEY);
    return stored ? { ...SIGNED_OUT, ...(JSON.parse(stored) as Partial<Session>) } : SIGNED_OUT;
  } catch {
    return SIGNED_OUT;
  }
}

let current = load();
const listeners = new Set<() => void>();

function notify(): void {
  for (const listener of listeners) listener();
}

function store(session: Session): void {
  current = session;
  try {
    if (session === SIGNED_OUT) sessionStorage.removeItem(STORAGE_KEY);
    else sessionStorage.setItem(STORAGE_KEY, JSON.stringify(session));
  } catch {
    // Storage is blocked: the session lasts until the page is reloaded.
  }
  notify();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function getSession(): Session {
  return current;
}

export function useSession(): Session {
  return useSyncExternalStore(subscribe, getSession);
}

/** The selected merchant, null if signed out. */
export function useMerchant(): Merchant | null {
  const session = useSession();
  return session.merchants.find(({ merchant }) => merchant === session.selected) ?? null;
}

export function selectMerchant(merchant: string): void {
  if (!current.merchants.some((known) => known.merchant === merchant)) return;
  created = null;
  store({ ...current, selected: merchant });
}

/** Forget every key, in all tabs of this page. */
export function signOut(): void {
  forget();
  send({ kind: "signed_out" });
}

function forget(): void {
  linkError = created = null;
  store(SIGNED_OUT);
}

// A new tab gets the session from one that is open. Nothing is stored for it, and no page of another origin gets a
// message: a BroadcastChannel reaches pages of the same storage key only, which begins with the origin (HTML Standard,
// "Broadcasting to other browsing contexts"; a frame in another site's page has another key).
const CHANNEL = "paysandbox.session";
/** An open tab answers within milliseconds; without one, the sign-in page appears after this time. */
const ANSWER_MS = 300;

type TabMessage = { kind: "ask" } | { kind: "session"; session: Session } | { kind: "signed_out" };

let channel: BroadcastChannel | null = null;
let stopAsking: (() => void) | null = null;

function send(message: TabMessage): void {
  channel?.postMessage(message);
}

/** Answer tabs that ask for the session, and sign out with them. */
export function joinTabs(): void {
  // Some browsers lack it in private windows.
  if (channel || !("BroadcastChannel" in globalThis)) return;
  channel = new BroadcastChannel(CHANNEL);
  channel.onmessage = ({ data }: MessageEvent<TabMessage>) => {
    if (data.kind === "ask") {
      if (current.selected !== null) send({ kind: "session", session: current });
    } else if (data.kind === "signed_out") {
      stopAsking?.();
      forget();
    } else if (stopAsking) {
      // The first answer counts, and none that arrives after this tab has given up or has signed in.
      stopAsking();
      if (current.selected === null) store({ ...SIGNED_OUT, ...data.session });
    }
  };
}

/** Signed out, ask the other tabs for their session. Resolves with the first answer, or when none has come in time. */
export function askTabs(): Promise<void> {
  if (!channel || current.selected !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const timer = setTimeout(() => stopAsking?.(), ANSWER_MS);
    stopAsking = () => {
      clearTimeout(timer);
      stopAsking = null;
      resolve();
    };
    send({ kind: "ask" });
  });
}

/** The merchant that a secret key names, null if the text is no secret key of the sandbox. */
export function merchantOf(key: string): string | null {
  return API_KEY.exec(key)?.[1] ?? null;
}

/** Whether requests with the key have a limit of their own and are not logged. */
export function isDashboardKey(key: string): boolean {
  return DASHBOARD_KEY.test(key);
}

/** A command of the program for a merchant: without the option, it is that of the sandbox's first merchant. */
export function ofMerchant(command: string, merchant: string | undefined): string {
  return merchant === undefined || merchant === DEMO_MERCHANT ? command : `${command} --merchant ${merchant}`;
}

/** Text of a key for the screen: its form, and the last four characters. */
export function maskKey(key: string): string {
  const merchant = merchantOf(key);
  const start = merchant ? `sk_test_${merchant}_` : (/^[a-z]+_test_(?:[a-z0-9-]{2,32}_)?/.exec(key)?.[0] ?? "");
  return `${start}…${key.slice(-4)}`;
}

function merge(known: Merchant[], more: Merchant[]): Merchant[] {
  const names = new Set(more.map(({ merchant }) => merchant));
  return [...known.filter(({ merchant }) => !names.has(merchant)), ...more].sort((a, b) =>
    a.merchant.localeCompare(b.merchant),
  );
}

/**
 * Sign in with a secret key; the API is asked whether it accepts the key. Throws NotAKeyError, and as the client does.
 */
export async function signInWithKey(apiBase: string, text: string): Promise<void> {
  const key = text.trim();
  const merchant = merchantOf(key);
  if (!merchant) throw new NotAKeyError();
  await createNativeClient(apiBase, key).request("GET", "/payments", { query: { limit: 1 } });
  const known = current.merchants.find((other) => other.merchant === merchant);
  const added: Merchant = {
    merchant,
    api_key: key,
    secret_key: known?.secret_key ?? (isDashboardKey(key) ? null : key),
    publishable_key: known?.publishable_key ?? null,
  };
  store({ ...current, merchants: merge(current.merchants, [added]), selected: merchant });
}

/** The text is no secret key of the sandbox. */
export class NotAKeyError extends Error {
  constructor() {
    super("Not a secret key of the sandbox.");
    this.name = "NotAKeyError";
  }
}

interface SessionAnswer {
  session: string;
  merchants: Merchant[];
  clock_key: string | null;
}

/** The one-use token of a sign-in link (`#token=…`), null if the URL has none. */
export function tokenOf(hash: string): string | null {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token");
}

/** Remove the fragment from the address bar and from the browser's history of this tab. */
export function removeFragment(): void {
  history.replaceState(history.state, "", location.pathname + location.search);
}

const DEMO_MERCHANT = "demo";

let linkError: Error | null = null;

/** Why the last sign-in link failed, null if it did not. */
export function useLinkError(): Error | null {
  return useSyncExternalStore(subscribe, () => linkError);
}

/** Sign in with the link that opened the page, if it is one. The token leaves the address bar at once. */
export async function followSignInLink(): Promise<void> {
  const token = tokenOf(location.hash);
  if (!token) return;
  removeFragment();
  try {
    linkError = null;
    await signInWithToken(token);
  } catch (error) {
    linkError = error instanceof Error ? error : new Error(String(error));
    notify();
  }
}

/** Exchange a sign-in link's token for keys. Throws ApiError if the token was used or has expired. */
export async function signInWithToken(token: string): Promise<void> {
  const { data } = await createSandboxClient(null).request<SessionAnswer>("POST", "/session", { body: { token } });
  const names = data.merchants.map(({ merchant }) => merchant);
  const selected = [current.selected, DEMO_MERCHANT, names[0]].find((name) => name && names.includes(name)) ?? null;
  store({ merchants: merge([], data.merchants), selected, bearer: data.session, clockKey: data.clock_key });
}

/**
 * Read the merchants of the sandbox on this machine again. After a restart the session has ended: its bearer is
 * forgotten, and the keys go on working. Other failures change nothing.
 */
export async function refreshMerchants(): Promise<void> {
  const { bearer } = current;
  if (!bearer) return;
  // Not after signing out meanwhile: that forgets every key.
  const isSameSession = () => current.bearer === bearer;
  try {
    const { data } = await createSandboxClient(bearer).get<{ data: Merchant[] }>("/merchants");
    if (isSameSession()) store({ ...current, merchants: merge(current.merchants, data) });
  } catch (error) {
    const hasEnded = error instanceof ApiError && (error.status === 401 || error.status === 403);
    if (hasEnded && isSameSession()) store({ ...current, bearer: null });
  }
}

/** The text is no name of a merchant. */
export class NotAMerchantNameError extends Error {
  constructor() {
    super("Not a name of a merchant.");
    this.name = "NotAMerchantNameError";
  }
}

/** A merchant that was created; `isNew` is false if it existed before. */
export interface CreatedMerchant {
  merchant: string;
  isNew: boolean;
}

let created: CreatedMerchant | null = null;

/** The merchant that was created last, until another one is selected. Not of a form: selecting one mounts pages anew. */
export function useCreatedMerchant(): CreatedMerchant | null {
  return useSyncExternalStore(subscribe, () => created);
}

/**
 * Create a merchant and its keys on this machine, and select it. Throws NotAMerchantNameError, and as the client does.
 */
export async function createMerchant(merchant: string): Promise<void> {
  created = null;
  notify();
  if (!MERCHANT_NAME.test(merchant)) throw new NotAMerchantNameError();
  const body = { merchant };
  const answer = await createSandboxClient(current.bearer).request<Merchant>("POST", "/merchants", { body });
  created = { merchant: answer.data.merchant, isNew: answer.status === 201 };
  store({ ...current, merchants: merge(current.merchants, [answer.data]), selected: answer.data.merchant });
}

/** For tests: as if the tab had just been opened. */
export function resetSession(session: Partial<Session> = {}): void {
  channel?.close();
  channel = null;
  stopAsking?.();
  linkError = created = null;
  store(Object.keys(session).length ? { ...SIGNED_OUT, ...session } : SIGNED_OUT);
}
