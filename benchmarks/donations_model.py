"""What the steps of a donation would cost on AWS. Modelled: nothing of it ran there.

Calls, units and bytes are counted, CPU time is measured here and stretched to the share of a processor that a function
of that memory has. The time of a call is assumed.
"""

from collections.abc import Mapping
from typing import Any, Final

from benchmarks.donation_steps import APPLIED, OPENED, REQUESTS, THANKED, TOLD
from benchmarks.modelled import OTHER_LOG_BYTES, SOCKET_CPU_MS, VCPU_MB
from benchmarks.settlement_model import RUN_LOG_BYTES
from stacks.functions import MEMORY_MB
from stacks.prices import AS_OF, BYTES_OF_A_GB, PRICES, REGION, Item

THOUSAND: Final = 1_000
STRIPE: Final = "Stripe"

# Assumed: milliseconds of a call, warm; AWS's within the Region.
ASSUMED_MS: Final[Mapping[str, float]] = {
    "GetItem": 4,
    "Query": 6,
    "PutItem": 5,
    "UpdateItem": 6,
    "TransactWriteItems": 15,
    "SendMessage": 8,
    "SendEmail": 80,
    STRIPE: 500,
}
WHOLE: Final = (OPENED, TOLD, APPLIED, THANKED)
"""A donation from its beginning to its receipt, told of once."""

# A message is also received and deleted; fewer of both where several come at once.
_REQUESTS_OF_A_MESSAGE: Final = 2


def priced(steps: Mapping[str, Any], reads: Mapping[str, Any]) -> dict[str, Any]:
    """US dollars for a thousand of each step and read, and for a thousand donations, by what is paid for."""
    lines = {name: _lines(name, figures, read=name in reads) for name, figures in (dict(steps) | dict(reads)).items()}
    whole: dict[str, float] = {}
    for name in WHOLE:
        for item, usd in lines[name].items():
            whole[item] = round(whole.get(item, 0) + usd, 6)
    return {
        "modelled": True,
        "prices": f"{REGION}, prices written down from memory on {AS_OF}",
        "memory_mb": MEMORY_MB,
        "assumed_ms": dict(ASSUMED_MS),
        "usd_per_thousand": {name: round(sum(parts.values()), 6) for name, parts in lines.items()},
        "donation": whole,
        "donation_usd_per_thousand": round(sum(whole.values()), 6),
    }


def _lines(name: str, figures: Mapping[str, Any], *, read: bool) -> dict[str, float]:
    calls: Mapping[str, float] = figures["calls"]
    request = read or name in REQUESTS
    used: dict[Item, float] = {
        Item.GATEWAY_REQUEST: request,
        Item.FUNCTION_REQUEST: 1,
        Item.FUNCTION_GB_S: billed_ms(figures) / 1_000 * MEMORY_MB / 1_024,
        Item.WRITE_UNIT: figures["write_units"],
        Item.READ_UNIT: figures["read_units"],
        Item.QUEUE_REQUEST: calls.get("SendMessage", 0) + (0 if request else _REQUESTS_OF_A_MESSAGE),
        Item.MAIL: calls.get("SendEmail", 0),
        Item.LOG_GB: (figures["log_bytes"] + (OTHER_LOG_BYTES if request else RUN_LOG_BYTES)) / BYTES_OF_A_GB,
    }
    return {str(item): round(amount * PRICES[item].usd * THOUSAND, 6) for item, amount in used.items() if amount}


def billed_ms(figures: Mapping[str, Any]) -> float:
    """How long a step would run on AWS: its own work, stretched, and waiting for each call in turn."""
    calls = {**figures["calls"], STRIPE: figures["stripe_calls"]}
    own = figures["cpu_ms"] + SOCKET_CPU_MS * sum(figures["calls"].values())
    return own * VCPU_MB / MEMORY_MB + sum(ASSUMED_MS[name] * count for name, count in calls.items())
