/**
 * A typed client for the native API of Serverless Payments Sandbox, with idempotency keys and retries.
 *
 *   const sandbox = new Sandbox({ baseUrl: "http://127.0.0.1:4610", apiKey: "sk_test_…" });
 *   const payment = await sandbox.authorizePayment({ body: { amount: 1250, currency: "USD", card: { … } } });
 */

export { ApiError, NoAnswerError, type Problem, RequestError } from "./errors.js";
export {
  type CallArguments,
  type CallOptions,
  type CallResult,
  type Operations,
  Sandbox,
  type SandboxOptions,
} from "./sandbox.js";
export type * from "./shapes.js";
