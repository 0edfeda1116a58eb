"""GET /payments: the merchant's payments, newest first."""

import base64
import hashlib
import itertools
import json
from collections.abc import Callable
from datetime import datetime, timedelta, timezone

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.aws.dynamodb import sharded_index
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.search_time import SEARCH_VARIABLE
from paysandbox.http.queries import MAX_PAGE
from paysandbox.payments.ledger.items import key
from paysandbox.payments.ledger.store import put_idempotency_record
from paysandbox.payments.routes import LIST_PAYMENTS
from tests.support.builders import build
from tests.support.builders.build import HOUR
from tests.support.clients.call import Merchant, Values, send
from tests.support.worlds import tables
from tests.support.worlds.aws_transport import Deliver, Wire, answered_with
from tests.support.worlds.handlers import Clock

pytestmark = pytest.mark.usefixtures("either_shards")


def _ids(page: dict[str, list[dict[str, str]]]) -> list[str]:
    return [payment["auth_id"] for payment in page["data"]]


def test_no_payments(demo: Merchant) -> None:
    assert demo.payments().json == {"data": [], "next_cursor": None}


def test_newest_first(demo: Merchant) -> None:
    made = [demo.authorized() for _ in range(5)]
    page = demo.payments().json
    assert _ids(page) == made[::-1]
    assert page["next_cursor"] is None


def test_listed_payments_equal_single_reads(demo: Merchant) -> None:
    """The index holds ids only: the listed payments are read from the ledger in their current state."""
    auth_id = demo.authorized(10_00)
    demo.captured(4_00, of=auth_id)
    declined = demo.authorize(card=build.card_details(number=build.INSUFFICIENT_FUNDS)).json["auth_id"]
    assert demo.payments().json["data"] == [demo.payment(declined).json, demo.payment(auth_id).json]


