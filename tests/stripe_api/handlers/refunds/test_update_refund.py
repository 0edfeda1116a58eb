"""POST /v1/refunds/{refund}: update the metadata of a refund."""

from typing import Any

import pytest

from paysandbox.payments.rules.refund import MAX_REFUND_METADATA_BYTES
from paysandbox.stripe_api.payment_intents.intent_rules import MAX_NOTES
from paysandbox.stripe_api.routes import GET_REFUND, LIST_REFUNDS, UPDATE_REFUND
from tests.stripe_api.handlers.pages import listed
from tests.support.builders.build import OTHER_MERCHANT, PAYMENT_ID
from tests.support.clients.call import Merchant
from tests.support.clients.stripe_call import BEFORE_BASIL, StripeReply
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

INVALID = "invalid_request_error"
EARLIER = StripeMerchant(version=BEFORE_BASIL)
NOWHERE = [f"re_{PAYMENT_ID[5:]}{'q' * 10}", f"re_{PAYMENT_ID[5:]}{'q' * 10}v", "re_x", PAYMENT_ID]


def update(refund: str, *, key: str | None = None, **params: Any) -> StripeReply:
    return StripeMerchant().post(UPDATE_REFUND, refund, key=key, **params)


def refunded(**params: Any) -> dict[str, Any]:
    return done(StripeMerchant().refund(StripeMerchant().paid()["id"], amount=3_00, **params))


def released() -> dict[str, Any]:
    intent = StripeMerchant().held()["id"]
    done(StripeMerchant().capture(intent, amount_to_capture=4_00))
    (refund,) = listed(LIST_REFUNDS, shop=EARLIER, payment_intent=intent)
    return refund


@pytest.mark.parametrize(
    "params, metadata",
    [
        ({"metadata": {"b": "2"}}, {"a": "1", "b": "2"}),
        ({"metadata": {"a": "", "b": "2"}}, {"b": "2"}),
        ({"metadata": {"a": ""}}, {}),
        ({"metadata": ""}, {}),
        ({}, {"a": "1"}),
    ],
)
def test_metadata_changes_and_the_rest_stays(params: dict[str, Any], metadata: dict[str, str]) -> None:
    refund = refunded(metadata={"a": "1"})
    changed = done(update(refund["id"], **params))
    assert changed == refund | {"metadata": metadata}
    assert done(StripeMerchant().get(GET_REFUND, refund["id"])) == changed
    assert listed(LIST_REFUNDS, payment_intent=refund["payment_intent"]) == [changed]


def test_releases_before_basil_and_native_refunds_can_be_updated_too(demo: Merchant) -> None:
    native = demo.refunded(demo.captured(10_00), 4_00).replace("ref_", "re_")
    for refund in (released()["id"], native):
        for metadata, shown in (({"a": "1"}, {"a": "1"}), ({"b": "2"}, {"a": "1", "b": "2"})):
            assert done(EARLIER.post(UPDATE_REFUND, refund, metadata=metadata))["metadata"] == shown
    assert wrong(update(released()["id"], metadata={"a": "1"})) == missing("id")


def test_only_that_refund_changes() -> None:
    intent = StripeMerchant().paid()
    first, second = (done(StripeMerchant().refund(intent["id"], amount=1_00)) for _ in range(2))
    before = StripeMerchant().shown(intent["id"], expand=["latest_charge"])
    shown = done(update(second["id"], metadata={"a": "1"}, expand=["charge.refunds"]))
    assert [one["metadata"] for one in shown["charge"]["refunds"]["data"]] == [{"a": "1"}, {}]
    assert done(StripeMerchant().get(GET_REFUND, first["id"])) == first
    assert StripeMerchant().shown(intent["id"], expand=["latest_charge"]) == before


@pytest.mark.parametrize(
    "params, expected",
    [
        ({"amount": 1_00}, (400, INVALID, "parameter_unknown", "amount")),
        ({"reason": "duplicate"}, (400, INVALID, "parameter_unknown", "reason")),
        ({"metadata": {f"k{n}": "v" for n in range(51)}}, (400, INVALID, None, "metadata")),
        ({"metadata": {"k": "v" * 400, "l": "v" * 400, "m": "v" * 300}}, (400, INVALID, None, "metadata")),
        ({"metadata": {"a": "4242424242424242"}}, (400, INVALID, None, "metadata[a]")),
        ({"expand": ["nonsense"]}, (400, INVALID, None, "expand")),
    ],
)
def test_a_refused_update_changes_nothing(params: dict[str, Any], expected: tuple[int, str, str | None, str]) -> None:
    assert MAX_REFUND_METADATA_BYTES < 1_100
    refund = refunded(metadata={"a": "1"})
    assert wrong(update(refund["id"], **params)) == expected
    assert done(StripeMerchant().get(GET_REFUND, refund["id"])) == refund


@pytest.mark.parametrize("name", NOWHERE)
def test_unknown_ids_are_not_found(name: str) -> None:
    assert wrong(update(name, metadata={"a": "1"})) == missing("id")


def test_another_merchants_is_not_there() -> None:
    shop = StripeMerchant(OTHER_MERCHANT)
    theirs = done(shop.refund(shop.paid()["id"]))["id"]
    assert wrong(update(theirs, metadata={"a": "1"})) == missing("id")
    assert done(shop.get(GET_REFUND, theirs))["metadata"] == {}


def test_a_repetition_gets_the_first_response() -> None:
    refund = refunded()["id"]
    first = update(refund, key="k", metadata={"a": "1"})
    update(refund, metadata={"a": "2"})
    again = update(refund, key="k", metadata={"a": "1"})
    assert (again.text, again.replayed, first.replayed) == (first.text, True, False)
    assert done(StripeMerchant().get(GET_REFUND, refund))["metadata"] == {"a": "2"}
    assert wrong(update(refund, key="k", metadata={"a": "3"}))[:2] == (400, "idempotency_error")


@pytest.mark.full
def test_the_number_of_repetitions_is_limited() -> None:
    refund = refunded()
    for number in range(MAX_NOTES):
        assert update(refund["id"], metadata={"a": str(number)}).status == 200
    first = update(refund["id"], key="k", metadata={"a": "x"})
    assert wrong(first)[:2] == (400, INVALID)
    assert update(refund["id"], key="k", metadata={"a": "x"}).text == first.text
    assert done(StripeMerchant().refund(refund["payment_intent"]))["amount"] == 7_00


@pytest.mark.full
def test_the_size_in_bytes_is_limited() -> None:
    refund = refunded()["id"]
    answers = [update(refund, metadata={"a": letter * 490, "b": "b" * 490}) for letter in "cdefghijklmnopqr"]
    assert {answer.status for answer in answers} == {200, 400}
    assert done(StripeMerchant().get(GET_REFUND, refund))["metadata"]["b"] == "b" * 490
