// Source: ISO 4217, list one. tests/dashboard/test_currencies.py compares them with the back end's table.
const WITHOUT_DECIMALS = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split(" ");
const THREE_DECIMALS = "BHD IQD JOD KWD LYD OMR TND".split(" ");

// Where Stripe counts otherwise. The same test compares them with core/stripe_amounts.py.
const HUNDREDTHS_AT_STRIPE = "ISK UGX".split(" ");
const WHOLE_AT_STRIPE = "MGA".split(" ");

/** An amount in minor units as the Stripe-compatible API counts it: 5 ISK is 500 there, and 500 (5.00) MGA is 5. */
export function stripeUnits(amount: number, currency: string): number {
  const code = currency.toUpperCase();
  return HUNDREDTHS_AT_STRIPE.includes(code) ? amount * 100 : WHOLE_AT_STRIPE.includes(code) ? amount / 100 : amount;
}

/** The reverse: an amount in minor units of one that the Stripe-compatible API counts. */
export function fromStripeUnits(amount: number, currency: string): number {
  const code = currency.toUpperCase();
  return HUNDREDTHS_AT_STRIPE.includes(code) ? amount / 100 : WHOLE_AT_STRIPE.includes(code) ? amount * 100 : amount;
}

/** Decimals of a currency's minor unit: 2 for USD, 0 for JPY, 3 for KWD. */
export function minorDigits(currency: string): number {
  const code = currency.toUpperCase();
  return WITHOUT_DECIMALS.includes(code) ? 0 : THREE_DECIMALS.includes(code) ? 3 : 2;
}

/** Decimal text of an amount in minor units, exact at any size: 1250 USD is `12.50`. */
export function decimalText(amount: number, currency: string): string {
  const digits = minorDigits(currency);
  const text = String(Math.abs(amount)).padStart(digits + 1, "0");
  const sign = amount < 0 ? "-" : "";
  return digits ? `${sign}${text.slice(0, -digits)}.${text.slice(-digits)}` : sign + text;
}

/** Amount in minor units of a decimal text such as `12.50`; null if it is no amount of the currency. */
export function parseAmount(text: string, currency: string): number | null {
  const digits = minorDigits(currency);
  const match = /^(\d{1,12})(?:\.(\d*))?$/.exec(text.trim());
  if (!match || (match[2] ?? "").length > digits) return null;
  return Number((match[1] ?? "") + (match[2] ?? "").padEnd(digits, "0"));
}

// Making a formatter costs more than a row of a list.
const formats = new Map<string, Intl.NumberFormat>();

function formatter(currency: string): Intl.NumberFormat {
  let format = formats.get(currency);
  if (!format) {
    const digits = minorDigits(currency);
    format = new Intl.NumberFormat("en-US", {
      style: "currency",
      currency,
      minimumFractionDigits: digits,
      maximumFractionDigits: digits,
    });
    formats.set(currency, format);
  }
  return format;
}

/** Text of an amount in minor units: `$12.50`, `¥1,250`, `KWD 1.250`. */
export function formatMoney(amount: number, currency: string): string {
  // A decimal text, not a float: nothing is rounded.
  return formatter(currency.toUpperCase()).format(decimalText(amount, currency) as unknown as number);
}
