"""GET /disputes: the merchant's disputes, newest first, as their payments have them now."""

from collections.abc import Callable

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core import ids
from paysandbox.core.timestamps import format_timestamp
from paysandbox.payments.ledger.items import key
from tests.support.clients.call import Merchant, Reply
from tests.support.clients.disputed import disputed, evidence, listed, payment_of, show, simulate


def found(reply: Reply) -> list[str]:
    return [dispute["dispute_id"] for dispute in reply.json["data"]]


def auth_of(dispute_id: str) -> str:
    payment_id = ids.payment_of(dispute_id)
    assert payment_id is not None
    return payment_id


def test_no_disputes(demo: Merchant) -> None:
    demo.captured()
    assert listed().json == {"data": [], "next_cursor": None}


@pytest.mark.full
def test_newest_first_page_by_page(demo: Merchant) -> None:
    made = [disputed(demo) for _ in range(5)]
    first = listed(limit="2")
    disputed(demo)
    second = listed(limit="2", cursor=first.json["next_cursor"])
    last = listed(limit="2", cursor=second.json["next_cursor"])
    assert found(first) + found(second) + found(last) == made[::-1]
    assert last.json["next_cursor"] is None
    oldest = listed(limit="4", order="asc")
    assert found(oldest) == made[:4]
    assert found(listed(limit="1", order="asc", cursor=oldest.json["next_cursor"])) == made[4:]


def test_a_listed_dispute_is_never_stale(demo: Merchant) -> None:
    """The index holds ids only, and the stream's reader knows nothing of what came later."""
    dispute_id = disputed(demo)
    evidence(dispute_id, {"receipt": "file_1"}, submit=True)
    simulate(dispute_id, "win")
    [dispute] = listed().json["data"]
    shown = show(dispute_id).json
    assert dispute["status"] == "won"
    assert dispute == {name: shown[name] for name in dispute}


FILTERS: list[tuple[Callable[[str], dict[str, str]], bool]] = [
    (lambda _: {"status": "needs_response"}, True),
    (lambda _: {"status": "under_review"}, False),
    (lambda _: {"reason": "duplicate"}, True),
    (lambda _: {"reason": "fraudulent"}, False),
    (lambda _: {"reason": "duplicate", "status": "won"}, False),
    (lambda of: {"auth_id": auth_of(of)}, True),
    (lambda of: {"auth_id": auth_of(of), "status": "lost"}, False),
    (lambda of: {"auth_id": auth_of(of), "reason": "duplicate"}, True),
    (lambda _: {"auth_id": "auth_" + "z" * 26}, False),
    (lambda of: {"auth_id": of}, False),
    (lambda of: {"created_from": opened_at(of)}, True),
    (lambda of: {"created_to": opened_at(of)}, False),
    (lambda of: {"created_from": opened_at(of), "auth_id": auth_of(of)}, True),
    (lambda of: {"created_to": opened_at(of), "auth_id": auth_of(of)}, False),
]


def opened_at(dispute_id: str) -> str:
    return format_timestamp(payment_of(dispute_id).operations[2].at)


@pytest.mark.parametrize("query, matches", FILTERS)
def test_filters(query: Callable[[str], dict[str, str]], matches: bool, demo: Merchant) -> None:
    dispute_id = disputed(demo, reason="duplicate")
    assert found(listed(**query(dispute_id))) == ([dispute_id] if matches else [])


def test_disputes_of_one_payment_need_no_index(demo: Merchant) -> None:
    """Not even the first one, whose row the stream's reader has yet to write."""
    first = disputed(demo, stored=False, amount=4_00)
    evidence(first, {"receipt": "file_1"}, submit=True)
    simulate(first, "lose")
    second = disputed(demo, stored=False, of=auth_of(first))
    page = listed(auth_id=auth_of(first), limit="1")
    assert found(page) == [second]
    assert found(listed(auth_id=auth_of(first), limit="1", cursor=page.json["next_cursor"])) == [first]
    assert listed(auth_id=auth_of(first)).json["next_cursor"] is None
    oldest = listed(auth_id=auth_of(first), limit="1", order="asc")
    assert found(oldest) == [first]
    after = listed(auth_id=auth_of(first), order="asc", cursor=oldest.json["next_cursor"])
    assert (found(after), after.json["next_cursor"]) == ([second], None)


@pytest.mark.parametrize(
    "query", [{}, {"status": "lost"}, {"limit": "1", "reason": "fraudulent"}, {"auth_id": "of it"}]
)
def test_a_cursor_is_of_one_list(query: dict[str, str], demo: Merchant) -> None:
    disputed(demo)
    dispute_id = disputed(demo)
    cursor = listed(limit="1", created_from=opened_at(dispute_id).replace("2026", "2020")).json["next_cursor"]
    query = query | ({"auth_id": auth_of(dispute_id)} if "auth_id" in query else {})
    assert listed(cursor=cursor, **query).code == "cursor_invalid"


def test_of_this_merchant_only(demo: Merchant, globex: Merchant) -> None:
    mine, theirs = disputed(demo), disputed(globex)
    assert (found(listed()), found(listed("globex"))) == ([mine], [theirs])
    assert listed("globex", auth_id=auth_of(mine)).json["data"] == []


def test_a_purged_payment_is_left_out(demo: Merchant, ledger: Ledger) -> None:
    kept, purged = disputed(demo), disputed(demo)
    ledger.client.delete_item(TableName=ledger.table, Key=key(auth_of(purged)))
    assert found(listed()) == [kept]


@pytest.mark.parametrize(
    "query, param",
    [
        ({"status": "open"}, "status"),
        ({"reason": "anger"}, "reason"),
        ({"created_from": "today"}, "created_from"),
        ({"created_from": "2026-11-20T00:00:00Z", "created_to": "2026-11-20T00:00:00Z"}, "created_to"),
        ({"limit": "0"}, "limit"),
    ],
)
def test_faults_are_named(query: dict[str, str], param: str) -> None:
    reply = listed(**query)
    assert (reply.status, reply.code, reply.json["param"]) == (400, "parameter_invalid", param)


# --- GET /payments?disputed=… -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("wanted", ["true", "false"])
def test_payments_by_whether_they_are_disputed(wanted: str, demo: Merchant) -> None:
    plain, auth_id = demo.authorized(), auth_of(disputed(demo, stored=False))
    ended = disputed(demo)
    evidence(ended, {"receipt": "file_1"}, submit=True)
    simulate(ended, "lose")
    payments = [payment["auth_id"] for payment in demo.payments(disputed=wanted).json["data"]]
    assert payments == ([auth_of(ended), auth_id] if wanted == "true" else [plain])


def test_a_cursor_of_payments_is_bound_to_the_filter(demo: Merchant) -> None:
    for _ in range(2):
        demo.authorized()
    cursor = demo.payments(limit="1", disputed="false").json["next_cursor"]
    assert demo.payments(limit="1", disputed="false", cursor=cursor).status == 200
    for other in ("true", None):
        assert demo.payments(limit="1", disputed=other, cursor=cursor).code == "cursor_invalid"
