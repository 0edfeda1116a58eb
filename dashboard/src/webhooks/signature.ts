import type { EventSummary } from "../api/schema";

/** The JSON of a value with sorted keys and no spaces, as Python's json.dumps writes it. */
function sortedJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(sortedJson).join(",")}]`;
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  const fields = Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${fields.map(([name, field]) => `${JSON.stringify(name)}:${sortedJson(field)}`).join(",")}}`;
}

/**
 * The body of an event's deliveries, rebuilt from the event: the API keeps the event and not the bytes. Whether it is
 * equal is decided by the signature, which verifies only over the same bytes.
 */
export function deliveredBody(event: EventSummary): string {
  const { id, type, timestamp, sequence, data } = event;
  return sortedJson({ id, type, timestamp, sequence, data });
}

/** The signed text of Standard Webhooks, null if a header is missing. Header names are in lower case. */
export function baseString(headers: Readonly<Record<string, string>>, body: string): string | null {
  const id = headers["webhook-id"];
  const timestamp = headers["webhook-timestamp"];
  return id === undefined || timestamp === undefined ? null : `${id}.${timestamp}.${body}`;
}

/** The secret is not `whsec_` and Base64. */
export class SecretError extends Error {
  constructor() {
    super("Not a signing secret.");
    this.name = "SecretError";
  }
}

function keyOf(secret: string): Uint8Array<ArrayBuffer> {
  const text = secret.trim();
  try {
    if (!text.startsWith("whsec_")) throw new SecretError();
    const key = Uint8Array.from(atob(text.slice("whsec_".length)), (char) => char.charCodeAt(0));
    if (!key.length) throw new SecretError();
    return key;
  } catch {
    throw new SecretError();
  }
}

/** Sign a text by HMAC-SHA256, in Base64. Throws SecretError. */
export async function sign(secret: string, text: string): Promise<string> {
  const algorithm = { name: "HMAC", hash: "SHA-256" };
  const key = await crypto.subtle.importKey("raw", keyOf(secret), algorithm, false, ["sign"]);
  const signature = await crypto.subtle.sign("HMAC", key, new TextEncoder().encode(text));
  return btoa(String.fromCharCode(...new Uint8Array(signature)));
}

export interface Verification {
  /** Signature of the base string with the secret, as in the header. */
  computed: string;
  /** Signatures of the header: one, or two for 24 hours after a rotation. */
  sent: string[];
  valid: boolean;
}

/** Compare the header `webhook-signature` with the signature of a base string. Throws SecretError. */
export async function verify(secret: string, base: string, header: string): Promise<Verification> {
  const computed = `v1,${await sign(secret, base)}`;
  const sent = header.split(" ").filter(Boolean);
  return { computed, sent, valid: sent.includes(computed) };
}
