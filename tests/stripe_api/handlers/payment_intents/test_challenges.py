"""Intents whose cardholder must authenticate, or whose bank takes its time: what SDKs see of them, and what can follow.

The page of a challenge and simulated steps are those of the native API.
"""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import CONFIRM_PAYMENT_INTENT, LIST_CHARGES, UPDATE_PAYMENT_INTENT
from tests.support.clients.challenges import complete
from tests.support.clients.simulated_steps import simulate
from tests.support.clients.stripe_merchant import UNEXPECTED_STATE, VISA, StripeMerchant, done, wrong

INVALID = "invalid_request_error"
REQUIRED = "pm_card_authenticationRequired"
FAILURE = "payment_intent_authentication_failure"
SHOP = "https://shop.example/paid?order=7"

shop = StripeMerchant()


def challenged(**params: Any) -> dict[str, Any]:
    """Create and confirm an intent on a card that requires authentication."""
    intent = shop.paid(**{"payment_method": REQUIRED, "return_url": SHOP, **params})
    assert intent["status"] == "requires_action"
    return intent


def page_of(intent: dict[str, Any]) -> str:
    return intent["next_action"]["redirect_to_url"]["url"]


def charges(intent: dict[str, Any]) -> list[dict[str, Any]]:
    return done(shop.get(LIST_CHARGES, payment_intent=intent["id"]))["data"]


def test_a_card_that_requires_authentication_leads_to_a_page() -> None:
    intent = challenged()
    assert intent["next_action"]["type"] == "redirect_to_url"
    assert intent["next_action"]["redirect_to_url"]["return_url"] == SHOP
    assert (intent["latest_charge"], intent["last_payment_error"], charges(intent)) == (None, None, [])
    assert intent["payment_method"]
    assert shop.shown(intent["id"]) == intent
    page = StripeMerchant(kind="publishable").shown(intent["id"], client_secret=intent["client_secret"])
    assert page["next_action"] == intent["next_action"]


@pytest.mark.parametrize("method", ["automatic", "manual"])
def test_an_authenticated_cardholder_pays_and_the_charge_shows_how(method: str) -> None:
    intent = challenged(capture_method=method)
    answer = complete(page_of(intent))
    assert answer.headers["Location"].startswith(f"{SHOP}&payment_intent={intent['id']}")
    paid = shop.shown(intent["id"], expand=["latest_charge"])
    assert paid["status"] == ("succeeded" if method == "automatic" else "requires_capture")
    assert (paid["next_action"], paid["payment_method"]) == (None, intent["payment_method"])
    card = paid["latest_charge"]["payment_method_details"]["card"]
    shown = {name: card["three_d_secure"][name] for name in ("result", "authentication_flow", "version")}
    assert shown == {"result": "authenticated", "authentication_flow": "challenge", "version": "2.2.0"}
    assert card["electronic_commerce_indicator"] == "05"


def test_a_failed_authentication_charges_nothing_and_another_card_can_pay() -> None:
    intent = challenged()
    complete(page_of(intent), "failed")
    failed = shop.shown(intent["id"])
    assert (failed["status"], failed["payment_method"]) == ("requires_payment_method", None)
    assert (failed["last_payment_error"]["code"], failed["last_payment_error"]["type"]) == (FAILURE, INVALID)
    assert failed["last_payment_error"]["payment_method"]["id"] == intent["payment_method"]
    assert charges(intent) == []
    paid = done(shop.confirm(intent["id"], payment_method=VISA, return_url=SHOP))
    assert (paid["status"], paid["last_payment_error"], len(charges(intent))) == ("succeeded", None, 1)


@pytest.mark.parametrize("result", ["succeeded", "failed"])
def test_a_replay_of_the_confirmation_stays_the_first_answer(result: str) -> None:
    intent = shop.opened(payment_method=REQUIRED)
    first = shop.confirm(intent["id"], key="k", return_url=SHOP)
    complete(page_of(first.json), result)
    again = shop.confirm(intent["id"], key="k", return_url=SHOP)
    assert (again.status, again.text, again.replayed) == (200, first.text, True)


