import os
import sqlite3
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import stripe

SECRET = os.environ["WEBHOOK_SECRET"]  # the `secret` in the response that created the endpoint
STORE = sqlite3.connect(os.environ.get("WEBHOOK_STORE", "webhooks.db"), check_same_thread=False, isolation_level=None)
STORE.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, type TEXT, body BLOB)")


class Hooks(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))  # the raw bytes, before any parsing
        try:
            event = stripe.Webhook.construct_event(body, self.headers["Stripe-Signature"], SECRET)
        except (ValueError, stripe.SignatureVerificationError):
            self.send_response(400)
        else:  # store it once, then answer: a job processes the table later
            STORE.execute("INSERT OR IGNORE INTO events VALUES (?, ?, ?)", (event.id, event.type, body))
            self.send_response(204)
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8701"))), Hooks).serve_forever()
