"""Every name of Stripe's event types: what the sandbox sends is among them, and a payment does not load them."""

import subprocess
import sys
from pathlib import Path

import pytest

from paysandbox.http.route import Route
from paysandbox.payments.routes import AUTHORIZE_PAYMENT
from paysandbox.stripe_api.catalog.event_types import event_types
from paysandbox.stripe_api.routes import CREATE_PAYMENT_INTENT
from paysandbox.stripe_api.sent_events import MAX_NEVER_SENT, NEVER_SENT, SENT_TYPES, never_sent

ROOT = Path(__file__).parents[2]
LOADED = """
import importlib, sys
sys.path[:0] = sys.argv[1].split(",")
importlib.import_module(sys.argv[2])
print(sorted({"paysandbox.stripe_api.catalog.event_types", "paysandbox.stripe_api.lists.search"} & set(sys.modules)))
"""


def test_published_types_are_stripes_names() -> None:
    event_types.cache_clear()  # read here, and so measured, whichever test asked first
    assert set(SENT_TYPES) < event_types()


@pytest.mark.parametrize(
    "names, header",
    [
        ([], None),
        (["*"], None),
        (["charge.refunded"], None),
        (["file.created"], "file.created"),
        (["file.created", "*", "person.updated"], "file.created, person.updated"),
        (["file.created"] * 71, ", ".join(["file.created"] * 71)),
        (["file.created"] * 73, ", ".join(["file.created"] * 71 + ["and 2 more"])),
    ],
)
def test_the_header_lists_types_that_are_never_sent_up_to_a_length(names: list[str], header: str | None) -> None:
    assert never_sent(names).get(NEVER_SENT) == header
    assert len(header or "") < MAX_NEVER_SENT + len(", and 255 more")


@pytest.mark.full
@pytest.mark.parametrize("route", [AUTHORIZE_PAYMENT, CREATE_PAYMENT_INTENT], ids=lambda route: route.name)
def test_a_payment_does_not_load_them(route: Route) -> None:
    paths = f"{ROOT / 'layers/shared/python'},{ROOT / 'lambdas'}"
    done = subprocess.run(
        [sys.executable, "-c", LOADED, paths, route.module], env={}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"
