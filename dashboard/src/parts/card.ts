/** `Visa •••• 4242`, or without a brand if it is not known, as in a refused request. */
export function cardText({ brand, last4 }: { brand: string; last4: string }): string {
  if (brand === "unknown") return `•••• ${last4}`;
  const name = brand.replaceAll("_", " ");
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} •••• ${last4}`;
}
