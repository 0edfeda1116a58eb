"""The life of a payment on the deployed stacks, from an integrator's view."""

import pytest

from tests.support.clients.api import CARD, Api


def test_authorize_capture_in_parts_and_refund(api: Api) -> None:
    authorized = api.authorize(10_00, reference="order-7", metadata={"cart": "9"})
    assert authorized.status_code == 200
    auth = authorized.json()
    assert (auth["status"], auth["amount"], auth["currency"]) == ("approved", 10_00, "USD")
    assert auth["card"]["last4"] == "4242"

    first = api.capture(auth["auth_id"], amount=3_00).json()
    rest = api.capture(auth["auth_id"]).json()
    assert (first["remaining"], rest["amount"], rest["remaining"]) == (7_00, 7_00, 0)

    refund = api.refund(first["transaction_id"], amount=1_00, reason="broken").json()
    assert (refund["status"], refund["refundable"]) == ("completed", 2_00)

    payment = api.payment(refund["transaction_id"])
    assert payment["status"] == "partially_refunded"
    assert (payment["captured"], payment["refunded"], payment["remaining"]) == (10_00, 1_00, 0)
    assert [operation["type"] for operation in payment["operations"]] == [
        "authorization",
        "capture",
        "capture",
        "refund",
    ]
    assert (payment["reference"], payment["metadata"]) == ("order-7", {"cart": "9"})


def test_void_releases_the_uncaptured_amount(api: Api) -> None:
    auth = api.authorize(10_00).json()
    api.capture(auth["auth_id"], amount=4_00)
    assert api.void(auth["auth_id"]).json()["amount"] == 6_00
    assert api.payment(auth["auth_id"])["status"] == "captured"


def test_automatic_capture_answers_with_its_capture(api: Api) -> None:
    sale = api.authorize(5_00, capture_method="automatic").json()
    (capture,) = sale["captures"]
    assert api.refund(capture["transaction_id"]).json()["amount"] == 5_00


def test_a_decline_is_a_successful_response(api: Api) -> None:
    answer = api.authorize(card=CARD | {"number": "4000000000009995"})
    assert answer.status_code == 200
    declined = answer.json()
    assert (declined["status"], declined["decline_code"]) == ("declined", "insufficient_funds")
    assert api.payment(declined["auth_id"])["status"] == "declined"
    assert api.capture(declined["auth_id"]).json()["code"] == "payment_declined"


def test_list_is_paged_newest_first(api: Api) -> None:
    made = [api.authorize(amount).json()["auth_id"] for amount in (1, 2, 3, 4, 5)]
    first = api.http.get("/payments", params={"limit": 3}).json()
    second = api.http.get("/payments", params={"limit": 2, "cursor": first["next_cursor"]}).json()
    assert [p["auth_id"] for p in first["data"] + second["data"]] == made[::-1]


def test_replays_have_the_same_bytes_after_later_operations(api: Api) -> None:
    first = api.authorize(10_00, key="order-1 authorize")
    auth_id = first.json()["auth_id"]
    captured = api.capture(auth_id, key="order-1 capture", amount=4_00)
    api.capture(auth_id)
    for once, again in (
        (first, api.authorize(10_00, key="order-1 authorize")),
        (captured, api.capture(auth_id, key="order-1 capture", amount=4_00)),
    ):
        assert (again.status_code, again.content) == (once.status_code, once.content)
        assert "Idempotent-Replayed" not in once.headers
        assert again.headers["Idempotent-Replayed"] == "true"


def test_a_reused_key_with_another_body_is_refused(api: Api) -> None:
    api.authorize(10_00, key="one wish")
    answer = api.authorize(10_01, key="one wish")
    assert (answer.status_code, answer.json()["code"]) == (422, "idempotency_key_reused")


@pytest.mark.parametrize(
    "header, value",
    [
        ("Idempotency-Key", "structured"),
        ("idempotency-key", '"structured"'),
        ("X-IDEMPOTENCY-KEY", "structured"),
    ],
)
def test_other_names_of_the_idempotency_header(api: Api, header: str, value: str) -> None:
    body = {"card": CARD, "amount": 77}
    once = api.authorize(77, key="structured").json()
    assert api.http.post("/payments/authorize", json=body, headers={header: value}).json() == once


def test_another_merchants_payment_does_not_exist(api: Api, new_merchant) -> None:
    auth_id = api.authorize().json()["auth_id"]
    with new_merchant("stranger") as stranger:
        mine = stranger.capture("auth_" + "a" * 26)
        foreign = stranger.capture(auth_id)
        for answer in (mine, foreign):
            assert answer.status_code == 404
        assert mine.json() | {"request_id": ""} == foreign.json() | {"request_id": ""}
        assert stranger.http.get(f"/payments/{auth_id}").status_code == 404
