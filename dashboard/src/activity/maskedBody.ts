/**
 * Published test cards whose last four digits no other published test card has. The request log shows these four
 * digits only. Source: payments/bank/test_cards.py; tests/dashboard/test_test_cards.py compares them.
 */
const TEST_CARDS = `
2223000010479399 2223000048400011 2223003122003222 30123456789019 343434343434343 345678901234564
3566002020360505 3569990010095841 36006666333344 36070500001020 36227206271667 370000000100018 371449635398431
4000000000000028 4000000000000036 4000000000000044 4000000000000069 4000000000000077 4000000000000101
4000000000000119 4000000000000127 4000000000000259 4000000000000341 4000000000001976 4000000000002685
4000000000003055 4000000000003063 4000000000003097 4000000000003220 4000000000004954 4000000000005126
4000000000005423 4000000000006975 4000000000007726 4000000000009235 4000000000009979 4000000000009987
4000000000009995 4000000404000038 4000000404000079 4000002500003155 4000002760000016 4000002760003184
4000003000000030 4000003720000278 4000003800000446 4000004840008001 4000006000000066 4000006040000068
4000008260003178 4000008400000779 4000008400001280 4000008400001629 4000056655665556 4012000033330026
4012000077777777 4100000000000019 4111111145551142 4111112014267661 4150580996517927 4217651111111119
4242424242424242 4484070000035519 4500600000000061 4532432452900131 4543474002249996 4646464646464644
4659105569051157 4977949494949497 4988438843884305 5100081112223332 5100290029002909 5103221911199245
5105105105105100 5131072454408923 5136333333333335 5163613613613613 5199992312641465 5200007840000022
5200828282828210 5424000000000015 5436031030606378 5454545454545454 5555050360000080 5555341244441115
5555555555554444 5555558265554449 5585558555855583 6011000990139424 6011111111111117 6011601160116611
6011981111111113 6200000000000047 6221261111117766 6223164991230014 6445644564456445 6555900000604105
6759649826438453
`
  .trim()
  .split(/\s+/);

/** The published test bank accounts. Source: customers/test_bank_accounts.py; the same test compares them. */
const TEST_ACCOUNTS = `
000000000009 000000004954 000111111113 000111111116 000123456016 000123456020 000123456023 000123456029
000123456789 000123456801 000123456802 000123456803 000123456804 000123456805 000123456806 000123456807
000123456811 000123456812 000123456813 000123456901 000123456902 000222222227 000333333335 000444444440
000555555559 000777777771 000888888883 2715500356
`
  .trim()
  .split(/\s+/);

const NUMBER_BY_LAST4 = new Map(TEST_CARDS.map((number) => [number.slice(-4), number]));
const ACCOUNT_BY_LAST4 = new Map(TEST_ACCOUNTS.map((number) => [number.slice(-4), number]));

const MASKED_NUMBER = /^\*{12}(\d{4})$/;
const MASKED_ACCOUNT = /^\*{8}(\d{4})$/;
/** What the log puts in place of a value, or where it cuts a text off. */
const MASKED = /\*\*\*|\[…\]|…$|^\[(?:not JSON|too long)/;
const ANY_CVC = "123";
const ANY_CVC_AMEX = "1234";

function fill(name: string, value: unknown, siblings: Record<string, unknown>): unknown {
  if (typeof value === "string") {
    const last4 = MASKED_NUMBER.exec(value)?.[1];
    if (last4 !== undefined) return NUMBER_BY_LAST4.get(last4) ?? value;
    const last4OfAccount = MASKED_ACCOUNT.exec(value)?.[1];
    if (last4OfAccount !== undefined) return ACCOUNT_BY_LAST4.get(last4OfAccount) ?? value;
    if (value !== "***" || !/(^|\[)cvc\]?$/.test(name)) return value;
    const number = siblings[name.replace("cvc", "number")];
    const last4OfCard = typeof number === "string" ? number.slice(-4) : "";
    return /^3[47]/.test(NUMBER_BY_LAST4.get(last4OfCard) ?? "") ? ANY_CVC_AMEX : ANY_CVC;
  }
  if (Array.isArray(value)) return value.map((member) => fill("", member, {}));
  return isRecord(value) ? fillObject(value) : value;
}

function fillObject(body: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(body).map(([name, value]) => [name, fill(name, value, body)]));
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** The JSON object in a text; null for any other text, such as one that was cut off. */
export function parseObject(text: string | null | undefined): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text ?? "");
    return isRecord(value) ? value : null;
  } catch {
    return null;
  }
}

/**
 * A logged body with test data in place of what the log masks: the number of a published test card or bank account,
 * and a security code. Ambiguous card numbers and other values stay masked, and so does a text that is no JSON object.
 */
export function unmaskedBody(logged: string): string {
  const body = parseObject(logged);
  return body ? JSON.stringify(fillObject(body), null, 2) : logged;
}

/** Names of the values in a body that are masked, such as `card.number`; the body itself (``) if it was cut off. */
export function maskedNames(body: string): string[] {
  const value = parseObject(body);
  if (!value) return MASKED.test(body) ? [""] : [];
  const names: string[] = [];
  const visit = (path: string, member: unknown) => {
    if (typeof member === "string" && MASKED.test(member)) names.push(path);
    if (typeof member !== "object" || member === null) return;
    for (const [name, inner] of Object.entries(member)) visit(path ? `${path}.${name}` : name, inner);
  };
  visit("", value);
  return names;
}
