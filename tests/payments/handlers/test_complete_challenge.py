"""POST /authenticate/{challenge_id}/{token}: the cardholder's answer, by a browser and by curl."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.payments.attempts.authentication import request_challenge
from paysandbox.payments.attempts.challenge_url import challenge_url
from paysandbox.payments.bank.acquirer import AwaitsCardholder
from paysandbox.payments.bank.response import Response
from paysandbox.payments.client_secret import client_secret_of
from paysandbox.payments.ledger.store import get_payment, put_payment
from paysandbox.payments.payment import CONTRACT, state_of
from paysandbox.payments.routes import AUTHORIZE_PAYMENT, COMPLETE_CHALLENGE
from tests.support.builders import build, intents
from tests.support.builders.build import MONDAY, VALIDITY
from tests.support.clients.call import DOMAIN, Merchant, event, send_event
from tests.support.clients.challenges import (
    BROWSER,
    CHALLENGED,
    CHALLENGED_THEN_DECLINED,
    FORM,
    challenged,
    complete,
    place_of,
    url_of,
)
from tests.support.worlds.handlers import Clock

SHOP = "https://shop.example/orders/7?step=pay#top"


def test_authorize_answers_with_the_page(demo: Merchant) -> None:
    answer = challenged(demo, "key", return_url=SHOP, reference="order-7")
    challenge_id, token = place_of(url_of(answer)).values()

    assert answer == {
        "status": "requires_action",
        "auth_id": challenge_id,
        "transaction_id": challenge_id,
        "amount": 10_00,
        "currency": "USD",
        "capture_method": "manual",
        "card": answer["card"],
        "created_at": answer["created_at"],
        "reference": "order-7",
        "three_d_secure": {"result": "C", "version": "2.2.0", "liability_shifted": False},
        "next_action": {
            "type": "redirect_to_url",
            "redirect_to_url": {
                "url": f"https://{DOMAIN}/authenticate/{challenge_id}/{token}",
                "return_url": SHOP,
            },
        },
    }
    assert len(token) == 26


def test_a_replay_of_authorize_stays_the_first_answer(demo: Merchant) -> None:
    first = demo.authorize("key", card=build.card_details(number=CHALLENGED))
    complete(url_of(first.json))
    again = demo.authorize("key", card=build.card_details(number=CHALLENGED))
    assert again.replayed
    assert again.text == first.text


def test_the_payment_shows_the_page_while_it_waits(demo: Merchant) -> None:
    answer = challenged(demo)
    assert demo.payment(answer["auth_id"]).json["next_action"] == answer["next_action"]
    assert [one["status"] for one in demo.payments(status="requires_action").json["data"]] == ["requires_action"]
    complete(url_of(answer))
    assert "next_action" not in demo.payment(answer["auth_id"]).json


@pytest.mark.parametrize(
    "result, letter, status, eci",
    [
        ("succeeded", "Y", "approved", "05"),
        ("failed", "N", "declined", None),
        ("Y", "Y", "approved", "05"),
        ("A", "A", "approved", "06"),
        ("U", "U", "approved", "07"),
        ("I", "I", "approved", "07"),
        ("N", "N", "declined", None),
        ("R", "R", "declined", None),
        ("C", "C", "requires_action", None),
        ("D", "D", "requires_action", None),
    ],
)
def test_curl_is_the_whole_test(result: str, letter: str, status: str, eci: str | None, demo: Merchant) -> None:
    answer = challenged(demo)
    reply = complete(url_of(answer), result)

    assert (reply.status, reply.json) == (
        200,
        {"auth_id": answer["auth_id"], "challenge_id": answer["auth_id"], "result": letter, "status": status},
    )
    shown = demo.payment(answer["auth_id"]).json
    assert (shown["status"], shown["three_d_secure"]["result"]) == (status, letter)
    assert shown["three_d_secure"].get("eci") == eci
    assert shown.get("decline_code") == ("authentication_failed" if status == "declined" else None)
    assert shown["remaining"] == (10_00 if status == "approved" else 0)
    assert [one.get("source") for one in shown["operations"]] == [None] * len(shown["operations"])


@pytest.mark.parametrize(
    "body, result, status",
    [
        ({"capture_method": "automatic"}, "succeeded", "captured"),
        ({"number": CHALLENGED_THEN_DECLINED}, "succeeded", "declined"),
        ({"three_d_secure": {"if_unavailable": "decline"}}, "U", "declined"),
        ({"three_d_secure": {"if_unavailable": "proceed"}}, "U", "approved"),
    ],
)
def test_steps_after_a_response(body: dict[str, Any], result: str, status: str, demo: Merchant) -> None:
    answer = challenged(demo, **body)
    assert complete(url_of(answer), result).json["status"] == status
    assert demo.payment(answer["auth_id"]).json["status"] == status


@pytest.mark.parametrize("outcome", ["iso:1A", "decline:authentication_required"])
def test_a_soft_decline_is_followed_by_a_challenge(outcome: str, demo: Merchant) -> None:
    answer = demo.asking(outcome).authorize("key").json
    assert (answer["status"], answer["decline_code"], answer["response_code"]) == (
        "requires_action",
        "authentication_required",
        "1A",
    )
    complete(url_of(answer))
    shown = demo.payment(answer["auth_id"]).json
    types = [one["type"] for one in shown["operations"]]
    assert types == ["authorization", "challenge", "authentication", "authorization"]
    assert (shown["status"], shown["response_code"], shown.get("decline_code")) == ("approved", "00", None)
    assert demo.asking(outcome).authorize("key").json == answer


def test_a_hold_begins_with_the_answer(demo: Merchant, clock: Clock) -> None:
    answer = challenged(demo)
    clock.advance(timedelta(minutes=50))
    complete(url_of(answer))
    clock.advance(VALIDITY - timedelta(minutes=1))
    assert demo.capture(answer["auth_id"]).status == 200


# --- the way back -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", ["*/*", BROWSER], ids=["program", "browser"])
@pytest.mark.parametrize("result", ["succeeded", "failed"])
def test_an_answer_leads_back_to_the_merchant(accept: str, result: str, demo: Merchant) -> None:
    answer = challenged(demo, return_url=SHOP)
    reply = complete(url_of(answer), result, accept=accept)

    assert reply.status == 303
    location = urlsplit(reply.headers["Location"])
    assert (location.scheme, location.netloc, location.path, location.fragment) == (
        "https", "shop.example", "/orders/7", "top",
    )  # fmt: skip
    assert parse_qs(location.query) == {"step": ["pay"], "auth_id": [answer["auth_id"]], "result": [result]}
    if accept == "*/*":
        assert reply.json["location"] == reply.headers["Location"]
    else:
        assert reply.headers["Content-Security-Policy"].count("https://shop.example") == 1


@pytest.mark.parametrize("result", ["succeeded", "failed"])
def test_an_intents_merchant_gets_stripes_parameters(result: str, ledger: Ledger) -> None:
    challenge = request_challenge(
        build.operation_id("att"),
        card=build.card(),
        answer=AwaitsCardholder(Response(), 10_00),
        amount=10_00,
        request_id="request-of-confirm",
        at=MONDAY,
        contract=CONTRACT,
        base_url="https://payments.example",
        return_url=SHOP,
    )
    opened = intents.opened()
    put_payment(ledger, replace(opened, operations=(*opened.operations, challenge), version=2))
    reply = complete(challenge_url(challenge), result)

    secret = client_secret_of(opened.id)
    assert parse_qs(urlsplit(reply.headers["Location"]).query) == {
        "step": ["pay"],
        "payment_intent": [opened.id.replace("auth_", "pi_")],
        "payment_intent_client_secret": [secret],
        "redirect_status": [result],
    }
    stored = get_payment(ledger, opened.id)
    assert stored is not None
    assert state_of(stored).status == ("approved" if result == "succeeded" else "declined")


def test_without_a_return_url_the_browser_gets_a_page(demo: Merchant) -> None:
    reply = complete(url_of(challenged(demo)), accept=BROWSER)
    assert (reply.status, reply.headers["Content-Type"]) == (200, "text/html; charset=utf-8")
    assert "You can close this page." in reply.text
    assert "<form" not in reply.text


@pytest.mark.parametrize("result", ["C", "D"])
def test_an_interim_result_has_no_return_url(result: str, demo: Merchant) -> None:
    reply = complete(url_of(challenged(demo, return_url=SHOP)), result, accept=BROWSER)
    assert reply.status == 200
    assert "Location" not in reply.headers
    assert reply.text.count("<form") == 2


# --- twice, and too late ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize("accept", ["*/*", BROWSER], ids=["program", "browser"])
def test_the_same_answer_again_has_the_same_effect_once(accept: str, demo: Merchant) -> None:
    """The cardholder clicks twice, or the answer was lost."""
    answer = challenged(demo, return_url=SHOP)
    first, again = (complete(url_of(answer), accept=accept) for _ in range(2))
    assert (first.status, first.headers["Location"], first.text) == (303, again.headers["Location"], again.text)
    assert len(demo.payment(answer["auth_id"]).json["operations"]) == 3


def test_another_answer_is_too_late(demo: Merchant) -> None:
    answer = challenged(demo, return_url=SHOP)
    complete(url_of(answer), "failed")
    told, shown = (complete(url_of(answer), "succeeded", accept=accept) for accept in ("*/*", BROWSER))

    assert (told.status, told.code, told.json["current_status"]) == (409, "simulation_not_allowed", "declined")
    assert told.json["detail"] == "This 3-D Secure challenge has ended."
    assert (shown.status, shown.headers["Content-Type"]) == (409, "text/html; charset=utf-8")
    assert "result=failed" in shown.text, "the way back to the merchant"
    assert "frame-ancestors 'self'" in shown.headers["Content-Security-Policy"]
    assert demo.payment(answer["auth_id"]).json["status"] == "declined"


@pytest.mark.parametrize("result", ["succeeded", "failed", "D"])
def test_after_a_void_it_is_too_late(result: str, demo: Merchant) -> None:
    answer = challenged(demo)
    assert demo.void(answer["auth_id"]).json["amount"] == 0
    reply = complete(url_of(answer), result)
    assert (reply.status, reply.json["current_status"], reply.json["allowed"]) == (409, "voided", [])
    assert demo.payment(answer["auth_id"]).json["status"] == "voided"


def test_a_void_after_the_answer_releases_the_hold(demo: Merchant) -> None:
    answer = challenged(demo)
    complete(url_of(answer))
    assert demo.void(answer["auth_id"]).json["amount"] == 10_00


@pytest.mark.parametrize(
    "act, code",
    [
        (lambda demo, auth_id: demo.capture(auth_id), "payment_requires_action"),
        (lambda demo, auth_id: demo.refund(auth_id), "not_captured"),
    ],
    ids=["capture", "refund"],
)
def test_nothing_can_be_taken_while_it_waits(act: Any, code: str, demo: Merchant) -> None:
    answer = challenged(demo)
    reply = act(demo, answer["auth_id"])
    assert (reply.status, reply.code, reply.json["current_status"]) == (409, code, "requires_action")


# --- what is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts, status, code",
    [
        ({"body": ""}, 400, "parameter_missing"),
        ({"body": "result=approved"}, 400, "parameter_invalid"),
        ({"body": "result=y"}, 400, "parameter_invalid"),
        ({"body": "result=abandoned"}, 400, "parameter_invalid"),
        ({"body": "result=succeeded&result=failed"}, 400, "parameter_invalid"),
        ({"body": "result=succeeded&amount=1"}, 400, "parameter_unknown"),
        ({"body": '{"result": "succeeded"}', "content_type": "application/json"}, 415, "media_type_unsupported"),
        ({"body": "result=succeeded", "content_type": "text/plain"}, 415, "media_type_unsupported"),
        ({"path": {"token": "a" * 26}}, 404, "resource_not_found"),
        ({"path": {"token": ""}}, 404, "resource_not_found"),
        ({"path": {"challenge_id": "auth_" + "z" * 26}}, 404, "resource_not_found"),
    ],
)
def test_wrong_answers_have_no_effect(parts: dict[str, Any], status: int, code: str, demo: Merchant) -> None:
    answer = challenged(demo)
    reply = complete(url_of(answer), **parts)
    assert (reply.status, reply.code) == (status, code)
    assert demo.payment(answer["auth_id"]).json["status"] == "requires_action"


def test_a_form_of_the_page_comes_with_an_opaque_origin(demo: Merchant) -> None:
    """The page's policy sends no referrer, so its form's `Origin` is `null` (Fetch standard)."""
    answer = challenged(demo)
    sent = event(
        COMPLETE_CHALLENGE,
        path=place_of(url_of(answer)),
        body="result=succeeded",
        content_type=FORM,
        headers={"Accept": BROWSER, "Origin": "null", "Sec-Fetch-Site": "same-origin"},
    )
    assert send_event(COMPLETE_CHALLENGE, sent).status == 200
    assert demo.payment(answer["auth_id"]).json["status"] == "approved"


@pytest.mark.parametrize(
    "body, param",
    [
        ({"return_url": "javascript:alert(1)"}, "return_url"),
        ({"return_url": "https://user:secret@shop.example/"}, "return_url"),
        ({"return_url": "https://shop.example/" + "a" * 2_048}, "return_url"),
        ({"return_url": 7}, "return_url"),
        ({"three_d_secure": {"if_unavailable": "maybe"}}, "three_d_secure.if_unavailable"),
        ({"three_d_secure": {"request": "never"}}, "three_d_secure.request"),
        ({"three_d_secure": {"version": "2"}}, "three_d_secure.version"),
    ],
)
def test_invalid_terms_of_a_challenge(body: dict[str, Any], param: str, demo: Merchant) -> None:
    reply = demo.authorize(**body)
    assert (reply.status, reply.json["param"]) == (400, param)
    assert "secret" not in reply.text


@pytest.mark.parametrize(
    "number, request_, status",
    [
        ("4000000000003055", "any", "requires_action"),
        ("4000000000003055", "automatic", "approved"),
        ("4000000000003097", "any", "declined"),
        (CHALLENGED, "automatic", "requires_action"),
        (build.VISA, "any", "approved"),
    ],
)
def test_a_merchant_can_ask_for_authentication(number: str, request_: str, status: str, demo: Merchant) -> None:
    reply = demo.authorize(card=build.card_details(number=number), three_d_secure={"request": request_})
    assert reply.json["status"] == status


# --- the address of the page ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "parts, base_url",
    [
        ({"host": "localhost:8080"}, "http://localhost:8080"),
        ({"host": "[::1]:8080"}, "http://[::1]:8080"),
        ({}, "http://127.0.0.1:4566"),
    ],
)
def test_the_page_is_under_the_address_that_the_client_used(
    parts: dict[str, str], base_url: str, demo: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In front of the local engine, the wall says which host the client asked for."""
    body = build.authorize_body(card=build.card_details(number=CHALLENGED))
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    headers = {"X-Forwarded-Host": parts.get("host")}
    reply = send_event(AUTHORIZE_PAYMENT, event(AUTHORIZE_PAYMENT, body=body, headers=headers, gateway="engine"))
    assert url_of(reply.json).startswith(f"{base_url}/authenticate/auth_")


def test_on_aws_the_address_is_the_gateways(demo: Merchant) -> None:
    """A client's own X-Forwarded-Host is not heard."""
    body = build.authorize_body(card=build.card_details(number=CHALLENGED))
    sent = event(AUTHORIZE_PAYMENT, body=body, headers={"X-Forwarded-Host": "evil.example"})
    sent["requestContext"]["domainName"] = "a1b2c3.execute-api.eu-west-1.amazonaws.com"
    url = url_of(send_event(AUTHORIZE_PAYMENT, sent).json)
    assert url.startswith("https://a1b2c3.execute-api.eu-west-1.amazonaws.com/live/authenticate/auth_")


def test_the_address_stays_that_of_the_first_request(demo: Merchant) -> None:
    first = challenged(demo, "key")
    sent = event(AUTHORIZE_PAYMENT, body=build.authorize_body(card=build.card_details(number=CHALLENGED)), key="key")
    sent["requestContext"]["domainName"] = "other.example"
    assert send_event(AUTHORIZE_PAYMENT, sent).json == first
