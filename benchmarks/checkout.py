"""Checkout's page and the browser library: bytes against the page's budget, layout shifts, and what a purchase takes.

    make bench ARGS=checkout

A new local sandbox and a Chromium. The page is that of a session which asks for everything that it can. A purchase is
the request that pays a session, beside one that creates and confirms a payment intent, in turns, each over a
connection of its own that stays open.
"""

import gzip
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from statistics import median
from typing import Any, Final

import httpx

from benchmarks import page_timing
from benchmarks.deployed import sandbox
from benchmarks.rounds import MIN_ROUNDS, machine
from layers.reference import BUILT
from tests.support.clients.browser import Page, opened

PAGE_BYTES: Final = 60_000
"""The budget of the page with its styles, before compression."""

_DESKTOP, _PHONE = 1280, 390
_VISA: Final = "4242424242424242"
_EVERYTHING: Final[Mapping[str, str]] = {
    "mode": "payment",
    "success_url": "https://shop.example/thanks",
    "line_items[0][price_data][currency]": "usd",
    "line_items[0][price_data][unit_amount]": "2000",
    "line_items[0][price_data][product_data][name]": "Hat",
    "line_items[0][quantity]": "2",
    "line_items[0][adjustable_quantity][enabled]": "true",
    "allow_promotion_codes": "true",
    "billing_address_collection": "required",
    "phone_number_collection[enabled]": "true",
    "tax_id_collection[enabled]": "true",
    "shipping_address_collection[allowed_countries][0]": "DE",
    "consent_collection[terms_of_service]": "required",
}
_PLAIN: Final = {name: text for name, text in _EVERYTHING.items() if name.partition("[")[0] in (
    "mode", "line_items", "success_url"
)}  # fmt: skip


def measure(rounds: int = MIN_ROUNDS) -> dict[str, Any]:
    """Return sizes in bytes, layout shifts, and times in milliseconds."""
    with (
        tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder,
        sandbox(Path(folder)) as (port, key),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", auth=(key, ""), timeout=60) as api,
        httpx.Client(timeout=60) as payer,
        opened(Path(folder) / "profile") as page,
    ):
        return {
            "rounds": rounds,
            "page": _page_bytes(api),
            "browser_library": {script.stem: _sizes(script.read_bytes()) for script in _scripts()},
            "layout_shift": {width: _layout_shift(api, page, width) for width in (_DESKTOP, _PHONE)},
            "purchase": _purchases(api, payer, rounds),
            "machine": machine(),
        }


def _session(api: httpx.Client, params: Mapping[str, str]) -> dict[str, Any]:
    return api.post("/v1/checkout/sessions", data=dict(params)).raise_for_status().json()


def _page_bytes(api: httpx.Client) -> dict[str, Any]:
    url = _session(api, _EVERYTHING)["url"]
    page = httpx.get(url, headers={"Accept": "text/html"}).raise_for_status().content
    styles = api.get("/docs/pages.css").raise_for_status().content
    whole = _sizes(page + styles)
    return {**whole, "budget": PAGE_BYTES, "within": whole["bytes"] < PAGE_BYTES}


def _sizes(content: bytes) -> dict[str, int]:
    return {"bytes": len(content), "gzip": len(gzip.compress(content, mtime=0))}


def _scripts() -> list[Path]:
    return sorted((BUILT / "stripe_js").rglob("*.js"))


def _layout_shift(api: httpx.Client, page: Page, width: int) -> float:
    page.show(width)
    page.open(_session(api, _EVERYTHING)["url"])
    page_timing.observe(page)
    return page_timing.layout_shift(page)


def _purchases(api: httpx.Client, payer: httpx.Client, rounds: int) -> dict[str, float]:
    """Return the medians of a purchase on the page and of a payment intent, and their ratio."""
    on_page: list[float] = []
    by_intent: list[float] = []
    for _ in range(rounds):
        session = _session(api, _PLAIN)
        on_page.append(_timed(payer, session["url"], {"card": _VISA}))
        intent = {"amount": "4000", "currency": "usd", "payment_method": "pm_card_visa", "confirm": "true"}
        by_intent.append(_timed(api, "/v1/payment_intents", intent))
    page_ms, intent_ms = median(on_page), median(by_intent)
    return {"page_ms": round(page_ms, 1), "intent_ms": round(intent_ms, 1), "ratio": round(page_ms / intent_ms, 2)}


def _timed(client: httpx.Client, url: str, form: Mapping[str, str]) -> float:
    started = time.perf_counter()
    answer = client.post(url, data=dict(form))
    spent_ms = (time.perf_counter() - started) * 1000
    if answer.is_error:
        raise RuntimeError(f"POST {answer.request.url.path}: {answer.status_code}")
    return spent_ms
