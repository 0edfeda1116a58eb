/**
 * Copies the client into the package that is being built, as src/client: each package contains it and depends on none.
 *
 * Its calls of the native API are those of packages/client, whose generated modules are made anew, in src/client/api.
 */

import { execFileSync } from "node:child_process";
import { cpSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

const GENERATE = fileURLToPath(new URL("../client/generate.mjs", import.meta.url));

rmSync("src/client", { recursive: true, force: true });
cpSync(new URL("src", import.meta.url), "src/client", { recursive: true });
cpSync(new URL("../client/src", import.meta.url), "src/client/api", { recursive: true });
execFileSync(process.execPath, [GENERATE, "src/client/api"], { stdio: "inherit" });
