// A shop in a few files, with Stripe's SDK: docs/how-to/write-a-checkout.md walks through it.
import { createServer } from "node:http";
import * as books from "./books.mjs";

const USAGE = `
node shop.mjs checkout ORDER [CARD] [RESULT]   pays as a shopper would; CARD: visa, declined, 3ds, slow
node shop.mjs refund ORDER AMOUNT              gives back AMOUNT, in Stripe's units
node shop.mjs reconcile                        the nightly job
node shop.mjs books                            prints what the shop believes
node shop.mjs reset                            empties the books
node shop.mjs serve [PORT]                     the shop's pages, and its webhooks
`;

const row = ({ reference, currency, total, paid, refunded, sent }) =>
  `<li>${reference}: ${total} ${currency}, paid ${paid}, refunded ${refunded}, sent ${sent}`;
const button = (reference, card) =>
  `<form method=post action=/orders/${reference}/pay><button name=card value=${card}>pay: ${card}</button></form>`;

// The list of orders, the button that pays, the way back from 3-D Secure, and the webhooks. Without a secret in
// WEBHOOK_SECRET, the shop creates its endpoint, on one day the same one.
async function serve(port) {
  process.env.SHOP_URL ??= `http://127.0.0.1:${port}`;
  const [checkout, hooks] = await Promise.all([import("./checkout.mjs"), import("./hooks.mjs")]);
  const endpoint = { url: `http://127.0.0.1:${port}/webhooks`, enabled_events: hooks.EVENTS };
  const secret =
    process.env.WEBHOOK_SECRET ??
    (await checkout.stripe.webhookEndpoints.create(endpoint, { idempotencyKey: `shop-${port}` })).secret;

  async function answerTo(request) {
    const { pathname, searchParams } = new URL(request.url, "http://shop");
    const [, , reference, page] = pathname.split("/");
    const body = Buffer.concat(await Array.fromAsync(request)); // the raw bytes: the signature is over them
    if (request.method === "POST" && pathname === "/webhooks") {
      return [hooks.receive(secret, request.headers["stripe-signature"], body)];
    }
    if (request.method === "POST" && page === "pay") {
      const card = new URLSearchParams(body.toString()).get("card");
      return [303, (await checkout.pay(reference, card)) ?? "/"];
    }
    if (page === "return") {
      await checkout.comeBack(reference, searchParams);
      return [303, "/"];
    }
    const buttons = books
      .orders()
      .flatMap((order) => Object.keys(checkout.CARDS).map((card) => button(order.reference, card)));
    return [200, "", ["<ul>", ...books.orders().map(row), "</ul>", ...buttons].join("")];
  }

  const server = createServer(async (request, response) => {
    const [status, location, page] = await answerTo(request).catch((error) => [
      503,
      "",
      `Not known yet: ${error.message} Pay again: you pay once.`,
    ]);
    response.writeHead(status, { "content-type": "text/html", ...(location && { location }) }).end(page);
  });
  server.listen(port, "127.0.0.1", () => console.log(`http://127.0.0.1:${port}`));
}

// Stands in for the shopper's browser: answers the challenge, and comes back. `forged`: fails, and says otherwise.
async function browse(checkout, reference, url, result) {
  const body = new URLSearchParams({ result: result === "succeeded" ? "succeeded" : "failed" });
  const redirect = await fetch(url, { method: "POST", body, redirect: "manual" });
  const query = new URL(redirect.headers.get("location")).searchParams;
  if (result === "forged") query.set("redirect_status", "succeeded");
  await checkout.comeBack(reference, query);
}

const checkout = () => import("./checkout.mjs");
const commands = {
  async checkout(reference, card = "visa", result = "succeeded") {
    const challenge = await (await checkout()).pay(reference, card);
    if (challenge) await browse(await checkout(), reference, challenge, result);
  },
  async refund(reference, amount) {
    await (await checkout()).refund(reference, Number(amount));
  },
  async reconcile() {
    await (await checkout()).reconcile();
  },
  books() {
    const begun = books.orders().filter(({ attempt, paid, sent }) => attempt || paid || sent);
    const names = ["reference", "currency", "paid", "refunded", "fulfilled"];
    const orders = begun.map((order) => Object.fromEntries(names.map((name) => [name, order[name]])));
    console.log(JSON.stringify({ orders }));
  },
  reset: books.reset,
  serve: (port = process.env.PORT ?? "8080") => serve(Number(port)),
};

const [command, ...words] = process.argv.slice(2);
try {
  if (command in commands) await commands[command](...words);
  else console.error(USAGE);
} catch (error) {
  console.error(`${error.type ?? error.name}: ${error.message}`);
  process.exitCode = 1; // the outcome is unknown, or Stripe refused
}