@pytest.mark.parametrize(
    "name, result, status, code",
    [
        ("authenticationRequiredOnSetup", "succeeded", "succeeded", None),
        ("authenticationRequired", "succeeded", "succeeded", None),
        ("authenticationRequiredSetupForOffSession", "succeeded", "succeeded", None),
        ("threeDSecure2Required", "succeeded", "succeeded", None),
        ("threeDSecureRequired", "succeeded", "succeeded", None),
        ("threeDSecure2Required", "A", "succeeded", None),
        ("threeDSecure2Required", "R", "requires_payment_method", FAILURE),
        ("threeDSecure2Required", "D", "requires_action", None),
        (
            "authenticationRequiredChargeDeclinedInsufficientFunds",
            "succeeded",
            "requires_payment_method",
            "card_declined",
        ),
        ("threeDSecureRequiredChargeDeclined", "succeeded", "requires_payment_method", "card_declined"),
    ],
)
def test_results_of_a_challenge_on_stripes_test_cards(name: str, result: str, status: str, code: str | None) -> None:
    intent = challenged(payment_method=f"pm_card_{name}")
    complete(page_of(intent), result)
    after = shop.shown(intent["id"])
    assert (after["status"], (after["last_payment_error"] or {}).get("code")) == (status, code)


def test_a_lookup_that_fails_is_a_decline() -> None:
    reply = shop.create(payment_method="pm_card_threeDSecureRequiredProcessingError", confirm=True)
    assert wrong(reply)[:3] == (402, "card_error", "processing_error")


@pytest.mark.parametrize(
    "name, request_it, status",
    [
        ("threeDSecureOptional", "automatic", "succeeded"),
        ("threeDSecureOptional", "any", "requires_action"),
        ("threeDSecureOptional", "challenge", "requires_action"),
        ("visa", "any", "succeeded"),
        ("amex_threeDSecureNotSupported", "any", "succeeded"),
        ("threeDSecureOptionalProcessingError", "automatic", "succeeded"),
        ("threeDSecureOptionalProcessingError", "any", "processing_error"),
    ],
)
def test_authentication_where_the_intent_asks_for_it(name: str, request_it: str, status: str) -> None:
    options = {"card": {"request_three_d_secure": request_it}}
    reply = shop.create(payment_method=f"pm_card_{name}", payment_method_options=options, confirm=True)
    assert reply.json.get("status") == status or reply.error["code"] == status
    if reply.status == 200:
        assert reply.json["payment_method_options"]["card"]["request_three_d_secure"] == request_it


def test_without_a_challenge_the_charge_shows_it_too() -> None:
    typed = {"number": "4000000032200000", "exp_month": 12, "exp_year": 2040}
    paid = shop.paid(payment_method_data={"type": "card", "card": typed}, payment_method="", expand=["latest_charge"])
    authentication = paid["latest_charge"]["payment_method_details"]["card"]["three_d_secure"]
    assert (authentication["result"], authentication["authentication_flow"]) == ("authenticated", "frictionless")


@pytest.mark.parametrize(
    "name, params, decline_code",
    [
        ("authenticationRequired", {"off_session": True}, "authentication_required"),
        ("authenticationRequired", {"off_session": "recurring"}, "authentication_required"),
        ("authenticationRequiredOnSetup", {"error_on_requires_action": True}, "authentication_not_handled"),
        ("authenticationRequiredSetupForOffSession", {"off_session": True}, None),
        ("authenticationRequiredSetupForOffSession", {"error_on_requires_action": True}, "authentication_not_handled"),
        ("authenticationRequiredChargeDeclinedInsufficientFunds", {"off_session": True}, "insufficient_funds"),
        ("visa", {"off_session": True, "error_on_requires_action": True}, None),
    ],
)
def test_cards_that_do_not_support_authentication(name: str, params: dict[str, Any], decline_code: str | None) -> None:
    reply = shop.create(payment_method=f"pm_card_{name}", confirm=True, **params)
    assert reply.error.get("decline_code") == decline_code
    if decline_code is None:
        assert done(reply)["status"] == "succeeded"
    elif decline_code.startswith("authentication"):
        assert wrong(reply)[:3] == (402, "card_error", "authentication_required")
        assert reply.error["payment_intent"]["status"] == "requires_payment_method"


