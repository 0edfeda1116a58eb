"""A shop in a few files, on the native API. docs/how-to/write-a-checkout.md walks through it.

python shop.py checkout ORDER [CARD] [RESULT]   pays as a shopper would; CARD: visa, declined, 3ds, slow
python shop.py refund ORDER AMOUNT              gives back AMOUNT, in minor units
python shop.py reconcile                        the nightly job
python shop.py books                            prints what the shop believes
python shop.py reset                            empties the books
python shop.py serve [PORT]                     the shop's pages, and its webhooks
"""

import json
import os
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, parse_qsl, urlsplit
from urllib.request import HTTPRedirectHandler, build_opener

import books
import checkout
import hooks

ROW = "<li>{reference}: {total} {currency}, paid {paid}, refunded {refunded}, sent {sent}"
BUTTON = "<form method=post action=/orders/{reference}/pay><button name=card value={card}>pay: {card}</button></form>"


class Pages(BaseHTTPRequestHandler):
    """The list of orders, the button that pays, the way back from 3-D Secure, and the webhooks."""

    secret = ""

    def do_GET(self) -> None:
        """Answer a request without a body."""
        self.respond(b"")

    def do_POST(self) -> None:
        """Answer a request with a body: the raw bytes, since the signature of a webhook is over them."""
        self.respond(self.rfile.read(int(self.headers["Content-Length"])))

    def respond(self, body: bytes) -> None:
        """Show the orders, pay one, take a shopper who comes back, or take a webhook."""
        where = urlsplit(self.path)
        try:
            match self.command, *where.path.split("/")[1:]:
                case "GET", "":
                    rows = [ROW.format(**order) for order in books.orders()]
                    pay = [BUTTON.format(card=card, **order) for order in books.orders() for card in checkout.CARDS]
                    self.answer(200, "".join(["<ul>", *rows, "</ul>", *pay]))
                case "POST", "orders", reference, "pay":
                    challenge = checkout.pay(reference, parse_qs(body.decode())["card"][0])
                    self.answer(303, location=challenge or "/")
                case "GET", "orders", reference, "return":
                    checkout.come_back(reference, dict(parse_qsl(where.query)))
                    self.answer(303, location="/")
                case "POST", "webhooks":
                    headers = {name.lower(): value for name, value in self.headers.items()}
                    self.answer(hooks.receive(self.secret, headers, body))
                case _:
                    self.answer(404)
        except KeyError:
            self.answer(404)
        except (checkout.Unknown, checkout.Refused) as error:
            self.answer(503, f"Not known yet: {error}. Pay again: you pay once.")

    def answer(self, status: int, text: str = "", location: str = "") -> None:
        """Answer with a page, or lead to another."""
        self.send_response(status)
        self.send_header("Content-Type", "text/html")
        if location:
            self.send_header("Location", location)
        self.end_headers()
        self.wfile.write(text.encode())


def serve(port: int) -> None:
    """Serve the pages. Without a secret in WEBHOOK_SECRET, the shop creates its endpoint, on one day the same one."""
    os.environ.setdefault("SHOP_URL", f"http://127.0.0.1:{port}")
    endpoint = {"url": f"http://127.0.0.1:{port}/webhooks", "events": [*hooks.EVENTS]}
    made = os.environ.get("WEBHOOK_SECRET") or checkout.call("POST", "/webhooks/endpoints", endpoint, f"shop-{port}")
    Pages.secret = made if isinstance(made, str) else made["secret"]
    server = ThreadingHTTPServer(("127.0.0.1", port), Pages)
    print(f"http://127.0.0.1:{port}", flush=True)
    server.serve_forever()


class _Stay(HTTPRedirectHandler):
    def redirect_request(self, *_: Any, **__: Any) -> None:
        """Follow nothing: the way back is read, not gone."""


def browse(reference: str, url: str, result: str) -> None:
    """Stand in for the shopper's browser: answer the challenge, and come back. `forged`: fail, and say otherwise."""
    try:
        build_opener(_Stay).open(url, f"result={'succeeded' if result == 'succeeded' else 'failed'}".encode())
    except HTTPError as redirect:
        with redirect:
            query = dict(parse_qsl(urlsplit(redirect.headers["Location"]).query))
        checkout.come_back(reference, query | ({"result": "succeeded"} if result == "forged" else {}))


def main(words: list[str]) -> int:
    """Do what the arguments say. Returns 1 if the outcome is unknown or the API refused."""
    try:
        match words:
            case ["checkout", reference, *more]:
                card, result = [*more, *("visa", "succeeded")[len(more) :]]
                if challenge := checkout.pay(reference, card):
                    browse(reference, challenge, result)
            case ["refund", reference, amount]:
                checkout.refund(reference, int(amount))
            case ["reconcile"]:
                checkout.reconcile()
            case ["books"]:
                names = ("reference", "currency", "paid", "refunded", "fulfilled")
                begun = [order for order in books.orders() if order["attempt"] or order["paid"] or order["sent"]]
                print(json.dumps({"orders": [{name: order[name] for name in names} for order in begun]}))
            case ["reset"]:
                books.FILE.unlink(missing_ok=True)
            case ["serve", *port]:
                serve(int(port[0] if port else os.environ.get("PORT", "8080")))
            case _:
                print(__doc__, file=sys.stderr)
                return 2
    except (checkout.Unknown, checkout.Refused) as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