@pytest.mark.full
@pytest.mark.parametrize("count, limit", [(7, 3), (6, 3), (3, 3), (2, 3), (20, 1)])
def test_pages_have_each_payment_once(count: int, limit: int, demo: Merchant) -> None:
    made = [demo.authorized() for _ in range(count)]
    current: list[str] = []
    cursor: str | None = None
    pages = 0
    while True:
        page = demo.payments(limit=str(limit), cursor=cursor).json
        assert len(page["data"]) <= limit
        current += _ids(page)
        pages += 1
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert current == made[::-1]
    assert pages == -(-count // limit)


def test_new_payments_do_not_shift_pages(demo: Merchant) -> None:
    made = [demo.authorized() for _ in range(4)]
    first = demo.payments(limit="2").json
    demo.authorized()
    second = demo.payments(limit="2", cursor=first["next_cursor"]).json
    assert _ids(first) + _ids(second) == made[::-1]


@pytest.mark.full
def test_default_page_size_is_20(demo: Merchant) -> None:
    for _ in range(21):
        demo.authorized()
    assert len(demo.payments().json["data"]) == 20
    assert len(demo.payments(limit="100").json["data"]) == 21
    assert len(demo.payments(limit="1").json["data"]) == 1


def test_only_the_merchants_payments(demo: Merchant, globex: Merchant) -> None:
    mine = demo.authorized()
    theirs = globex.authorized()
    assert _ids(demo.payments().json) == [mine]
    assert _ids(globex.payments().json) == [theirs]


def test_a_merchant_whose_name_is_a_prefix_of_anothers(demo: Merchant) -> None:
    demo.authorized()
    assert Merchant("demo-2").payments().json["data"] == []
    assert Merchant("dem").payments().json["data"] == []


def test_idempotency_records_are_not_listed(demo: Merchant, ledger: Ledger) -> None:
    auth_id = demo.authorized()
    demo.captured(1, of=auth_id)
    assert len(tables.items(ledger)) == 2
    assert _ids(demo.payments().json) == [auth_id]


@pytest.mark.parametrize("claimed", [False, True], ids=["nothing in its place", "a claim in its place"])
def test_purged_payments_are_skipped(claimed: bool, demo: Merchant, ledger: Ledger, wire: Wire) -> None:
    """An index may name a payment for a moment after the table has removed it."""
    kept, purged = demo.authorized(), demo.authorized()

    def forget(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        ledger.client.delete_item(TableName=ledger.table, Key=key(purged))
        if claimed:
            put_idempotency_record(ledger, build.claim(purged))
        return deliver()

    with wire.broken(forget, when=lambda sent: sent.operation == "BatchGetItem"):
        page = demo.payments().json
    assert _ids(page) == [kept]


def test_unprocessed_keys_are_requested_again(demo: Merchant, wire: Wire) -> None:
    made = [demo.authorized() for _ in range(3)]

    def get_to_none(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        unprocessed = {tables.TABLE: {"Keys": [key(auth_id) for auth_id in made], "ConsistentRead": True}}
        return answered_with(request, 200, {"Responses": {}, "UnprocessedKeys": unprocessed})

    asked = iter(range(2))
    with wire.broken(get_to_none, when=lambda s: s.operation == "BatchGetItem" and next(asked, None) is not None):
        assert _ids(demo.payments().json) == made[::-1]
    with wire.broken(get_to_none, when=lambda s: s.operation == "BatchGetItem") as sent:
        reply = demo.payments()
    assert (reply.status, reply.code, reply.headers["Retry-After"]) == (503, "service_unavailable", "1")
    assert 1 < sum(1 for one in sent if one.operation == "BatchGetItem") <= 5


# --- filters ----------------------------------------------------------------------------------------------------------


def _every(demo: Merchant, **query: Values) -> tuple[list[str], int]:
    """Return the ids of all pages, and the number of pages."""
    current: list[str] = []
    cursor: str | None = None
    for pages in itertools.count(1):
        reply = demo.payments(**query, cursor=cursor)
        assert reply.status == 200, reply.text
        current += _ids(reply.json)
        cursor = reply.json["next_cursor"]
        if cursor is None:
            return current, pages
    raise AssertionError


def test_filter_by_card(demo: Merchant, wire: Wire) -> None:
    """Queried in its own index: no other payment is read."""
    first = demo.authorized()
    demo.authorized(card=build.card_details(number=build.AMEX, cvc="1234"))
    last = demo.authorized()
    card_id = demo.payment(first).json["card"]["card_id"]
    with wire.record() as sent:
        assert _ids(demo.payments(card_id=card_id).json) == [last, first]
    assert {call.parameters["IndexName"] for call in sent if call.operation == "Query"} == {"by_card"}
    assert _every(demo, card_id=card_id, limit="1") == ([last, first], 2)
    assert _ids(demo.payments(card_id="card_" + "c" * 26).json) == []


def test_filter_by_the_last_digits_of_the_card(demo: Merchant) -> None:
    """Compared with the payments, as `searched` says."""
    wanted = [demo.authorized(card=build.card_details(number=build.AMEX, cvc="1234")) for _ in range(2)]
    demo.authorized()
    page = demo.payments(last4="0005").json
    assert (_ids(page), page["searched"]) == (wanted[::-1], 3)
    assert _every(demo, last4="0005", order="asc", limit="1") == (wanted, 3)
    assert _ids(demo.payments(last4="0006").json) == []


def test_filter_by_another_merchants_card(demo: Merchant, globex: Merchant) -> None:
    """Not even a cursor reveals that it exists."""
    theirs = [globex.authorized() for _ in range(3)]
    card_id = globex.payment(theirs[0]).json["card"]["card_id"]
    assert demo.payments(card_id=card_id, limit="1").json == {"data": [], "next_cursor": None}
    assert demo.payments(card_id=card_id, limit="1", status="approved").json == {"data": [], "next_cursor": None}


def test_filter_by_current_status(demo: Merchant) -> None:
    approved, moved_on = demo.authorized(), demo.authorized()
    declined = demo.authorize(card=build.card_details(number=build.INSUFFICIENT_FUNDS)).json["auth_id"]
    assert _ids(demo.payments(status="approved").json) == [moved_on, approved]
    demo.captured(10_00, of=moved_on)
    assert _ids(demo.payments(status="approved").json) == [approved]
    assert _ids(demo.payments(status="captured").json) == [moved_on]
    assert _ids(demo.payments(status="declined").json) == [declined]
    assert _ids(demo.payments(status="refunded").json) == []


@pytest.mark.full
@pytest.mark.parametrize("reference", ["order 1", "Ünï%20+&=", "4711"])
def test_filter_by_exact_reference(reference: str, demo: Merchant) -> None:
    demo.authorized(reference=reference + "x")
    demo.authorized()
    wanted = [demo.authorized(reference=reference) for _ in range(2)]
    assert _ids(demo.payments(reference=reference).json) == wanted[::-1]
    assert _every(demo, reference=reference, limit="1") == (wanted[::-1], 2)


def test_a_reference_has_an_index(demo: Merchant, globex: Merchant, wire: Wire) -> None:
    """No other payment is read, also together with other filters. What else names payments so is in another table."""
    wanted = demo.authorized(reference="order-1")
    card_id = demo.payment(wanted).json["card"]["card_id"]
    globex.authorized(reference="order-1")
    demo.authorized(reference="order-1#0")
    demo.authorized(card=build.card_details(number=build.AMEX, cvc="1234"), reference="order-1")
    with wire.record() as sent:
        page = demo.payments(reference="order-1", card_id=card_id, status="approved").json
    assert (_ids(page), page["next_cursor"]) == ([wanted], None)
    queried = {
        (call.parameters["TableName"], call.parameters.get("IndexName")) for call in sent if call.operation == "Query"
    }
    assert queried == {(tables.TABLE, "by_reference"), (tables.FOUND_BY, None)}


def test_filter_by_time(demo: Merchant, clock: Clock) -> None:
    made: list[tuple[str, str]] = []
    for _ in range(4):
        auth_id = demo.authorized()
        made.append((auth_id, demo.payment(auth_id).json["created_at"]))
        clock.advance(HOUR)
    (_, _), (one, from_then), (two, _), (_, to_then) = made
    assert _ids(demo.payments(created_from=from_then, created_to=to_then).json) == [two, one]
    assert _every(demo, created_from=from_then, created_to=to_then, limit="1") == ([two, one], 2)
    assert len(_ids(demo.payments(created_from=from_then).json)) == 3
    assert len(_ids(demo.payments(created_to=to_then).json)) == 3
    elsewhere = datetime.fromisoformat(from_then).astimezone(timezone(timedelta(hours=-5, minutes=-30))).isoformat()
    assert _ids(demo.payments(created_from=elsewhere, created_to=to_then).json) == [two, one]


def test_all_filters_together(demo: Merchant) -> None:
    wanted = demo.authorized(reference="r")
    shown = demo.payment(wanted).json
    demo.captured(10_00, of=demo.authorized(reference="r"))
    demo.authorized(reference="other")
    demo.authorized(reference="r", card=build.card_details(number=build.AMEX, cvc="1234"))
    every: dict[str, Values] = {
        "card_id": shown["card"]["card_id"],
        "status": "approved",
        "reference": "r",
        "created_from": shown["created_at"],
        "created_to": "2999-01-01t00:00:00z",
    }
    assert _ids(demo.payments(**every).json) == [wanted]


@pytest.mark.full
def test_filters_without_an_index_read_on_until_the_page_is_full(
    demo: Merchant, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sharded_index, "EXAMINED_AT_ONCE", 2)
    wanted = [demo.authorized() for _ in range(3)]
    for auth_id in wanted:
        demo.captured(10_00, of=auth_id)
    for _ in range(5):
        demo.authorized()
    assert _ids(demo.payments(status="captured", limit="2").json) == wanted[:0:-1]
    assert _every(demo, status="captured", limit="2") == (wanted[::-1], 2)
    assert demo.payments(status="refunded").json == {"data": [], "next_cursor": None, "searched": 8}
    assert demo.payments(status="captured", limit="1").json["searched"] == 6


@pytest.mark.full
@pytest.mark.parametrize("bound", [{"MAX_EXAMINED": 4}, {"MAX_SECONDS": 0.0, "EXAMINED_AT_ONCE": 4}])
def test_filters_without_an_index_read_a_bounded_number(
    bound: dict[str, float], demo: Merchant, wire: Wire, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page ends at the bound: short or empty, with a cursor that continues."""
    for name, value in {"_READ_AT_ONCE": 2, **bound}.items():
        monkeypatch.setattr(sharded_index, name, value)
    wanted = [demo.authorized() for _ in range(2)]
    for auth_id in wanted:
        demo.captured(10_00, of=auth_id)
    for _ in range(5):
        demo.authorized()
    with wire.record() as sent:
        page = demo.payments(status="captured", limit="2").json
    assert (page["data"], page["next_cursor"] is None) == ([], False)
    assert [call.operation for call in sent].count("BatchGetItem") == 2
    assert _every(demo, status="captured", limit="2") == (wanted[::-1], 2)
    assert _every(demo, status="captured", limit="1") == (wanted[::-1], 3)


def test_a_filter_without_an_index_has_the_engines_time(demo: Merchant, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sharded_index, "EXAMINED_AT_ONCE", 2)
    monkeypatch.setenv(SEARCH_VARIABLE, "0")
    for _ in range(3):
        demo.authorized()
    page = demo.payments(status="captured").json
    assert (page["data"], page["searched"], page["next_cursor"] is None) == ([], 2, False)
    assert demo.payments(status="captured", cursor=page["next_cursor"]).json["next_cursor"] is None


def test_new_payments_do_not_shift_filtered_pages(demo: Merchant) -> None:
    made = [demo.authorized(reference="r") for _ in range(4)]
    first = demo.payments(reference="r", limit="2").json
    demo.authorized(reference="r")
    second = demo.payments(reference="r", limit="2", cursor=first["next_cursor"]).json
    assert _ids(first) + _ids(second) == made[::-1]
    assert second["next_cursor"] is None


OTHER_FILTERS: list[dict[str, Values]] = [
    {},
    {"reference": "s"},
    {"reference": "r", "status": "approved"},
    {"status": "approved"},
    {"card_id": "card_" + "c" * 26},
    {"reference": "r", "last4": "4242"},
    {"reference": "r", "customer": "4242"},
    {"reference": "r", "order": "asc"},
    {"reference": "r", "created_from": "2026-11-20T00:00:00Z"},
    {"reference": "r", "created_to": "2999-11-20T00:00:00Z"},
]


@pytest.mark.full
@pytest.mark.parametrize("other", OTHER_FILTERS)
def test_cursor_of_another_filter(other: dict[str, Values], demo: Merchant) -> None:
    for _ in range(2):
        demo.authorized(reference="r")
    cursor = demo.payments(reference="r", limit="1").json["next_cursor"]
    assert demo.payments(**other, cursor=cursor).code == "cursor_invalid"
    # The page size is not a filter.
    assert demo.payments(reference="r", limit="2", cursor=cursor).status == 200


def test_cursor_outside_its_time_range(demo: Merchant) -> None:
    """The mark is not secret; a forged cursor shows no more than the filter does."""
    demo.authorized()
    since = "2026-11-20T00:00:00.000000Z"
    told = json.dumps(["list_payments", "demo", None, None, None, since, None])
    cursor = _encoded(hashlib.sha256(told.encode()).hexdigest()[:8] + "2000-01-01T00:00:00.000000Z#" + build.PAYMENT_ID)
    assert demo.payments(created_from=since, cursor=cursor).json == {"data": [], "next_cursor": None}


# --- refusals ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "query, code, param",
    [
        ({"limit": "0"}, "parameter_invalid", "limit"),
        ({"limit": "-1"}, "parameter_invalid", "limit"),
        ({"limit": str(MAX_PAGE + 1)}, "parameter_invalid", "limit"),
        ({"limit": "9" * 5_000}, "parameter_invalid", "limit"),
        ({"limit": "ten"}, "parameter_invalid", "limit"),
        ({"limit": "1.5"}, "parameter_invalid", "limit"),
        ({"limit": ""}, "parameter_invalid", "limit"),
        ({"limit": ["1", "1"]}, "parameter_invalid", "limit"),
        ({"order": "oldest"}, "parameter_invalid", "order"),
        ({"order": ""}, "parameter_invalid", "order"),
        ({"last4": "42"}, "parameter_invalid", "last4"),
        ({"amount": "100"}, "parameter_unknown", "amount"),  # no such filter; it is not ignored
        ({"status": "paid"}, "parameter_invalid", "status"),
        ({"status": ""}, "parameter_invalid", "status"),
        ({"card_id": "4242424242424242"}, "parameter_invalid", "card_id"),
        ({"card_id": "card_" + "C" * 26}, "parameter_invalid", "card_id"),
        ({"card_id": ["card_" + "c" * 26] * 2}, "parameter_invalid", "card_id"),
        ({"reference": ""}, "parameter_invalid", "reference"),
        ({"reference": "x" * 101}, "parameter_invalid", "reference"),
        ({"created_from": "yesterday"}, "parameter_invalid", "created_from"),
        ({"created_from": "2026-11-20"}, "parameter_invalid", "created_from"),
        ({"created_from": "1795160474"}, "parameter_invalid", "created_from"),
        ({"created_from": "2026-11-20T07:41:14"}, "parameter_invalid", "created_from"),  # no time zone
        ({"created_from": "2026-02-30T07:41:14Z"}, "parameter_invalid", "created_from"),
        ({"created_from": "2026-11-20T25:41:14Z"}, "parameter_invalid", "created_from"),
        (
            {"created_from": "2026-11-20T07:41:14 00:00"},
            "parameter_invalid",
            "created_from",
        ),  # an unescaped +
        ({"created_from": "2026-11-20T07:41:14.1234567Z"}, "parameter_invalid", "created_from"),
        ({"created_from": "0001-01-01T00:00:00+14:00"}, "parameter_invalid", "created_from"),
        ({"created_to": "２０２６-11-20T07:41:14Z"}, "parameter_invalid", "created_to"),
        (
            {"created_from": "2026-11-20T00:00:00Z", "created_to": "2026-11-20T00:00:00Z"},
            "parameter_invalid",
            "created_to",
        ),
        ({"Limit": "1"}, "parameter_unknown", "Limit"),
        ({"cursor": ["a", "b"]}, "parameter_invalid", "cursor"),
    ],
)
def test_invalid_queries(query: dict[str, Values], code: str, param: str, demo: Merchant) -> None:
    reply = send(LIST_PAYMENTS, query=query)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


_MARK_OF_DEMO = hashlib.sha256(b'["list_payments", "demo", null, null, null, null, null]').hexdigest()[:8]


@pytest.mark.parametrize(
    "cursor",
    [
        "",
        "garbage",
        "!!!",
        "a",
        "ünï",
        "x" * 201,
        _encoded("2026-11-20T07:41:14.000000Z#auth_x"),
        _encoded("00000000" + "2026-11-20T07:41:14.000000Z#" + build.PAYMENT_ID),
        # With the right mark, which is not secret, but still not a cursor that the list produces.
        _encoded(_MARK_OF_DEMO),
        _encoded(_MARK_OF_DEMO + "yesterday"),
        _encoded(_MARK_OF_DEMO + "\x00"),
    ],
)
def test_forged_cursor(cursor: str, demo: Merchant) -> None:
    demo.authorized()
    reply = demo.payments(cursor=cursor)
    assert (reply.status, reply.code, reply.json["param"]) == (400, "cursor_invalid", "cursor")


@pytest.mark.parametrize("spoil", [lambda c: c[:-1], lambda c: c[:-4], lambda c: c + "A", lambda c: c.swapcase()])
def test_changed_cursor(spoil: Callable[[str], str], demo: Merchant) -> None:
    for _ in range(2):
        demo.authorized()
    cursor = demo.payments(limit="1").json["next_cursor"]
    assert demo.payments(limit="1", cursor=spoil(cursor)).code == "cursor_invalid"


def test_cursor_of_another_merchant(demo: Merchant, globex: Merchant) -> None:
    for _ in range(2):
        globex.authorized()
    cursor = globex.payments(limit="1").json["next_cursor"]
    assert demo.payments(limit="1", cursor=cursor).code == "cursor_invalid"
