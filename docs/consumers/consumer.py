import os
import sqlite3
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from standardwebhooks import Webhook, WebhookVerificationError

WEBHOOK = Webhook(os.environ["WEBHOOK_SECRET"])
STORE = sqlite3.connect(os.environ.get("WEBHOOK_STORE", "webhooks.db"), check_same_thread=False, isolation_level=None)
STORE.execute("CREATE TABLE IF NOT EXISTS events (id TEXT PRIMARY KEY, body BLOB, done INTEGER DEFAULT 0)")


class Consumer(BaseHTTPRequestHandler):
    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))  # the raw bytes, before any parsing
        try:
            WEBHOOK.verify(body, {name.lower(): value for name, value in self.headers.items()})
        except WebhookVerificationError:
            self.send_response(400)
        else:  # store it once, then answer: a job processes the table later, in the order of `sequence`
            STORE.execute("INSERT OR IGNORE INTO events (id, body) VALUES (?, ?)", (self.headers["webhook-id"], body))
            self.send_response(204)
        self.end_headers()


ThreadingHTTPServer(("127.0.0.1", int(os.environ.get("PORT", "8700"))), Consumer).serve_forever()
