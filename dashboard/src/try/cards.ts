/** Test cards of the form. docs/reference/cards.md lists all; tests/dashboard/test_try.py compares them with it. */
export interface TestCard {
  number: string;
  brand: string;
  /** The bank's answer without an outcome. */
  result: string;
}

export const CARDS: readonly TestCard[] = [
  { number: "4242424242424242", brand: "visa", result: "approves" },
  { number: "5555555555554444", brand: "mastercard", result: "approves" },
  { number: "378282246310005", brand: "amex", result: "approves" },
  { number: "4000000000000002", brand: "visa", result: "declines: no reason given" },
  { number: "4000000000009995", brand: "visa", result: "declines: insufficient funds" },
  { number: "4000000000009987", brand: "visa", result: "declines: lost card" },
  { number: "4000000000009979", brand: "visa", result: "declines: stolen card" },
  { number: "4000000000000069", brand: "visa", result: "declines: expired card" },
  { number: "4000000000000127", brand: "visa", result: "declines: wrong security code" },
  { number: "4000000000000119", brand: "visa", result: "declines: processing error" },
  { number: "4100000000000019", brand: "visa", result: "declines: blocked as fraudulent" },
  { number: "4000000000009235", brand: "visa", result: "approves; risk level elevated" },
  { number: "4000000000003220", brand: "visa", result: "3-D Secure required" },
];

/** Outcomes of the form, for the header X-Sandbox-Outcome. */
export const OUTCOMES: readonly { value: string; text: string }[] = [
  { value: "approve", text: "Approved" },
  { value: "decline:insufficient_funds", text: "Declined: insufficient funds" },
  { value: "decline:lost_card", text: "Declined: lost card" },
  { value: "partial:500", text: "Approved for 500 minor units only" },
  { value: "pending:60:approve", text: "Processing for 60 s, then approved" },
  { value: "late:60", text: "No answer in time; approved 60 s later" },
  { value: "action:3ds", text: "3-D Secure, then approved" },
  { value: "expire:60", text: "Approved; the hold expires after 60 s" },
  { value: "reverse:60", text: "Approved; reversed after 60 s" },
  { value: "capture=fail", text: "Approved; captures fail after 60 s" },
  { value: "refund=fail", text: "Approved; refunds fail after 60 s" },
  { value: "fraud_warning", text: "Approved; fraud warning after the capture" },
  { value: "dispute=fraudulent:60", text: "Approved; disputed 60 s after the capture" },
];
