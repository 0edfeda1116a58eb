/**
 * Generates the client's two modules from the API's document: shapes.ts and operations.ts.
 *
 *   node generate.mjs [FOLDER]     run in a package that has openapi-typescript; FOLDER: src
 *
 * openapi-typescript makes the types. Of an operation the client needs to know, when it runs, its method and path, and
 * whether it takes an idempotency key.
 */

import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const OF_OTHER_APIS = ["reference", "stripe_api"];
const JSON_TYPE = "application/json";
const KEY = "X-Idempotency-Key";

const folder = resolve(process.argv[2] ?? "src");
const file = new URL("../../api_reference/.built/openapi.json", import.meta.url);
if (!existsSync(file)) throw new Error("openapi.json is missing, of which the client is made: run `make build`.");
const document = JSON.parse(readFileSync(file, "utf8"));

// Of the package that is built, since this file may lie in another one.
const require = createRequire(join(process.cwd(), "package.json"));
const { default: openapiTS, astToString } = require("openapi-typescript");

/** Whether a client of the native API calls the operation: neither a page nor what a browser or a provider sends. */
function isCalled(method, operation) {
  const success = Object.entries(operation.responses).find(([status]) => status.startsWith("2"))[1];
  const isForeign =
    operation.tags.some((tag) => OF_OTHER_APIS.includes(tag)) || (method !== "get" && operation.security.length === 0);
  return !isForeign && success.content?.[JSON_TYPE] !== undefined;
}

const isKey = (parameter) => parameter.name === KEY;

const table = [];
const paths = {};
for (const [path, methods] of Object.entries(document.paths)) {
  for (const [method, operation] of Object.entries(methods)) {
    if (!isCalled(method, operation)) continue;
    const { operationId, parameters = [] } = operation;
    const facts = [method.toUpperCase(), path, parameters.some(isKey)];
    table.push(`  ${operationId}: ${JSON.stringify(facts)},`);
    // A call takes its key beside the parameters, and its result is that of a success.
    const responses = Object.fromEntries(Object.entries(operation.responses).filter(([status]) => status[0] === "2"));
    const kept = { ...operation, parameters: parameters.filter((it) => !isKey(it)), responses };
    (paths[path] ??= {})[method] = kept;
  }
}

const shapes = astToString(
  await openapiTS(
    { ...document, paths },
    { rootTypes: true, rootTypesNoSchemaPrefix: true, alphabetize: true, defaultNonNullable: false },
  ),
);
const HEADER = "Generated from the API's OpenAPI document.";
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, "shapes.ts"), `/** The shapes of bodies, answers and events. ${HEADER} */\n\n${shapes}`);
writeFileSync(
  join(folder, "operations.ts"),
  `/** The operations: method, path, and whether it takes an idempotency key. ${HEADER} */\n\n` +
    `export const OPERATIONS = {\n${table.join("\n")}\n} as const;\n`,
);