def test_a_bank_that_asks_for_authentication_gets_a_second_attempt() -> None:
    intent = challenged(payment_method=VISA, metadata={"sandbox_outcome": "iso:1A"})
    (declined,) = charges(intent)
    assert (declined["status"], declined["failure_code"]) == ("failed", "authentication_required")
    assert declined["payment_method"] == intent["payment_method"]
    complete(page_of(intent))
    assert shop.shown(intent["id"])["status"] == "succeeded"
    assert [charge["status"] for charge in charges(intent)] == ["succeeded", "failed"]


@pytest.mark.parametrize("outcome", ["action:3ds", "pending:60:approve"])
def test_an_intent_that_waits_can_be_canceled(outcome: str) -> None:
    intent = shop.paid(metadata={"sandbox_outcome": outcome})
    canceled = done(shop.cancel(intent["id"], cancellation_reason="abandoned"))
    assert (canceled["status"], canceled["next_action"], canceled["processing"]) == ("canceled", None, None)
    if intent["next_action"]:
        assert complete(page_of(intent)).status == 409
    assert simulate(intent["id"], "approve").status == 409
    assert shop.shown(intent["id"]) == canceled


@pytest.mark.parametrize("outcome, status", [("action:3ds", "requires_action"), ("pending:60:approve", "processing")])
def test_an_intent_that_waits_can_be_neither_captured_nor_refunded(outcome: str, status: str) -> None:
    intent = shop.paid(metadata={"sandbox_outcome": outcome}, capture_method="manual")
    for reply in (shop.capture(intent["id"], key="c"), shop.refund(intent["id"], key="r")):
        assert wrong(reply)[:3] == (400, INVALID, UNEXPECTED_STATE)
        assert reply.error["payment_intent"] == intent
    assert f"because it has a status of {status}." in shop.capture(intent["id"]).error["message"]


def test_a_reversed_hold_cannot_be_captured() -> None:
    intent = shop.held()
    assert simulate(intent["id"], "reverse").status == 200
    reply = shop.capture(intent["id"])
    assert (wrong(reply)[:3], reply.error["payment_intent"]["status"]) == ((400, INVALID, UNEXPECTED_STATE), "canceled")


def awaiting_confirmation(**params: Any) -> dict[str, Any]:
    """Create an intent that is confirmed manually, whose cardholder was authenticated."""
    intent = challenged(confirmation_method="manual", **params)
    assert complete(page_of(intent)).headers["Location"].endswith("&redirect_status=succeeded")
    waiting = shop.shown(intent["id"])
    assert (waiting["status"], waiting["next_action"]) == ("requires_confirmation", None)
    assert (waiting["payment_method"], waiting["amount_received"]) == (intent["payment_method"], 0)
    return waiting


@pytest.mark.parametrize(
    "capture, params, confirmed_with, status",
    [
        ("automatic", {}, {}, "succeeded"),
        ("manual", {}, {}, "requires_capture"),
        ("manual", {}, {"payment_method": REQUIRED}, "requires_capture"),
        ("automatic", {}, {"off_session": True}, "succeeded"),
        ("automatic", {"metadata": {"sandbox_outcome": "action:3ds"}}, {}, "succeeded"),
        ("automatic", {"payment_method": VISA, "metadata": {"sandbox_outcome": "iso:1A"}}, {}, "succeeded"),
    ],
)
def test_the_server_confirms_a_manual_intent_again(
    capture: str, params: dict[str, Any], confirmed_with: dict[str, Any], status: str
) -> None:
    before = awaiting_confirmation(capture_method=capture, **params)
    assert [charge["status"] for charge in charges(before)] in ([], ["failed"])
    assert before["last_payment_error"] is None
    paid = done(shop.confirm(before["id"], expand=["latest_charge"], **confirmed_with))
    assert (paid["status"], paid["payment_method"]) == (status, before["payment_method"])
    shown = paid["latest_charge"]["payment_method_details"]["card"]["three_d_secure"]
    assert (shown["result"], shown["authentication_flow"]) == ("authenticated", "challenge")
    assert [charge["status"] for charge in charges(before)].count("succeeded") == 1


