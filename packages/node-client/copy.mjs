/** Copies the client into the package that is being built, as src/client: each package contains it and depends on none. */

import { cpSync, rmSync } from "node:fs";

rmSync("src/client", { recursive: true, force: true });
cpSync(new URL("src", import.meta.url), "src/client", { recursive: true });
