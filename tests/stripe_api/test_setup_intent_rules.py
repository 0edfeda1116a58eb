"""The life of a setup intent: its statuses, its events, and what is refused in each."""

from typing import Any, Final

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.resource_kit.stored_object import Attributes, Cause, StoredObject, changed, new_object
from paysandbox.stripe_api.setup_intents.rules import (
    Challenge,
    SetupAttempt,
    attempted,
    authenticated,
    canceled,
    check_can_be_confirmed,
    check_method_can_change,
    events_of,
    status_of,
    with_method,
)
from tests.support.builders.build import MONDAY

BY: Final = Cause(operation_id="op", request_id="r", at=MONDAY)
ERROR: Final[dict[str, Any]] = {"type": "card_error", "code": "card_declined"}
PAGE: Final = Challenge(url="https://pages/1", return_url=None, payment_method={"id": "pm_1"})


def attempt(number: int = 1, error: Any = None, challenge: Challenge | None = None) -> SetupAttempt:
    shown = {"id": "pm_1"}
    at = MONDAY
    return SetupAttempt(
        id=f"setatt_{number}", payment_method="pm_1", at=at, shown=shown, error=error, challenge=challenge
    )


EMPTY: Final[Attributes] = {}
NAMED: Final = with_method(EMPTY, "pm_1")
SAVED: Final = attempted(NAMED, attempt())
DECLINED: Final = attempted(NAMED, attempt(error=ERROR))
WAITING: Final = attempted(NAMED, attempt(challenge=PAGE))
WAITING_TO_DECLINE: Final = attempted(NAMED, attempt(error=ERROR, challenge=PAGE))
CANCELED: Final = canceled(NAMED, "abandoned")


@pytest.mark.parametrize(
    "before, after, status, events",
    [
        (None, EMPTY, "requires_payment_method", ["created"]),
        (None, NAMED, "requires_confirmation", ["created"]),
        (None, SAVED, "succeeded", ["created", "succeeded"]),
        (None, DECLINED, "requires_payment_method", ["created", "setup_failed"]),
        (None, WAITING, "requires_action", ["created", "requires_action"]),
        (EMPTY, NAMED, "requires_confirmation", []),
        (NAMED, SAVED, "succeeded", ["succeeded"]),
        (NAMED, DECLINED, "requires_payment_method", ["setup_failed"]),
        (DECLINED, {**DECLINED, "description": "Card"}, "requires_payment_method", []),
        (DECLINED, attempted(DECLINED, attempt(2, ERROR)), "requires_payment_method", ["setup_failed"]),
        (DECLINED, with_method(DECLINED, "pm_2"), "requires_confirmation", []),
        (DECLINED, attempted(DECLINED, attempt(2)), "succeeded", ["succeeded"]),
        (WAITING, attempted(WAITING, attempt(2, challenge=PAGE)), "requires_action", ["requires_action"]),
        (WAITING, authenticated(WAITING, "Y", None), "succeeded", ["succeeded"]),
        (WAITING, authenticated(WAITING, "N", ERROR), "requires_payment_method", ["setup_failed"]),
        (WAITING_TO_DECLINE, authenticated(WAITING_TO_DECLINE, "Y", None), "requires_payment_method",
         ["setup_failed"]),
        (WAITING, canceled(WAITING, None), "canceled", ["canceled"]),
        (DECLINED, canceled(DECLINED, None), "canceled", ["canceled"]),
        (SAVED, {**SAVED, "metadata": {"a": "b"}}, "succeeded", []),
    ],
)  # fmt: skip
def test_each_step_has_a_status_and_its_events(
    before: Attributes | None, after: Attributes, status: str, events: list[str]
) -> None:
    first = new_object("demo", "setup_intent", "seti_1", after if before is None else before, BY)
    write: tuple[StoredObject | None, StoredObject] = (None, first)
    if before is not None:
        write = (first, changed(first, after, BY))
    assert (status_of(after), list(events_of(*write))) == (status, events)
    assert ("next_action" in after) is (status == "requires_action")


@pytest.mark.parametrize(
    "attributes, has_method, reason",
    [
        (EMPTY, False, "it's missing a payment method."),
        (CANCELED, False, "it's missing a payment method."),
        (SAVED, True, "it has already succeeded."),
        (CANCELED, True, "it has been canceled."),
    ],
)
def test_what_cannot_be_confirmed(attributes: Attributes, has_method: bool, reason: str) -> None:
    with pytest.raises(Refused, match=reason) as refused:
        check_can_be_confirmed(attributes, has_method=has_method)
    assert refused.value.code is Code.INTENT_STATE_UNEXPECTED


@pytest.mark.parametrize("attributes", [EMPTY, NAMED, DECLINED, WAITING])
def test_what_is_open_can_be_changed_confirmed_and_canceled(attributes: Attributes) -> None:
    check_method_can_change(attributes)
    check_can_be_confirmed(attributes, has_method=True)
    assert status_of(canceled(attributes, None)) == "canceled"


@pytest.mark.parametrize("attributes", [SAVED, CANCELED])
def test_what_has_ended_stays_as_it_is(attributes: Attributes) -> None:
    for act in (check_method_can_change, lambda ended: canceled(ended, None)):
        with pytest.raises(Refused) as refused:
            act(attributes)
        assert refused.value.code is Code.INTENT_STATE_UNEXPECTED
