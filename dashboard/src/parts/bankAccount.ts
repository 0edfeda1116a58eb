/** A bank account, of which pages know the last four digits only. */
export function bankAccountText(last4: string): string {
  return `•••• ${last4}`;
}
