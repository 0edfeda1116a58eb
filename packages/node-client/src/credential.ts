/** API keys as the sandbox forms and stores them: `sk_test_<merchant>_<160 random bits>`, and their digests. */

import { createHash, randomBytes } from "node:crypto";

const ALPHABET = "abcdefghijklmnopqrstuvwxyz234567"; // RFC 4648, section 6, in lower case
const SECRET_LENGTH = 32; // of 5 bits each

/** Return this many random characters of base32, of 5 bits each. */
export function randomText(length: number): string {
  return Array.from(randomBytes(length), (byte) => ALPHABET[byte % 32]).join("");
}

/** Return a new API key of the merchant. */
export function newApiKey(merchant: string): string {
  return `sk_test_${merchant}_${randomText(SECRET_LENGTH)}`;
}

/** Return a new operator's key, which moves the clock and opens nothing else. */
export function newOperatorKey(): string {
  return `ok_test_${randomText(SECRET_LENGTH)}`;
}

/** Return the publishable key that belongs to an API key: `pk_test_<merchant>_<digest>`. */
export function publishableKeyOf(apiKey: string): string {
  const merchant = apiKey.slice("sk_test_".length, apiKey.lastIndexOf("_"));
  const digest = createHash("sha256").update(`publishable key of ${apiKey}`).digest();
  return `pk_test_${merchant}_${base32(digest, SECRET_LENGTH)}`;
}

/** Return the digest that the sandbox stores instead of a key: SHA-256 in hexadecimal. */
export function keyDigest(key: string): string {
  return createHash("sha256").update(key).digest("hex");
}

function base32(bytes: Buffer, length: number): string {
  const bits = Array.from(bytes, (byte) => byte.toString(2).padStart(8, "0")).join("");
  return Array.from({ length }, (_, at) => ALPHABET[Number.parseInt(bits.slice(5 * at, 5 * at + 5), 2)]).join("");
}