def test_a_manual_intent_that_was_authenticated_can_be_declined() -> None:
    before = awaiting_confirmation(payment_method="pm_card_authenticationRequiredChargeDeclinedInsufficientFunds")
    declined = shop.confirm(before["id"])
    assert wrong(declined)[:3] == (402, "card_error", "card_declined")
    assert declined.error["payment_intent"]["status"] == "requires_payment_method"


@pytest.mark.parametrize(
    "change, confirmed_with, status",
    [
        ({"description": "Tea"}, {}, "succeeded"),
        ({"amount": 9_00}, {}, "requires_action"),
        ({"payment_method": "pm_card_threeDSecure2Required"}, {}, "requires_action"),
        ({}, {"payment_method": "pm_card_threeDSecure2Required"}, "requires_action"),
        ({}, {"payment_method": VISA}, "succeeded"),
    ],
)
def test_another_amount_or_card_is_authenticated_again(
    change: dict[str, Any], confirmed_with: dict[str, Any], status: str
) -> None:
    before = awaiting_confirmation()
    if change:
        assert done(shop.post(UPDATE_PAYMENT_INTENT, before["id"], **change))["status"] == "requires_confirmation"
    assert done(shop.confirm(before["id"], **confirmed_with))["status"] == status


def test_only_the_server_confirms_a_manual_intent_and_can_cancel_it() -> None:
    before = awaiting_confirmation()
    page = StripeMerchant(kind="publishable")
    refused = page.confirm(before["id"], client_secret=before["client_secret"])
    assert wrong(refused)[:2] == (400, INVALID)
    assert shop.shown(before["id"]) == before
    assert done(shop.cancel(before["id"]))["status"] == "canceled"
    assert wrong(shop.confirm(before["id"]))[:3] == (400, INVALID, UNEXPECTED_STATE)


def test_a_replay_of_a_manual_intents_confirmations_stays_each_answer() -> None:
    intent = shop.opened(payment_method=REQUIRED, confirmation_method="manual")
    first = shop.confirm(intent["id"], key="k1")
    complete(page_of(first.json))
    second = shop.confirm(intent["id"], key="k2")
    assert (first.json["status"], second.json["status"]) == ("requires_action", "succeeded")
    for key, answer in (("k1", first), ("k2", second)):
        again = shop.confirm(intent["id"], key=key)
        assert (again.status, again.text, again.replayed) == (200, answer.text, True)


def test_another_confirmation_ends_the_challenge() -> None:
    intent = challenged()
    paid = done(shop.confirm(intent["id"], payment_method=VISA, return_url=SHOP))
    assert paid["status"] == "succeeded"
    assert complete(page_of(intent)).status == 409
    assert shop.shown(intent["id"]) == paid


def test_another_challenge_ends_the_first() -> None:
    intent = challenged()
    second = done(shop.confirm(intent["id"], payment_method=REQUIRED, return_url=SHOP))
    assert (second["status"], page_of(second) == page_of(intent)) == ("requires_action", False)
    assert complete(page_of(intent)).status == 409
    assert complete(page_of(second)).status == 303
    assert shop.shown(intent["id"])["status"] == "succeeded"


def test_another_amount_ends_the_challenge_and_a_note_does_not() -> None:
    intent = challenged()
    noted = done(shop.post(UPDATE_PAYMENT_INTENT, intent["id"], metadata={"order": "7"}))
    assert (noted["status"], noted["next_action"]) == ("requires_action", intent["next_action"])
    changed = done(shop.post(UPDATE_PAYMENT_INTENT, intent["id"], amount=9_00))
    assert (changed["status"], changed["next_action"]) == ("requires_confirmation", None)
    assert complete(page_of(intent)).status == 409


