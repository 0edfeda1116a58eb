import { createHmac, timingSafeEqual } from "node:crypto";
import { createServer } from "node:http";
import { DatabaseSync } from "node:sqlite";

const key = Buffer.from(process.env.WEBHOOK_SECRET.replace("whsec_", ""), "base64");
const store = new DatabaseSync(process.env.WEBHOOK_STORE ?? "webhooks.db");
store.exec("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, body BLOB, done INTEGER DEFAULT 0)");
const keep = store.prepare("INSERT OR IGNORE INTO events (id, body) VALUES (?, ?)");

function isOurs(headers, body) {
  const { "webhook-id": id = "", "webhook-timestamp": at = "", "webhook-signature": given = "" } = headers;
  if (!/^\d+$/.test(at) || Math.abs(Date.now() / 1000 - Number(at)) > 300) return false;
  const expected = Buffer.from("v1," + createHmac("sha256", key).update(`${id}.${at}.`).update(body).digest("base64"));
  return given.split(" ").some((one) => one.length === expected.length && timingSafeEqual(Buffer.from(one), expected));
}

createServer(async (request, response) => {
  const body = Buffer.concat(await Array.fromAsync(request)); // the raw bytes, before any parsing
  const trusted = isOurs(request.headers, body);
  if (trusted) keep.run(request.headers["webhook-id"], body); // once per ID: a job processes the table later, by `sequence`
  response.writeHead(trusted ? 204 : 400).end();
}).listen(Number(process.env.PORT ?? 8700), "127.0.0.1");
