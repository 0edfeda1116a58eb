"""GET /requests: list the merchant's requests of the last seven days, newest first."""

import itertools
from collections.abc import Callable
from typing import Any

import pytest

from paysandbox.aws.dynamodb import sharded_index
from paysandbox.aws.schema import INDEX_SHARDS, shard_of_text
from paysandbox.core.ids import payment_of
from paysandbox.core.record import replace
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.routes import GET_HEALTH, LIST_PAYMENTS
from paysandbox.request_log.request_record import native_request_id
from paysandbox.request_log.routes import LIST_REQUESTS
from paysandbox.request_log.table import put_records
from paysandbox.request_log.tables import request_log
from paysandbox.stripe_api.ids import intent_id, payment_of_intent
from paysandbox.stripe_api.routes import GET_PAYMENT_INTENT
from tests.support.builders import build
from tests.support.clients.call import Merchant, Reply, Values, send
from tests.support.clients.stripe_merchant import StripeMerchant

Keep = Callable[[], None]


def _ids(reply: Reply) -> list[str]:
    assert reply.status == 200, reply.text
    return [one["request_id"] for one in reply.json["data"]]


def _asked(*replies: Reply) -> list[str]:
    return [reply.headers["Request-Id"] for reply in replies]


def test_no_requests(demo: Merchant) -> None:
    assert demo.requests().json == {"data": [], "next_cursor": None}


def test_newest_first_including_failed_requests(demo: Merchant, keep: Keep) -> None:
    asked = _asked(demo.authorize(), demo.authorize(tip=1), demo.payment("x"), demo.payments())
    keep()
    page = demo.requests().json
    assert [one["request_id"] for one in page["data"]] == asked[::-1]
    assert [one["status"] for one in page["data"]] == [200, 404, 400, 200]
    assert page["data"][0] == demo.request(asked[3]).json


def test_each_request_names_its_payment_also_if_it_was_refused(demo: Merchant, keep: Keep) -> None:
    shop = StripeMerchant()
    auth_id = demo.authorized()
    capture_id = demo.captured()
    intent = shop.held()["id"]
    shop.card()  # it has no payment, although the ID of its method looks like a card's of one
    refused = [
        demo.capture(auth_id, amount=99_00),
        demo.void(capture_id.replace("cap_", "auth_")[: len(auth_id)]),
        demo.refund(capture_id, amount=99_00),
        shop.capture(intent, amount_to_capture=99_00),
        shop.refund(intent),
    ]
    assert {reply.status for reply in refused} <= {400, 409, 422}
    demo.payments()
    keep()
    named = [one.get("payment_id") for one in demo.requests(order="asc").json["data"]]
    of_capture, of_intent = payment_of(capture_id), payment_of_intent(intent)
    assert named == [
        *(auth_id, of_capture, of_capture, of_intent, None),
        *(auth_id, of_capture, of_capture, of_intent, of_intent, None),
    ]


def test_page_by_page(demo: Merchant, keep: Keep) -> None:
    asked = _asked(*(demo.payments() for _ in range(5)))
    keep()
    met: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        reply = demo.requests(limit="2", cursor=cursor)
        met += _ids(reply)
        cursor = reply.json["next_cursor"]
    assert (met, cursor) == (asked[::-1], None)
    assert _ids(demo.requests(order="asc")) == asked
    assert _ids(demo.requests(order="asc", failed="false")) == asked


FILTERS: list[tuple[dict[str, Values], list[int]]] = [
    ({"status": "2xx"}, [200, 200]),
    ({"status": "4xx"}, [404, 400]),
    ({"status": "5xx"}, []),
    ({"failed": "true"}, [404, 400]),
    ({"failed": "false"}, [200, 200]),  # a decline is not a failed request
    ({"route": "get_payment"}, [404]),
    ({"route": "authorize_payment", "status": "4xx"}, [400]),
    ({"route": "nobody"}, []),
]


@pytest.mark.full
@pytest.mark.parametrize("query, statuses", FILTERS)
def test_filters(query: dict[str, Values], statuses: list[int], demo: Merchant, keep: Keep) -> None:
    demo.authorize()
    demo.authorize(tip=1)
    demo.authorize(card=build.card_details(number=build.INSUFFICIENT_FUNDS))
    demo.payment("x")
    keep()
    assert [one["status"] for one in demo.requests(**query).json["data"]] == statuses


