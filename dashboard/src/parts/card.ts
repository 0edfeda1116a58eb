/** `Visa •••• 4242` */
export function cardText({ brand, last4 }: { brand: string; last4: string }): string {
  const name = brand.replaceAll("_", " ");
  return `${name.charAt(0).toUpperCase()}${name.slice(1)} •••• ${last4}`;
}
