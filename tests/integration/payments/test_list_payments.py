"""GET /payments: the merchant's payments, newest first."""

import base64
import hashlib
from collections.abc import Callable

import pytest
from botocore.awsrequest import AWSPreparedRequest, AWSResponse

from paysandbox.contract.payment_requests import MAX_PAGE
from paysandbox.routes.payments import LIST_PAYMENTS
from paysandbox.table.items import key
from paysandbox.table.ledger import Ledger
from tests.integration.wire import Deliver, Wire, answered_with
from tests.support import build, tables
from tests.support.call import Merchant, Values, send


def _ids(page: dict[str, list[dict[str, str]]]) -> list[str]:
    return [payment["auth_id"] for payment in page["data"]]


def test_nothing_yet(demo: Merchant) -> None:
    assert demo.payments().json == {"data": [], "next_cursor": None}


def test_newest_first(demo: Merchant) -> None:
    made = [demo.authorized() for _ in range(5)]
    page = demo.payments().json
    assert _ids(page) == made[::-1]
    assert page["next_cursor"] is None


def test_a_payment_is_listed_as_it_is_shown(demo: Merchant) -> None:
    """The index knows ids only: what is listed is read from the ledger, as of now."""
    auth_id = demo.authorized(10_00)
    demo.captured(4_00, of=auth_id)
    declined = demo.authorize(card=build.card_details(number=build.INSUFFICIENT_FUNDS)).json["auth_id"]
    assert demo.payments().json["data"] == [demo.payment(declined).json, demo.payment(auth_id).json]


@pytest.mark.parametrize("count, limit", [(7, 3), (6, 3), (3, 3), (2, 3), (20, 1)])
def test_page_by_page_each_payment_is_met_once(count: int, limit: int, demo: Merchant) -> None:
    made = [demo.authorized() for _ in range(count)]
    met: list[str] = []
    cursor: str | None = None
    pages = 0
    while True:
        page = demo.payments(limit=str(limit), cursor=cursor).json
        assert len(page["data"]) <= limit
        met += _ids(page)
        pages += 1
        cursor = page["next_cursor"]
        if cursor is None:
            break
    assert met == made[::-1]
    assert pages == -(-count // limit)


def test_what_is_new_does_not_shift_the_pages(demo: Merchant) -> None:
    made = [demo.authorized() for _ in range(4)]
    first = demo.payments(limit="2").json
    demo.authorized()
    second = demo.payments(limit="2", cursor=first["next_cursor"]).json
    assert _ids(first) + _ids(second) == made[::-1]


def test_twenty_to_a_page_unless_asked_otherwise(demo: Merchant) -> None:
    for _ in range(21):
        demo.authorized()
    assert len(demo.payments().json["data"]) == 20
    assert len(demo.payments(limit="100").json["data"]) == 21
    assert len(demo.payments(limit="1").json["data"]) == 1


def test_only_the_merchants_own(demo: Merchant, globex: Merchant) -> None:
    mine = demo.authorized()
    theirs = globex.authorized()
    assert _ids(demo.payments().json) == [mine]
    assert _ids(globex.payments().json) == [theirs]


def test_a_merchant_whose_name_begins_with_anothers(demo: Merchant) -> None:
    demo.authorized()
    assert Merchant("demo-2").payments().json["data"] == []
    assert Merchant("dem").payments().json["data"] == []


def test_claims_are_no_payments(demo: Merchant, ledger: Ledger) -> None:
    auth_id = demo.authorized()
    demo.captured(1, of=auth_id)
    assert len(tables.items(ledger)) == 2
    assert _ids(demo.payments().json) == [auth_id]


def test_what_was_purged_since_it_was_indexed_is_left_out(demo: Merchant, ledger: Ledger, wire: Wire) -> None:
    """An index may name a payment for a moment longer than the table has it."""
    kept, purged = demo.authorized(), demo.authorized()

    def forget(request: AWSPreparedRequest, deliver: Deliver) -> AWSResponse:
        ledger.client.delete_item(TableName=ledger.table, Key=key(purged))
        return deliver()

    with wire.broken(forget, when=lambda sent: sent.operation == "BatchGetItem"):
        page = demo.payments().json
    assert _ids(page) == [kept]


def test_keys_that_dynamodb_did_not_get_to_are_asked_for_again(demo: Merchant, wire: Wire) -> None:
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
        ({"status": "captured"}, "parameter_unknown", "status"),  # filters come later, and are not ignored until then
        ({"Limit": "1"}, "parameter_unknown", "Limit"),
        ({"cursor": ["a", "b"]}, "parameter_invalid", "cursor"),
    ],
)
def test_a_malformed_query(query: dict[str, Values], code: str, param: str, demo: Merchant) -> None:
    reply = send(LIST_PAYMENTS, query=query)
    assert (reply.status, reply.code, reply.json["param"]) == (400, code, param)


def _encoded(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


_MARK_OF_DEMO = hashlib.sha256(b"list_payments:demo").hexdigest()[:8]


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
        # With the right mark, which is no secret: still not what the list makes.
        _encoded(_MARK_OF_DEMO),
        _encoded(_MARK_OF_DEMO + "yesterday"),
        _encoded(_MARK_OF_DEMO + "\x00"),
    ],
)
def test_a_cursor_that_this_list_did_not_make(cursor: str, demo: Merchant) -> None:
    demo.authorized()
    reply = demo.payments(cursor=cursor)
    assert (reply.status, reply.code, reply.json["param"]) == (400, "cursor_invalid", "cursor")


@pytest.mark.parametrize("spoil", [lambda c: c[:-1], lambda c: c[:-4], lambda c: c + "A", lambda c: c.swapcase()])
def test_a_cursor_is_used_unchanged(spoil: Callable[[str], str], demo: Merchant) -> None:
    for _ in range(2):
        demo.authorized()
    cursor = demo.payments(limit="1").json["next_cursor"]
    assert demo.payments(limit="1", cursor=spoil(cursor)).code == "cursor_invalid"


def test_a_cursor_of_another_merchant(demo: Merchant, globex: Merchant) -> None:
    for _ in range(2):
        globex.authorized()
    cursor = globex.payments(limit="1").json["next_cursor"]
    assert demo.payments(limit="1", cursor=cursor).code == "cursor_invalid"
