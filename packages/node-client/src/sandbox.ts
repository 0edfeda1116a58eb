/** Finds the running sandbox, by the environment variables or the program `paysandbox`, or starts one. */

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { Sandbox } from "./api/index.js";
import type { Connection } from "./local-aws.js";

const TAIL_LINES = 10;
const MAX_BUFFER = 16 * 1024 * 1024;

const run = promisify(execFile);

type Variables = Record<string, string | undefined>;

/** Return the sandbox of the environment variables, or else of the program, started if it is not running. */
export async function findOrStart(): Promise<Connection> {
  if (process.env["PAYSANDBOX_BASE_URL"]) return connect(process.env);
  let variables = await status();
  if (variables === undefined) {
    await up();
    variables = await status();
  }
  if (variables === undefined) {
    throw new Error(
      "`paysandbox up` ended without an error, but the sandbox is not running. Run `paysandbox doctor`.",
    );
  }
  return connect(variables);
}

/** Return the variables that name a sandbox, as `paysandbox status -o env` exports them: `findOrStart` reads them. */
export function variablesOf(connection: Connection): Record<string, string> {
  return {
    PAYSANDBOX_BASE_URL: connection.baseUrl,
    PAYSANDBOX_AWS_ENDPOINT_URL: connection.awsEndpointUrl,
    PAYSANDBOX_AWS_ACCESS_KEY_ID: connection.accessKeyId,
    PAYSANDBOX_AWS_SECRET_ACCESS_KEY: connection.secretAccessKey,
  };
}

async function connect(variables: Variables): Promise<Connection> {
  const baseUrl = variables["PAYSANDBOX_BASE_URL"] ?? "";
  const value = (name: string): string => {
    const found = variables[name];
    if (found) return found;
    throw new Error(
      `PAYSANDBOX_BASE_URL is ${baseUrl}, but ${name} is not set; it is needed to create merchants. ` +
        'Set all variables with eval "$(paysandbox status -o env)", or none of them.',
    );
  };
  const connection = {
    baseUrl,
    awsEndpointUrl: value("PAYSANDBOX_AWS_ENDPOINT_URL"),
    accessKeyId: value("PAYSANDBOX_AWS_ACCESS_KEY_ID"),
    secretAccessKey: value("PAYSANDBOX_AWS_SECRET_ACCESS_KEY"),
  };
  await new Sandbox({ baseUrl, maxRetries: 0 }).getHealth();
  return connection;
}

/** Return the variables that `status -o env` exports, or undefined if no healthy sandbox is running. */
async function status(): Promise<Variables | undefined> {
  try {
    const { stdout } = await run("paysandbox", ["status", "-o", "env"], { maxBuffer: MAX_BUFFER });
    const lines = stdout.matchAll(/^export (\w+)='?([^'\n]*)'?$/gm);
    return Object.fromEntries(Array.from(lines, ([, name, value]) => [name, value]));
  } catch (error) {
    if (isMissing(error)) {
      throw new Error(
        "There is no payments sandbox: PAYSANDBOX_BASE_URL is not set, and the program `paysandbox` is not on the " +
          "PATH. Put it on the PATH, or start a sandbox with `paysandbox up` and set the variables with " +
          'eval "$(paysandbox status -o env)".',
      );
    }
    return undefined;
  }
}

async function up(): Promise<void> {
  try {
    await run("paysandbox", ["up"], { maxBuffer: MAX_BUFFER });
  } catch (error) {
    const { stdout = "", stderr = "" } = error as { stdout?: string; stderr?: string };
    const tail = (stdout + stderr).trim().split("\n").slice(-TAIL_LINES).join("\n");
    throw new Error(`\`paysandbox up\` failed:\n${tail}`, { cause: error });
  }
}

function isMissing(error: unknown): boolean {
  return (error as { code?: unknown }).code === "ENOENT";
}
