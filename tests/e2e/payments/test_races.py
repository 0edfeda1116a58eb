"""Races on the deployed API: many concurrent clients, and correct amounts."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.support.clients.api import Api

AT_ONCE = 50


def at_once(calls: list[Callable[[], httpx.Response]]) -> list[httpx.Response]:
    """Return the answers of concurrent calls."""
    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(call) for call in calls]]


def test_fifty_requests_under_one_key_are_one_authorization(api: Api) -> None:
    answers = at_once([lambda: api.authorize(10_00, key="the only one")] * AT_ONCE)
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.content for answer in answers}) == 1
    firsts = [answer for answer in answers if "Idempotent-Replayed" not in answer.headers]
    assert len(firsts) == 1


@pytest.mark.full
def test_captures_under_one_key_are_one_capture(api: Api) -> None:
    auth_id = api.authorize(10_00).json()["auth_id"]
    answers = at_once([lambda: api.capture(auth_id, key="the only capture", amount=2_00)] * 20)
    assert len({answer.content for answer in answers}) == 1
    assert api.payment(auth_id)["captured"] == 2_00


@pytest.mark.full
def test_forty_captures_do_not_exceed_the_authorization(api: Api) -> None:
    auth_id = api.authorize(70).json()["auth_id"]
    answers = at_once([lambda: api.capture(auth_id, amount=3)] * 40)
    assert Counter(answer.status_code for answer in answers) == {200: 23, 409: 17}
    payment = api.payment(auth_id)
    assert (payment["captured"], payment["remaining"]) == (69, 1)


@pytest.mark.full
def test_forty_refunds_do_not_exceed_the_capture(api: Api) -> None:
    sale = api.authorize(70, capture_method="automatic").json()
    capture_id = sale["captures"][0]["transaction_id"]
    answers = at_once([lambda: api.refund(capture_id, amount=3)] * 40)
    assert Counter(answer.status_code for answer in answers) == {200: 23, 409: 17}
    assert {answer.json()["code"] for answer in answers if answer.status_code == 409} == {"refund_exceeds_captured"}
    assert api.payment(capture_id)["refunded"] == 69


@pytest.mark.full
def test_void_against_captures(api: Api) -> None:
    for _ in range(5):
        auth_id = api.authorize(10_00).json()["auth_id"]
        at_once([lambda a=auth_id: api.capture(a, amount=3_00), lambda a=auth_id: api.void(a)] * 4)
        payment = api.payment(auth_id)
        assert payment["captured"] + payment["released"] == 10_00
        assert payment["remaining"] == 0


@pytest.mark.full
def test_refunds_by_authorization_against_a_second_capture(api: Api) -> None:
    for _ in range(5):
        auth_id = api.authorize(15).json()["auth_id"]
        first = api.capture(auth_id, amount=10).json()["transaction_id"]
        at_once(
            [
                lambda a=auth_id: api.refund(a, amount=3),
                lambda a=auth_id: api.capture(a, amount=5),
                lambda c=first: api.refund(c),
                lambda a=auth_id: api.refund(a, amount=2),
            ]
        )
        payment = api.payment(auth_id)
        assert all(0 <= capture["refunded"] <= capture["amount"] for capture in payment["captures"])
        assert payment["captured"] == 15
        assert payment["refunded"] <= 10
