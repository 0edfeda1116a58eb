import { KEY_PLACEHOLDER } from "../parts/CodeBlock";
import { nativeBody, OUTCOME_HEADER, pathOf, stripeForm, stripeParameters, type Payment } from "./request";

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
  if (Array.isArray(value)) return `[${value.map(python).join(", ")}]`;
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

/** Parameters for Stripe's SDKs, which send no header of the sandbox: the outcome stands in the metadata. */
function sdkParameters(payment: Payment) {
  return { ...stripeParameters(payment), ...(payment.outcome && { metadata: { sandbox_outcome: payment.outcome } }) };
}

/** The address that Stripe's SDKs take, without /v1. */
const sdkBase = ({ stripe }: Bases) => stripe.replace(/\/v1$/, "");

export function pythonCode(payment: Payment, bases: Bases): string {
  if (payment.api === "stripe") {
    const parameters = Object.entries(sdkParameters(payment)).map(
      ([name, value]) => `    ${JSON.stringify(name)}: ${python(value)},`,
    );
    return `import stripe

client = stripe.StripeClient(${python(KEY_PLACEHOLDER)}, base_addresses={"api": ${python(sdkBase(bases))}})
intent = client.v1.payment_intents.create({
${parameters.join("\n")}
})
print(intent.id, intent.status)
`;
  }
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
  if (payment.api === "stripe") {
    const { hostname, port, protocol } = new URL(sdkBase(bases));
    const address = { host: hostname, ...(port && { port: Number(port) }), protocol: protocol.slice(0, -1) };
    const parameters = Object.entries(sdkParameters(payment)).map(
      ([name, value]) => `  ${name}: ${JSON.stringify(value)},`,
    );
    return `import Stripe from "stripe";

const stripe = new Stripe(${JSON.stringify(KEY_PLACEHOLDER)}, ${JSON.stringify(address)});
const intent = await stripe.paymentIntents.create({
${parameters.join("\n")}
});
console.log(intent.id, intent.status);
`;
  }
  const text = JSON.stringify;
  const headers = [
    `"X-Api-Key": ${text(KEY_PLACEHOLDER)}`,
    `"X-Idempotency-Key": crypto.randomUUID()`,
    `"Content-Type": "application/json"`,
    ...(payment.outcome ? [`"${OUTCOME_HEADER}": ${text(payment.outcome)}`] : []),
  ];
  return `const response = await fetch(${text(urlOf(payment, bases))}, {
  method: "POST",
  headers: {
${headers.map((line) => `    ${line},`).join("\n")}
  },
  body: JSON.stringify(${text(nativeBody(payment))}),
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
