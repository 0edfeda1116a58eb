"""A merchant that pays out, and the sweep that takes the steps of its payouts."""

from datetime import UTC, datetime
from typing import Any

from payments import expire_payments
from tests.stripe_api.scenarios import RESOURCE
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.worlds.handlers import Clock
from tests.support.worlds.webhook_workers import LONG

SHOP = StripeMerchant()


def paid_out(amount: int = 40_00, outcome: str | None = None, **params: Any) -> dict[str, Any]:
    """Create a payout, with an outcome if one is given."""
    body = {"amount": amount, "currency": "usd", **({"metadata": {"sandbox_outcome": outcome}} if outcome else {})}
    return done(SHOP.post(RESOURCE["create_payout"], **body, **params))


def shown(payout: str) -> dict[str, Any]:
    """Retrieve a payout."""
    return done(SHOP.get(RESOURCE["get_payout"], payout))


def sweep() -> int:
    """Take the steps that are due. Returns on how many objects."""
    return expire_payments.handler({}, LONG)["objects"]


def advance_to(clock: Clock, second: int) -> None:
    """Advance the clock to a time, in Unix seconds, and a second more."""
    clock.advance(datetime.fromtimestamp(second + 1, UTC) - datetime.now(UTC) - clock.offset)
