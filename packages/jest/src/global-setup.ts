/** Jest's global setup: finds or starts the sandbox once, before all tests, whose workers get its variables. */

import { findOrStart, variablesOf } from "./client/sandbox.js";

export default async function setup(): Promise<void> {
  Object.assign(process.env, variablesOf(await findOrStart()));
}
