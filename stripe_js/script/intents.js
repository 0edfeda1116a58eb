import { check } from "./errors.js";

/** The two kinds of intents, by the prefix of their IDs. */
const KINDS = {
  pi: {
    path: "/v1/payment_intents",
    object: "payment_intent",
    result: "paymentIntent",
    error: "last_payment_error",
    failed: "requires_payment_method",
  },
  seti: {
    path: "/v1/setup_intents",
    object: "setup_intent",
    result: "setupIntent",
    error: "last_setup_error",
    failed: "requires_payment_method",
  },
};

const INTENT_SECRET = /^((pi|seti)_[A-Za-z0-9]+)_secret_[A-Za-z0-9]+$/;

/**
 * The intent that a client secret is of.
 * @param {unknown} secret
 * @param {"pi" | "seti"} [wanted]
 */
export function intentOf(secret, wanted) {
  const match = INTENT_SECRET.exec(String(secret));
  check(
    match && (!wanted || match[2] === wanted),
    `Invalid value: the client secret should be of the form ${wanted ?? "pi or seti"}_…_secret_…. You specified: ` +
      `${typeof secret === "string" ? secret.replace(/_secret_.*/, "_secret_…") : String(secret)}.`,
  );
  const kind = KINDS[/** @type {"pi" | "seti"} */ (match[2])];
  return { id: match[1], secret: match[0], ...kind, path: `${kind.path}/${match[1]}` };
}

/**
 * Read an intent.
 * @param {import("./stripe.js").StripeInstance} stripe
 * @param {string} secret
 * @param {"pi" | "seti"} [wanted]
 * @returns {Promise<Json>} `{paymentIntent}`, `{setupIntent}` or `{error}`
 */
export async function retrieve(stripe, secret, wanted) {
  const { path, result } = intentOf(secret, wanted);
  const { ok, body } = await stripe._controller.send({ method: "GET", path, params: { client_secret: secret } });
  return ok ? { [result]: body } : { error: body.error };
}

/**
 * Confirm an intent, let the cardholder answer the challenge if there is one, and say what became of it.
 *
 * The API requires a return_url of an intent whose methods may redirect. A card's never do here, so the page's own
 * address is as good as any if the page gave none.
 * @param {import("./stripe.js").StripeInstance} stripe
 * @param {string} secret
 * @param {{wanted?: "pi" | "seti", params: Json, card?: CardSource, act?: boolean}} how
 * @returns {Promise<Json>}
 */
export async function confirm(stripe, secret, { wanted, params, card, act = true }) {
  const { path, result } = intentOf(secret, wanted);
  const here = location.protocol.startsWith("http") ? location.origin + location.pathname : undefined;
  const sent = { return_url: here, ...params, use_stripe_sdk: true, client_secret: secret };
  const { ok, body } = await stripe._controller.send({ method: "POST", path: `${path}/confirm`, params: sent, card });
  if (!ok) return { error: body.error };
  return act && body.status === "requires_action" ? challenged(stripe, secret, body) : { [result]: body };
}

/**
 * Show the challenge that an intent waits for, and say what became of the intent.
 * @param {import("./stripe.js").StripeInstance} stripe
 * @param {string} secret
 * @param {Json} intent
 * @returns {Promise<Json>}
 */
export async function challenged(stripe, secret, intent) {
  const url = intent.next_action?.redirect_to_url?.url;
  const answer = url && (await stripe._challenge(intent));
  if (answer) await stripe._controller.answerChallenge(url, answer.result);
  const after = await retrieve(stripe, secret);
  const { result, error, object, failed } = intentOf(secret);
  const now = after[result];
  if (!now || now.status !== failed || !now[error]) return after;
  // A browser has words of its own for a failed challenge, which are for the payer.
  const words = now[error].code?.endsWith("_authentication_failure") && answer?.message;
  return { error: { ...now[error], ...(words ? { message: words } : {}), [object]: now } };
}

/**
 * What Stripe.js adds to a return_url.
 * @param {string} secret
 * @param {Json} intent
 * @returns {Record<string, string>}
 */
export function returnParameters(secret, intent) {
  const { id, object } = intentOf(secret);
  const status = intent.status === "processing" ? "pending" : "succeeded";
  return { [object]: id, [`${object}_client_secret`]: secret, redirect_status: status };
}
