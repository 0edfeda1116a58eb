// @supabase/stripe-sync-engine: its migrations and backfills, into a PostgreSQL of the process's own (PGlite).
"use strict";

const { confirm, expect, installed, run, SECRET_KEY, send, worked } = require("./shop.cjs");
const { PGlite } = installed("@electric-sql/pglite");
const { PGLiteSocketServer } = installed("@electric-sql/pglite-socket");
const { runMigrations, StripeSync } = installed("@supabase/stripe-sync-engine");

run(async () => {
  const database = await PGlite.create();
  const server = new PGLiteSocketServer({ db: database, host: "127.0.0.1", port: 0 });
  await server.start();
  const connectionString = `postgres://postgres@127.0.0.1:${server.server.address().port}/postgres?sslmode=disable`;
  await runMigrations({ databaseUrl: connectionString, schema: "stripe", logger: undefined });
  worked("runMigrations");
  const sync = new StripeSync({
    poolConfig: { connectionString, max: 1 },
    stripeSecretKey: SECRET_KEY,
    stripeWebhookSecret: "whsec_none",
    backfillRelatedEntities: false,
  });
  const intent = await send("POST", "/v1/payment_intents", { amount: "2000", currency: "usd" });
  await confirm(intent.id);
  const stored = async (table) => (await database.query(`select id from stripe.${table}`)).rows.length;
  for (const [object, table] of [["payment_intent", "payment_intents"], ["charge", "charges"], ["dispute", "disputes"]]) {
    await sync.syncBackfill({ object });
    if (object !== "dispute") {
      expect((await stored(table)) > 0, true, `whether ${table} are stored`);
    }
    worked(`syncBackfill of ${table}`);
  }
  await sync.syncBackfill({ object: "all" });
  worked("syncBackfill of everything", "sync");
});
