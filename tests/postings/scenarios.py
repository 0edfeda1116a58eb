"""Each route's requests with their calls, and those that it refuses (`tests/support/builders/scenario.py`)."""

from paysandbox.core.errors import Code
from paysandbox.postings.routes import LIST_POSTINGS
from tests.support.builders.scenario import Refusal, Scenario, payment_of_another

SCENARIOS = (
    Scenario(
        "of a refund",
        LIST_POSTINGS,
        ("GetItem",),
        lambda demo, _: {"path": {"transaction_id": demo.refunded(demo.captured(), 1_00)}},
    ),
)


REFUSALS = (
    Refusal(LIST_POSTINGS, Code.RESOURCE_NOT_FOUND, lambda *_: {"path": {"transaction_id": payment_of_another()}}),
)