@pytest.mark.parametrize("count", [7, 8, 9, 16, 17, 40])
def test_one_shard_may_have_them_all(count: int, demo: Merchant) -> None:
    """A shard is asked for its share of a page first, and again for the rest."""
    names = (f"request-{number}" for number in itertools.count())
    of_one_shard = (name for name in names if shard_of_text(name, INDEX_SHARDS) == 0)
    made = [
        replace(build.request_record(number), request_id=name)
        for number, name in enumerate(itertools.islice(of_one_shard, count))
    ]
    put_records(request_log(), made)
    expected = [record.request_id for record in reversed(made)]
    assert _ids(demo.requests(limit="100")) == expected
    assert _ids(demo.requests(limit="100", order="asc")) == expected[::-1]
    assert _ids(demo.requests(limit="100", **{"from": format_timestamp(made[1].at)})) == expected[:-1]


def test_those_that_name_a_payment_or_its_reference(demo: Merchant, keep: Keep) -> None:
    """By any ID in either API, in the path or the body, or by the reference: no guess by time."""
    created = demo.authorize(reference='order "1"')
    payment_id = created.json["auth_id"]
    captured = demo.capture(payment_id)
    shop = StripeMerchant()
    shown = shop.get(GET_PAYMENT_INTENT, intent_id(payment_id))
    other = demo.authorize(reference="order 2")
    again = demo.authorize(reference='order "1"')
    keep()
    by_id = _asked(created, captured)
    stripe = [shown.headers["Request-Id"]]

    def listed(**query: str) -> set[str]:
        found = demo.requests(**query).json
        return {native_request_id(each["request_id"]) for each in found["data"]}

    of_stripe = {native_request_id(name) for name in stripe}
    assert listed(payment_id=payment_id) == {*by_id, *of_stripe}
    assert listed(reference='order "1"') == {*_asked(created, again)}
    assert listed(payment_id=payment_id, reference='order "1"') == {*by_id, *of_stripe, *_asked(again)}
    assert listed(payment_id=other.json["auth_id"]) == {*_asked(other)}


def test_a_time_range_is_asked_of_the_index(demo: Merchant, keep: Keep) -> None:
    asked = []
    for _ in range(3):
        asked += _asked(demo.payments())
        keep()
    times = [demo.request(name).json["created_at"] for name in asked]
    reply = demo.requests(**{"from": times[1], "to": times[2]})
    assert _ids(reply) == [asked[1]]
    assert "searched" not in reply.json
    assert demo.requests(**{"from": times[1], "to": times[1]}).json["param"] == "to"


@pytest.mark.full
def test_filters_read_a_bounded_number(demo: Merchant, keep: Keep, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharded_index, "MAX_EXAMINED", 2)
    (wanted,) = _asked(demo.payment("x"))
    for _ in range(3):
        demo.payments()
    keep()
    first = demo.requests(failed="true")
    assert _ids(first) == []
    second = demo.requests(failed="true", cursor=first.json["next_cursor"])
    assert (_ids(second), second.json["next_cursor"]) == ([wanted], None)
    assert demo.requests(cursor=first.json["next_cursor"]).code == "cursor_invalid"


def test_only_the_merchants_requests(demo: Merchant, globex: Merchant, keep: Keep) -> None:
    mine = _asked(demo.payments())
    theirs = _asked(globex.payments())
    keep()
    assert (_ids(demo.requests()), _ids(globex.requests())) == (mine, theirs)


def test_requests_without_a_merchant_are_not_listed(demo: Merchant, keep: Keep) -> None:
    send(GET_HEALTH)
    send(LIST_PAYMENTS, api_key="sk_test_x", gateway="engine")
    keep()
    assert _ids(demo.requests()) == []


@pytest.mark.parametrize(
    "query, code, param",
    [
        ({"limit": "0"}, "parameter_invalid", "limit"),
        ({"limit": "101"}, "parameter_invalid", "limit"),
        ({"status": "400"}, "parameter_invalid", "status"),
        ({"failed": "perhaps"}, "parameter_invalid", "failed"),
        ({"route": "4242424242424242"}, "parameter_invalid", "route"),
        ({"merchant": "globex"}, "parameter_unknown", "merchant"),
        ({"cursor": "x"}, "cursor_invalid", "cursor"),
    ],
)
def test_invalid_queries(query: dict[str, Any], code: str, param: str) -> None:
    reply = send(LIST_REQUESTS, query=query)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)


def test_cursor_of_another_list(demo: Merchant, keep: Keep) -> None:
    for _ in range(2):
        demo.authorize()
    keep()
    assert demo.requests(cursor=demo.payments(limit="1").json["next_cursor"]).code == "cursor_invalid"
    assert demo.payments(cursor=demo.requests(limit="1").json["next_cursor"]).code == "cursor_invalid"
