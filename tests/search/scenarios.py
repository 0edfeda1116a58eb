"""The requests to each route, and the calls that each one makes, as in `tests/support/builders/scenario.py`."""

from paysandbox.aws.schema import INDEX_SHARDS
from paysandbox.core.errors import Code
from paysandbox.search.routes import SEARCH_OBJECTS
from tests.support.builders.scenario import Refusal, Scenario, sending

_OF_FREE_TEXT = ("GetItem", "GetItem", "GetItem", "GetItem")
"""A request, a coupon, a product or a customer may have any ID."""

SCENARIOS = (
    Scenario("a payment", SEARCH_OBJECTS, ("GetItem",), lambda demo, _: {"query": {"q": demo.authorized()}}),
    Scenario(
        "a reference",
        SEARCH_OBJECTS,
        (*_OF_FREE_TEXT, "BatchGetItem", *("Query",) * INDEX_SHARDS),
        sending(query={"q": "order-2001"}),
        outcome="none",
    ),
)

REFUSALS = (Refusal(SEARCH_OBJECTS, Code.PARAMETER_INVALID, sending(query={"q": ""}), "q"),)
