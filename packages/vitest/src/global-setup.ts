/** Vitest's global setup: finds or starts the sandbox once, before all tests. */

import type { TestProject } from "vitest/node";
import { findOrStart } from "./client/sandbox.js";

export default async function setup(project: TestProject): Promise<void> {
  project.provide("paysandbox", await findOrStart());
}