def test_updates_during_a_challenge_are_kept() -> None:
    intent = challenged()
    done(shop.post(UPDATE_PAYMENT_INTENT, intent["id"], metadata={"order": "7"}, description="Tea"))
    complete(page_of(intent), "failed")
    failed = shop.shown(intent["id"])
    assert (failed["metadata"], failed["description"]) == ({"order": "7"}, "Tea")


def test_terms_of_the_confirmation_are_shown_at_once() -> None:
    intent = shop.opened(payment_method=REQUIRED)
    waiting = done(shop.confirm(intent["id"], return_url=SHOP, receipt_email="ada@example.com"))
    assert (waiting["status"], waiting["receipt_email"]) == ("requires_action", "ada@example.com")
    complete(page_of(waiting))
    assert shop.shown(intent["id"])["receipt_email"] == "ada@example.com"


@pytest.mark.parametrize(
    "step, status, code",
    [
        (("approve", {}), "succeeded", None),
        (("decline", {"code": "lost_card"}), "requires_payment_method", "card_declined"),
    ],
)
def test_an_intent_with_a_slow_bank(step: tuple[str, dict[str, str]], status: str, code: str | None) -> None:
    intent = shop.paid(metadata={"sandbox_outcome": "pending:3600:approve"})
    assert (intent["status"], intent["processing"]) == ("processing", {"type": "card"})
    assert (intent["latest_charge"], intent["amount_received"]) == (None, 0)
    refused = shop.confirm(intent["id"], payment_method=VISA)
    assert wrong(refused)[:3] == (400, INVALID, UNEXPECTED_STATE)
    assert refused.error["payment_intent"] == intent
    assert wrong(shop.post(UPDATE_PAYMENT_INTENT, intent["id"], amount=9_00))[2] == UNEXPECTED_STATE
    assert simulate(intent["id"], step[0], **step[1]).status == 200
    after = shop.shown(intent["id"])
    assert (after["status"], (after["last_payment_error"] or {}).get("code")) == (status, code)
    assert after["processing"] is None


def test_a_header_asks_for_a_challenge() -> None:
    intent = shop.opened()
    headers = {"X-Sandbox-Outcome": "action:3ds:decline:lost_card"}
    waiting = done(shop.ask(CONFIRM_PAYMENT_INTENT, intent["id"], {}, headers=headers))
    complete(page_of(waiting))
    assert shop.shown(intent["id"])["last_payment_error"]["decline_code"] == "lost_card"


def test_a_decline_is_approved_late() -> None:
    reply = shop.create(payment_method=VISA, confirm=True, metadata={"sandbox_outcome": "late:3600"})
    assert wrong(reply)[:3] == (402, "card_error", "card_declined")
    intent = reply.error["payment_intent"]
    assert simulate(intent["id"], "approve").status == 200
    paid = shop.shown(intent["id"])
    assert (paid["status"], paid["amount_received"], paid["last_payment_error"]) == ("succeeded", 10_00, None)
    assert paid["payment_method"]


@pytest.mark.parametrize(
    "return_url, shown",
    [(None, None), ("shop-app://paid", None), ("HTTPS://shop.example/", "HTTPS://shop.example/")],
)
def test_return_url_of_the_page(return_url: str | None, shown: str | None) -> None:
    given = {"return_url": return_url} if return_url else {}
    intent = shop.paid(payment_method=REQUIRED, **given)
    assert intent["next_action"]["redirect_to_url"]["return_url"] == shown


@pytest.mark.parametrize(
    "return_url", ["shop.example/paid", "https://user:secret@shop.example/", "javascript:alert(1)"]
)
def test_an_invalid_return_url_is_refused(return_url: str) -> None:
    reply = shop.create(payment_method=VISA, confirm=True, return_url=return_url)
    assert wrong(reply) == (400, INVALID, "url_invalid", "return_url")
    opened = done(shop.create(payment_method=VISA))["id"]
    assert wrong(shop.confirm(opened, return_url=return_url)) == (400, INVALID, "url_invalid", "return_url")
