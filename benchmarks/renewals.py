"""What renewals cost: the CPU time of a year of monthly subscriptions that one move of the clock brings about.

    make bench ARGS=renewals
    python -m benchmarks.renewals --subscriptions 10     with fewer of them, printed only

Customers who pay by card subscribe to a monthly price, each to one subscription. Then the clock goes a year and a day
ahead, as `paysandbox clock advance` moves it, with webhooks to nobody. CPU time is that of all processes of the
sandbox, until it is quiet again: drafts, finalizations, payments, the events of both and the search index included. It
counts whole renewals alone: invoices of the reason `subscription_cycle` that are paid. `moved_s` is how long the move
took. Linux only (`/proc`).
"""

import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import httpx

from benchmarks.measuring.command import command
from benchmarks.measuring.cpu import TICKS_PER_S, Usage, until_quiet, usage
from benchmarks.measuring.local_sandbox import move_clock, sandbox
from benchmarks.measuring.rounds import machine
from cli.sandbox import engine
from cli.state.state_dir import StateDir

SUBSCRIPTIONS: Final = 100
TARGET_MS: Final = 30
"""The most CPU time that a renewal may take in the function that makes it."""

_YEAR: Final = "366d"
_PAGE: Final = 100


def measure(subscriptions: int = SUBSCRIPTIONS) -> dict[str, Any]:
    """Return the number of renewals and the CPU milliseconds of each, by process. Raises RuntimeError if one failed."""
    with (
        tempfile.TemporaryDirectory(prefix="paysandbox-bench-") as folder,
        sandbox(Path(folder)) as (port, key),
        httpx.Client(base_url=f"http://127.0.0.1:{port}/v1", auth=(key, ""), timeout=60) as http,
    ):
        _subscribe(http, subscriptions)
        before, began = _quiet(Path(folder)), time.monotonic()
        move_clock(Path(folder), _YEAR)
        moved_s = time.monotonic() - began
        spent = _quiet(Path(folder)).since(before)
        renewals = [*_renewals(http)]
    failed = sum(each["status"] != "paid" for each in renewals)
    if failed:
        raise RuntimeError(f"{failed} of {len(renewals)} renewals were not paid")
    by_process = {name: round(ticks * 1_000 / TICKS_PER_S / len(renewals), 2) for name, ticks in spent.items()}
    return {
        "machine": machine(),
        "subscriptions": subscriptions,
        "renewals": len(renewals),
        "target_ms": TARGET_MS,
        "moved_s": round(moved_s, 1),
        "cpu_ms": round(sum(by_process.values()), 1),
        "by_process_ms": dict(sorted(by_process.items(), key=lambda part: -part[1])),
    }


def _subscribe(http: httpx.Client, subscriptions: int) -> None:
    price = _post(
        http, "/prices", unit_amount=1000, currency="usd", **{"recurring[interval]": "month", "product_data[name]": "A"}
    )
    for number in range(subscriptions):
        customer = _post(
            http,
            "/customers",
            email=f"customer-{number}@example.com",
            payment_method="pm_card_visa",
            **{"invoice_settings[default_payment_method]": "pm_card_visa"},
        )
        _post(http, "/subscriptions", customer=customer["id"], **{"items[0][price]": price["id"]})


def _post(http: httpx.Client, path: str, **fields: Any) -> dict[str, Any]:
    return http.post(path, data=fields).raise_for_status().json()


def _quiet(folder: Path) -> Usage:
    """Return the CPU time until the sandbox has nothing left to do."""
    running = engine.running(StateDir(folder / "home"))
    if running is None:
        raise RuntimeError("the engine has ended")
    until_quiet(running.pid)
    return usage(running.pid)


def _renewals(http: httpx.Client) -> Iterator[dict[str, Any]]:
    """Yield the invoices of periods that have begun after the first one, but for drafts of the last hour."""
    parameters: dict[str, Any] = {"limit": _PAGE}
    while True:
        page = http.get("/invoices", params=parameters).raise_for_status().json()
        yield from (
            each
            for each in page["data"]
            if each["billing_reason"] == "subscription_cycle" and each["status"] != "draft"
        )
        if not page["has_more"]:
            return
        parameters["starting_after"] = page["data"][-1]["id"]


if __name__ == "__main__":
    command("renewals", measure, __doc__, subscriptions=SUBSCRIPTIONS)
