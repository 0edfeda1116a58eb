"""The life of a setup intent: its statuses, its events, and what is refused in each."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any, Final

import pytest

from paysandbox.core.errors import Code, Refused
from paysandbox.stripe_api.objects.stored_object import (
    Attributes,
    Cause,
    StoredObject,
    as_of,
    change_of,
    changed,
    new_object,
)
from paysandbox.stripe_api.setup_intents.rules import (
    ATTEMPTS,
    ATTEMPTS_MAX,
    CHALLENGE,
    CHECKOUT_SESSION,
    Challenge,
    SetupAttempt,
    attempted,
    authenticated,
    canceled,
    changed_by_attempt,
    check_can_be_confirmed,
    check_is_not_of_checkout,
    check_method_can_change,
    events_of,
    is_waiting_for,
    lapsed,
    result_of_challenge,
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
    check_is_not_of_checkout(attributes)
    assert status_of(canceled(attributes, None)) == "canceled"


@pytest.mark.parametrize("attributes", [SAVED, CANCELED])
def test_what_has_ended_stays_as_it_is(attributes: Attributes) -> None:
    for act in (check_method_can_change, lambda ended: canceled(ended, None)):
        with pytest.raises(Refused) as refused:
            act(attributes)
        assert refused.value.code is Code.INTENT_STATE_UNEXPECTED


HOUR: Final = timedelta(hours=1)
AT: Final = "2026-11-16T09:30:00.000000Z"
FIRST: Final = {"id": "setatt_1", "at": AT, "payment_method": {"id": "pm_1"}}


def test_the_whole_of_a_setup_intent_after_each_step() -> None:
    page = {"return_url": "https://shop/1", "url": "https://pages/1"}
    challenge = Challenge(**page, payment_method={"id": "pm_1"})
    named: Attributes = {"customer": "cus_1", "usage": "on_session"}
    waiting = attempted(with_method(named, "pm_1"), attempt(error=ERROR, challenge=challenge))
    first = {**FIRST, "challenged": True, "customer": "cus_1", "usage": "on_session"}
    assert waiting == {
        **named,
        "payment_method": "pm_1",
        "latest_attempt": "setatt_1",
        "status": "requires_action",
        "next_action": {"redirect_to_url": page, "type": "redirect_to_url"},
        CHALLENGE: {**page, "attempt": "setatt_1", "error": ERROR, "payment_method": {"id": "pm_1"}},
        ATTEMPTS: [first],
    }
    assert authenticated(waiting, "Y", None) == {
        **named,
        "latest_attempt": "setatt_1",
        "status": "requires_payment_method",
        "last_setup_error": ERROR,
        CHALLENGE: waiting[CHALLENGE] | {"result": "Y"},
        ATTEMPTS: [{**first, "result": "Y", "error": ERROR}],
    }
    assert with_method(EMPTY, "pm_2") == {"payment_method": "pm_2", "status": "requires_confirmation"}
    assert attempted(NAMED, attempt(error=ERROR)) == {
        "latest_attempt": "setatt_1",
        "status": "requires_payment_method",
        "last_setup_error": ERROR,
        ATTEMPTS: [{**FIRST, "error": ERROR}],
    }
    assert attempted(NAMED, attempt()) == {
        "payment_method": "pm_1",
        "latest_attempt": "setatt_1",
        "status": "succeeded",
        ATTEMPTS: [FIRST],
    }
    assert attempted(DECLINED, attempt(2)) == {
        "payment_method": "pm_1",
        "latest_attempt": "setatt_2",
        "status": "succeeded",
        ATTEMPTS: [{**FIRST, "id": "setatt_2"}, {**FIRST, "error": ERROR}],
    }
    assert with_method({**WAITING, "last_setup_error": ERROR}, "pm_2").keys() == WAITING.keys() - {"next_action"}
    assert canceled(WAITING, "abandoned") == {
        **{name: value for name, value in WAITING.items() if name != "next_action"},
        "status": "canceled",
        "cancellation_reason": "abandoned",
    }


def test_the_latest_attempts_are_stored_outside_of_the_history() -> None:
    frictionless = SetupAttempt(
        id="setatt_9", payment_method="pm_1", at=MONDAY, shown={"id": "pm_1"}, error={**ERROR, "payment_method": {}},
        frictionless=True,
    )  # fmt: skip
    after = attempted({**DECLINED, ATTEMPTS: [FIRST] * ATTEMPTS_MAX}, frictionless)
    assert after[ATTEMPTS] == [
        {**FIRST, "id": "setatt_9", "error": ERROR, "frictionless": True},
        *[FIRST] * (ATTEMPTS_MAX - 1),
    ]
    stored = new_object("demo", "setup_intent", "seti_1", DECLINED, BY)
    written = changed_by_attempt(stored, after, BY)
    assert (written.attributes, written.version) == (after, 2)
    assert ATTEMPTS not in written.changes[-1].before
    assert changed_by_attempt(stored, EMPTY, BY).attributes == EMPTY


@pytest.mark.parametrize("attributes", [EMPTY, NAMED, SAVED, DECLINED, CANCELED])
def test_what_waits_for_no_challenge(attributes: Attributes) -> None:
    assert not is_waiting_for(attributes, "setatt_1")
    assert result_of_challenge(attributes, "setatt_1") is None
    stored = new_object("demo", "setup_intent", "seti_1", attributes, BY)
    assert lapsed(stored, MONDAY + 2 * HOUR, ERROR) is stored


def test_the_challenge_of_another_attempt() -> None:
    assert is_waiting_for(WAITING, "setatt_1")
    assert not is_waiting_for(WAITING, "setatt_2")
    ended = authenticated(WAITING, "Y", None)
    assert (result_of_challenge(ended, "setatt_1"), result_of_challenge(ended, "setatt_2")) == ("Y", None)
    assert "next_action" not in ended
    before_attempts = {name: value for name, value in WAITING.items() if name != ATTEMPTS}
    assert ATTEMPTS not in authenticated(before_attempts, "Y", None)
    two = authenticated({**WAITING, ATTEMPTS: [*WAITING[ATTEMPTS], {**FIRST, "id": "setatt_0"}]}, "Y", None)
    assert two[ATTEMPTS] == [{**FIRST, "challenged": True, "result": "Y"}, {**FIRST, "id": "setatt_0"}]


def test_a_challenge_lapses_after_an_hour_as_a_change_of_its_own() -> None:
    opened = new_object("demo", "setup_intent", "seti_1", NAMED, BY)
    confirmed = Cause(operation_id="confirm", request_id="r2", at=MONDAY)
    waiting = changed_by_attempt(opened, WAITING, confirmed)
    assert lapsed(waiting, MONDAY + HOUR - timedelta(microseconds=1), ERROR) is waiting
    after = lapsed(waiting, MONDAY + HOUR, ERROR)
    failure = {**ERROR, "payment_method": {"id": "pm_1"}}
    assert after.attributes == authenticated(WAITING, "abandoned", failure)
    assert (after.version, after.updated_at) == (waiting.version, MONDAY + HOUR)
    by = after.changed_by
    assert (by.operation_id, by.request_id, by.at) == ("setatt_1:abandoned", "r2", MONDAY + HOUR)
    done = change_of(after, "confirm")
    assert done is not None
    assert as_of(after, done).attributes["status"] == "requires_action"
    assert lapsed(after, MONDAY + 2 * HOUR, ERROR) is after


@pytest.mark.parametrize(
    "refused, says",
    [
        (lambda: check_method_can_change(SAVED),
         "You cannot update this SetupIntent because it has already succeeded."),
        (lambda: check_method_can_change(CANCELED),
         "You cannot update this SetupIntent because it has been canceled."),
        (lambda: check_can_be_confirmed(EMPTY, has_method=False),
         ("You cannot confirm this SetupIntent because it's missing a payment method. You can either update the "
          "SetupIntent with a payment method and then confirm it again, or confirm it again directly with a payment "
          "method or ConfirmationToken.")),
        (lambda: check_can_be_confirmed(SAVED, has_method=True),
         "You cannot confirm this SetupIntent because it has already succeeded."),
        (lambda: check_can_be_confirmed(CANCELED, has_method=True),
         "You cannot confirm this SetupIntent because it has been canceled."),
        (lambda: check_is_not_of_checkout({**NAMED, CHECKOUT_SESSION: "cs_1"}),
         "You cannot perform this action on SetupIntents created by Checkout."),
        (lambda: canceled(CANCELED, None), "You cannot cancel this SetupIntent because it is already canceled."),
        (lambda: canceled(SAVED, None),
         ("You cannot cancel this SetupIntent because it has a status of succeeded. Only a SetupIntent with one of "
          "the following statuses may be canceled: `requires_payment_method`, `requires_confirmation`, or "
          "`requires_action`.")),
    ],
)  # fmt: skip
def test_refusals_are_in_stripes_words(refused: Callable[[], object], says: str) -> None:
    with pytest.raises(Refused) as raised:
        refused()
    assert raised.value.detail == says
