/** Requests to the sandbox's AWS, signed with its access key (AWS Signature Version 4). No AWS SDK is needed. */

import { createHash, createHmac } from "node:crypto";
import { sendJson } from "./send-json.js";

const REGION = "us-east-1";
// Of the signature. The engine tells services apart by X-Amz-Target first.
const SERVICE = "apigateway";

/** Where the API and the AWS of a sandbox on this machine are, and the access key of that AWS. */
export interface Connection {
  baseUrl: string;
  awsEndpointUrl: string;
  accessKeyId: string;
  secretAccessKey: string;
}

/** Send a signed JSON request and return the JSON object in the response. Rejects with RequestError. */
export async function askAws(
  { awsEndpointUrl, accessKeyId, secretAccessKey }: Connection,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
): Promise<Record<string, unknown>> {
  const content = body === undefined ? "" : JSON.stringify(body);
  const url = new URL(awsEndpointUrl + path);
  const now = new Date().toISOString().replace(/[-:]|\.\d+/g, "");
  const sent: Record<string, string> = { "content-type": "application/json", ...headers, "x-amz-date": now };
  const signed: Record<string, string> = { ...sent, host: url.host };
  const names = Object.keys(signed).sort();
  const date = now.slice(0, 8);
  const scope = `${date}/${REGION}/${SERVICE}/aws4_request`;
  const canonical = [method, url.pathname, url.search.slice(1), ...names.map((name) => `${name}:${signed[name]}`), ""];
  canonical.push(names.join(";"), sha256(content));
  const toSign = ["AWS4-HMAC-SHA256", now, scope, sha256(canonical.join("\n"))].join("\n");
  const key = scope.split("/").reduce<string | Buffer>((before, part) => hmac(before, part), `AWS4${secretAccessKey}`);
  const authorization =
    `AWS4-HMAC-SHA256 Credential=${accessKeyId}/${scope}, SignedHeaders=${names.join(";")}, ` +
    `Signature=${hmac(key, toSign).toString("hex")}`;
  return sendJson(awsEndpointUrl, method, path, {
    headers: { ...sent, authorization },
    ...(content === "" ? {} : { body: content }),
  });
}

function sha256(text: string): string {
  return createHash("sha256").update(text).digest("hex");
}

function hmac(key: string | Buffer, text: string): Buffer {
  return createHmac("sha256", key).update(text).digest();
}
