// The shop's books: its orders, and what it knows of their payments. Amounts are in Stripe's units.
import { rmSync } from "node:fs";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { bug } from "./bugs.mjs";

const FILE = process.env.SHOP_BOOKS || join(process.env.PAYSANDBOX_TMP ?? ".", "books.db");
const ORDERS = { "order-1042": ["usd", 3750], "order-1043": ["usd", 8000], "order-1044": ["eur", 1999] };

let db;

function sql(text, ...values) {
  db ??= opened();
  return db.prepare(text).all(...values);
}

// `attempt` counts the payments of an order that were begun, and `is_open` says that the last one has no outcome yet.
function opened() {
  const file = new DatabaseSync(FILE, { timeout: 5000 });
  file.exec(`
    CREATE TABLE IF NOT EXISTS orders (reference TEXT PRIMARY KEY, currency TEXT, total INTEGER,
      attempt INTEGER DEFAULT 0, is_open INTEGER DEFAULT 0, refund_due INTEGER DEFAULT 0, sent INTEGER DEFAULT 0);
    CREATE TABLE IF NOT EXISTS payments (id TEXT PRIMARY KEY, reference TEXT, currency TEXT, captured INTEGER,
      refunded INTEGER)`);
  const add = file.prepare("INSERT OR IGNORE INTO orders (reference, currency, total) VALUES (?, ?, ?)");
  for (const [reference, [currency, total]] of Object.entries(ORDERS)) add.run(reference, currency, total);
  return file;
}

export function reset() {
  rmSync(FILE, { force: true });
}

// All orders, each with what was paid and refunded. Goods for the amount of a refund have come back.
export function orders() {
  return sql(`SELECT orders.*, coalesce(sum(captured), 0) AS paid, coalesce(sum(refunded), 0) AS refunded,
    sent - coalesce(sum(refunded), 0) AS fulfilled
    FROM orders LEFT JOIN payments USING (reference, currency) GROUP BY reference`);
}

export function order(reference) {
  const found = orders().find((each) => each.reference === reference);
  if (!found) throw new Error(`There is no ${reference}.`);
  return found;
}

// Store that a payment begins, and return its number: the same one until its outcome is known.
export function beginPayment(reference) {
  sql("UPDATE orders SET attempt = attempt + 1, is_open = 1 WHERE reference = ? AND NOT is_open", reference);
  return order(reference).attempt;
}

// Store that the outcome of this attempt is known. An earlier one says nothing about the last.
export function endPayment(reference, attempt) {
  sql("UPDATE orders SET is_open = 0 WHERE reference = ? AND attempt = ?", reference, attempt);
}

// Store that a refund begins, and return its amount: an order has one refund, with the first amount.
export function beginRefund(reference, amount) {
  sql("UPDATE orders SET refund_due = ? WHERE reference = ? AND refund_due = 0", amount, reference);
  return order(reference).refund_due;
}

// Set what a payment has captured and refunded, and send the goods once the order is paid. Both are totals that grow:
// an answer or a webhook that comes twice or late changes nothing. `exact`: Stripe was asked just now.
export function book(payment, reference, currency, captured, refunded, exact = false) {
  const total = (name) => (exact ? `excluded.${name}` : `max(${name}, excluded.${name})`);
  sql(
    `INSERT INTO payments VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET captured = ${total("captured")}, refunded = ${total("refunded")}`,
    ...[payment, reference, currency, captured, refunded],
  );
  const bought = order(reference);
  if (bought.paid >= bought.total || (bug("any-amount") && bought.paid)) send(reference);
}

// Send the goods of an order, once.
export function send(reference) {
  sql("UPDATE orders SET sent = total WHERE reference = ? AND sent = 0", reference);
}

// The payment that paid an order, if there is one.
export function paymentOf(reference) {
  return sql("SELECT id FROM payments WHERE reference = ? AND captured > 0", reference)[0]?.id;
}
