"""The requests to each route, and the calls that each one makes, as in `tests/support/builders/scenario.py`."""

from paysandbox.core.errors import Code
from paysandbox.fault_rules.routes import CREATE_FAULT, DELETE_FAULT, LIST_FAULTS, LIST_FIRINGS
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT, api_key
from tests.support.builders.scenario import KEY, Parts, Refusal, Scenario, sending
from tests.support.clients.call import Merchant, send
from tests.support.worlds.handlers import Clock

RULE = {"fault": "commit_then_reset", "seed": 7, "match": {"route": "capture_payment"}}


def created(merchant: str = MERCHANT) -> str:
    """Return the ID of a new rule."""
    return send(CREATE_FAULT, body=RULE, key=None, api_key=api_key(merchant)).json["fault_id"]


def _one(*_: Merchant | Clock) -> Parts:
    return {"path": {"fault_id": created()}}


def _of_another(*_: Merchant | Clock) -> Parts:
    return {"path": {"fault_id": created(OTHER_MERCHANT)}}


SCENARIOS = (
    Scenario(
        "a rule",
        CREATE_FAULT,
        ("Query", "PutItem", "UpdateItem"),
        sending(body=RULE, key=KEY),
        outcome="created",
    ),
    Scenario("none", LIST_FAULTS, ("Query",), sending()),
    Scenario("a rule", DELETE_FAULT, ("UpdateItem",), _one, outcome="deleted"),
    Scenario("none", LIST_FIRINGS, ("Query",), sending()),
)

REFUSALS = (
    Refusal(CREATE_FAULT, Code.FAULT_UNKNOWN, sending(body={"fault": "comit_then_reset"}), "fault"),
    Refusal(
        CREATE_FAULT,
        Code.PARAMETER_INVALID,
        sending(body={"fault": "slow", "match": {"route": "capture"}}),
        "match.route",
    ),
    Refusal(
        CREATE_FAULT,
        Code.PARAMETER_INVALID,
        sending(body={"fault": "commit_then_reset", "match": {"route": "get_payment"}}),
        "match.route",
    ),
    Refusal(
        CREATE_FAULT,
        Code.PARAMETER_INVALID,
        sending(body={"fault": "slow", "match": {"outcome": "declined"}}),
        "match.outcome",
    ),
    Refusal(
        CREATE_FAULT,
        Code.PARAMETER_INVALID,
        sending(body={"fault": "slow", "match": {"event_type": "payment_captured"}}),
        "match.event_type",
    ),
    Refusal(
        CREATE_FAULT,
        Code.PARAMETER_INVALID,
        sending(body={"fault": "webhook_drop", "match": {"route": "capture_payment"}}),
        "match.route",
    ),
    Refusal(CREATE_FAULT, Code.PARAMETER_INVALID, sending(body={"fault": "slow", "count": 0}), "count"),
    Refusal(CREATE_FAULT, Code.PARAMETER_INVALID, sending(body={"fault": "slow", "percent": 0}), "percent"),
    Refusal(CREATE_FAULT, Code.PARAMETER_INVALID, sending(body={"fault": "slow", "ttl_s": 86_401}), "ttl_s"),
    Refusal(
        CREATE_FAULT,
        Code.PARAMETER_INVALID,
        sending(body={"fault": "slow", "match": {"card_last4": "42"}}),
        "match.card_last4",
    ),
    Refusal(DELETE_FAULT, Code.RESOURCE_NOT_FOUND, sending(path={"fault_id": "flt_none"}), "fault_id"),
    Refusal(DELETE_FAULT, Code.RESOURCE_NOT_FOUND, _of_another, "fault_id"),
)
