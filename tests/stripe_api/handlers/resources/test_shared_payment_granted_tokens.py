"""GET /v1/shared_payment/granted_tokens/{id}, and the events of shared payment tokens."""

import pytest

from paysandbox.stripe_api.objects.stored_object import Attributes, Cause, changed, new_object
from paysandbox.stripe_api.resources.granted_tokens import GRANTED_TOKENS
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import MONDAY, OTHER_MERCHANT
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done

LIMITS = {"currency": "usd", "max_amount": 10_00}
PART: Attributes = {"usage_limits": LIMITS, "captured": 4_00}
ALL: Attributes = {**PART, "captured": 10_00, "deactivated_at": 1, "deactivated_reason": "consumed"}
REVOKED: Attributes = {**PART, "deactivated_at": 1, "deactivated_reason": "revoked"}


def test_a_token_is_not_found_as_another_kind_and_by_other_merchants() -> None:
    token = done(StripeMerchant().post(RESOURCE["create_granted_token"], payment_method=VISA, usage_limits=LIMITS))
    assert done(StripeMerchant().get(RESOURCE["get_shared_payment_granted_token"], token["id"])) == token
    for reply in (
        StripeMerchant().get(RESOURCE["get_token"], token["id"]),
        StripeMerchant(OTHER_MERCHANT).get(RESOURCE["get_shared_payment_granted_token"], token["id"]),
    ):
        assert (reply.status, reply.error["code"]) == (404, "resource_missing")


@pytest.mark.parametrize("before, after, events", [
    ({"usage_limits": LIMITS}, PART, ("used",)),
    (PART, ALL, ("used", "deactivated")),
    (PART, REVOKED, ("deactivated",)),
    (ALL, ALL, ()),
])  # fmt: skip
def test_events(before: Attributes, after: Attributes, events: tuple[str, ...]) -> None:
    cause = Cause(operation_id="1", request_id="1", at=MONDAY)
    stored = new_object("demo", GRANTED_TOKENS.object, "spt_1", before, cause)
    assert GRANTED_TOKENS.events.of(None, stored) == ()
    assert GRANTED_TOKENS.events.of(stored, changed(stored, after, cause)) == events
