"""The requests to each route, and the calls that each one makes, as in `tests/support/builders/scenario.py`."""

from paysandbox.aws.schema import INDEX_SHARDS
from paysandbox.core.errors import Code
from paysandbox.request_log import tables as request_log_table
from paysandbox.request_log.table import put_records
from paysandbox.search.routes import SEARCH_OBJECTS
from tests.settlement import settled
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders import build
from tests.support.builders.scenario import Given, Parts, Refusal, Scenario, sending
from tests.support.clients.call import Merchant
from tests.support.clients.disbursement_requests import Payer
from tests.support.clients.stripe_merchant import StripeMerchant, done
from tests.support.worlds import webhook_records
from tests.support.worlds.handlers import Clock

_OF_FREE_TEXT = ("GetItem",) * 4
"""A request, a coupon, a product or a customer may have any ID."""

_OF_INDEX = ("Query",) * INDEX_SHARDS


def _for(text: str) -> Parts:
    return {"query": {"q": text}}


def _found(name: str, calls: tuple[str, ...], given: Given, *, outcome: str = "found") -> Scenario:
    return Scenario(name, SEARCH_OBJECTS, calls, given, reads_secrets=False, outcome=outcome, side_by_side=True)


def _event(*_: object) -> Parts:
    return _for(webhook_records.happened(1).id)


def _endpoint(*_: object) -> Parts:
    webhook_records.put(webhook_records.endpoint())
    return _for(webhook_records.endpoint().id)


def _delivery(*_: object) -> Parts:
    endpoint = webhook_records.endpoint()
    webhook_records.put(endpoint)
    return _for(webhook_records.deliver(webhook_records.happened(1), endpoint).id)


def _settlement(*_: object) -> Parts:
    settled.statement(settled.batch("2026-11-16"), USD=(10_00, 0, 59))
    return _for("2026-11-16")


def _disbursement(*_: object) -> Parts:
    payer = Payer()
    payer.create_customer()
    payer.fund(100_00)
    return _for(payer.pay("1250").json["payment_id"])


def _email(demo: Merchant, _: Clock) -> Parts:
    """Give each list of the search an entry."""
    _disbursement()
    demo.authorized()
    done(StripeMerchant().post(RESOURCE["create_stripe_customer"], email="ada@example.com"))
    return _for("ada@example.com")


def _path(*_: object) -> Parts:
    put_records(request_log_table.request_log(), [build.request_record(1)])
    return _for("/nowhere")


SCENARIOS = (
    _found("a payment", ("GetItem",), lambda demo, _: _for(demo.authorized())),
    _found("an event", ("GetItem",), _event),
    _found("an endpoint", ("GetItem",), _endpoint),
    _found("a delivery", ("GetItem",), _delivery),
    _found("a settlement", ("GetItem", "GetItem"), _settlement),
    _found("a disbursement", ("Query", "BatchGetItem"), _disbursement),
    _found(
        "a reference",
        (*_OF_FREE_TEXT, "BatchGetItem", *_OF_INDEX * 3),
        sending(**_for("order-2001")),
        outcome="none",
    ),
    # No request has such an ID. By key, by reference, what it names as a whole and as a word, then objects, payments of
    # the customer, native customers and disbursements.
    _found("an e-mail address", (*_OF_FREE_TEXT[1:], *("BatchGetItem",) * 4, *_OF_INDEX * 7), _email),
    _found("a path", (*_OF_FREE_TEXT, *_OF_INDEX, "BatchGetItem"), _path, outcome="none"),
    Scenario(
        "digits of a card",
        SEARCH_OBJECTS,
        (*_OF_FREE_TEXT, "BatchGetItem", *_OF_INDEX * 4),
        sending(**_for("4242")),
        outcome="none",
    ),
    _found(
        "digits of a card that is not published",
        (*_OF_FREE_TEXT, "BatchGetItem", *_OF_INDEX * 4),
        sending(**_for("4321")),
        outcome="none",
    ),
)

REFUSALS = (
    Refusal(SEARCH_OBJECTS, Code.PARAMETER_INVALID, sending(query={"q": ""}), "q"),
    Refusal(SEARCH_OBJECTS, Code.PARAMETER_MISSING, sending(), "q"),
)
