import { KEY_PLACEHOLDER } from "../parts/CodeBlock";
import { nativeBody, OUTCOME_HEADER, pathOf, stripeForm, type Payment } from "./request";

/** Addresses for the code: of the native API, and of the Stripe-compatible API with /v1. */
export interface Bases {
  native: string;
  stripe: string;
}

/** The answer that a test expects; null before the payment was sent. */
export interface Expected {
  httpStatus: number;
  status: string | null;
}

/** A text for a POSIX shell. */
function shell(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

/** A value as Python writes it. Texts are written as in JSON, which Python reads the same. */
function python(value: unknown): string {
  if (value === true) return "True";
  if (value === false) return "False";
  if (typeof value !== "object" || value === null) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, one]) => `${JSON.stringify(name)}: ${python(one)}`)
    .join(", ")}}`;
}

const urlOf = (payment: Payment, bases: Bases) => bases[payment.api] + pathOf(payment.api);

export function curl(payment: Payment, bases: Bases): string {
  const outcome = payment.outcome ? [`-H ${shell(`${OUTCOME_HEADER}: ${payment.outcome}`)}`] : [];
  const rest =
    payment.api === "native"
      ? [
          `-H "X-Api-Key: ${KEY_PLACEHOLDER}"`,
          `-H "X-Idempotency-Key: $(uuidgen)"`,
          ...outcome,
          `-H "Content-Type: application/json"`,
          `-d ${shell(JSON.stringify(nativeBody(payment)))}`,
        ]
      : [
          `-u "${KEY_PLACEHOLDER}:"`,
          `-H "Idempotency-Key: $(uuidgen)"`,
          ...outcome,
          ...Object.entries(stripeForm(payment)).map(([name, value]) => `-d ${shell(`${name}=${value}`)}`),
        ];
  return [`curl -sS ${shell(urlOf(payment, bases))}`, ...rest].join(" \\\n  ");
}

/** Arguments of httpx.post after the URL. `key` is a Python expression. */
function pythonArguments(payment: Payment, key: string): string[] {
  const isNative = payment.api === "native";
  const headers = [
    ...(isNative ? [`"X-Api-Key": ${key}`] : []),
    `"${isNative ? "X-Idempotency-Key" : "Idempotency-Key"}": str(uuid.uuid4())`,
    ...(payment.outcome ? [`"${OUTCOME_HEADER}": ${python(payment.outcome)}`] : []),
  ];
  return [
    ...(isNative ? [] : [`auth=(${key}, "")`]),
    `headers={${headers.join(", ")}}`,
    isNative ? `json=${python(nativeBody(payment))}` : `data=${python(stripeForm(payment))}`,
  ];
}

export function pythonCode(payment: Payment, bases: Bases): string {
  const lines = [python(urlOf(payment, bases)), ...pythonArguments(payment, python(KEY_PLACEHOLDER))];
  return `import uuid

import httpx

response = httpx.post(
${lines.map((line) => `    ${line},`).join("\n")}
)
print(response.status_code, response.json())
`;
}

export function nodeCode(payment: Payment, bases: Bases): string {
  const isNative = payment.api === "native";
  const text = JSON.stringify;
  const headers = [
    isNative ? `"X-Api-Key": ${text(KEY_PLACEHOLDER)}` : `Authorization: ${text(`Bearer ${KEY_PLACEHOLDER}`)}`,
    `"${isNative ? "X-Idempotency-Key" : "Idempotency-Key"}": crypto.randomUUID()`,
    ...(isNative ? [`"Content-Type": "application/json"`] : []),
    ...(payment.outcome ? [`"${OUTCOME_HEADER}": ${text(payment.outcome)}`] : []),
  ];
  const body = isNative
    ? `JSON.stringify(${text(nativeBody(payment))})`
    : `new URLSearchParams(${text(stripeForm(payment))})`;
  return `const response = await fetch(${text(urlOf(payment, bases))}, {
  method: "POST",
  headers: {
${headers.map((line) => `    ${line},`).join("\n")}
  },
  body: ${body},
});
console.log(response.status, await response.json());
`;
}

/** A test with the fixture of the project's pytest plugin, which has a key of its own. */
export function pytestCode(payment: Payment, expected: Expected | null): string {
  const prefix = payment.api === "native" ? "" : "/v1";
  const lines = [
    `f"{paysandbox_api.base_url}${prefix}${pathOf(payment.api)}"`,
    ...pythonArguments(payment, "paysandbox_api.api_key"),
  ];
  const status = expected?.httpStatus ?? 200;
  // A declined card is 402 with an error in the Stripe-compatible API, and has no status of a payment.
  const asserted =
    expected?.status && status === 200 ? [`    assert response.json()["status"] == ${python(expected.status)}`] : [];
  return `import uuid

import httpx


def test_payment(paysandbox_api):
    response = httpx.post(
${lines.map((line) => `        ${line},`).join("\n")}
    )
${[`    assert response.status_code == ${status}`, ...asserted].join("\n")}
`;
}
