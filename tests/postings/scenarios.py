"""The requests to each route, and the calls that each one makes, as in `tests/support/scenario.py`."""

from paysandbox.postings.routes import LIST_POSTINGS
from tests.support.scenario import Scenario

SCENARIOS = (
    Scenario(
        "of a refund",
        LIST_POSTINGS,
        ("GetItem",),
        lambda demo, _: {"path": {"transaction_id": demo.refunded(demo.captured(), 1_00)}},
    ),
)
