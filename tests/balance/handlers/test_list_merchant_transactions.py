"""`GET /balance/transactions`: what moved the balance, newest first. Their nets are the balance."""

from datetime import timedelta
from typing import Any, get_args

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.schema import PARTITION_KEY
from paysandbox.balance.requests import TransactionType
from paysandbox.balance.routes import GET_MERCHANT_BALANCE, LIST_MERCHANT_TRANSACTIONS
from paysandbox.balance.transaction import TransactionKind
from paysandbox.core import ids
from paysandbox.disbursements.steps import Step
from paysandbox.disbursements.store.journal_entries import DISBURSEMENT, RETURN
from paysandbox.funds.journal_entry import FUNDING, OPENING, PAYOUT
from paysandbox.funds.movement import MovementKind
from tests.stripe_api.handlers.settled_nights import settle_night
from tests.support.builders import build
from tests.support.builders.payment_scenario import refund, run
from tests.support.clients.call import Merchant, Reply, send
from tests.support.clients.disbursement_requests import Payer, step
from tests.support.clients.disputed import disputed
from tests.support.clients.stripe_merchant import told
from tests.support.clients.transfers import connected, funded, paid_to, sent, taken_back
from tests.support.worlds.aws_transport import Wire
from tests.support.worlds.handlers import Clock
from tests.support.worlds.settlement_scenario import SettlementScenario

Json = dict[str, Any]


def asked(merchant: str = build.MERCHANT, **query: Any) -> Reply:
    sent = {name: str(value) for name, value in query.items() if value is not None}
    return send(LIST_MERCHANT_TRANSACTIONS, query=sent, api_key=build.api_key(merchant))


def listed(merchant: str = build.MERCHANT, **query: Any) -> list[Json]:
    told()
    reply = asked(merchant, **{"limit": 100, **query})
    assert reply.status == 200, reply.text
    return reply.json["data"]


def walked(limit: int, **query: Any) -> list[str]:
    """Return the IDs on all pages."""
    found: list[str] = []
    cursor: str | None = None
    while True:
        page = asked(limit=limit, cursor=cursor, **query).json
        found += [one["id"] for one in page["data"]]
        assert len(page["data"]) <= limit
        cursor = page["next_cursor"]
        if cursor is None:
            return found


def adds_up(merchant: str = build.MERCHANT) -> None:
    """Check that the nets of the pending and of the available transactions are the balance."""
    every = listed(merchant)
    parts = send(GET_MERCHANT_BALANCE, api_key=build.api_key(merchant)).json["data"]
    sums = {
        part["currency"]: {
            status: sum(one["net"] for one in every if (one["status"], one["currency"]) == (status, part["currency"]))
            for status in ("pending", "available")
        }
        for part in parts
    }
    assert sums == {one["currency"]: {name: one[name] for name in ("pending", "available")} for one in parts}


def shown(every: list[Json]) -> list[tuple[str, int, int]]:
    return [(one["type"], one["amount"], one["fee"]) for one in every]


def test_an_empty_list() -> None:
    assert asked().json == {"data": [], "next_cursor": None}


def test_fields_of_a_capture_before_and_after_its_settlement(clock: Clock) -> None:
    house = SettlementScenario(clock)
    house.payment(amount=10_00, automatic=True)
    (captured,) = listed()
    payment_id = ids.payment_of(captured["id"])
    assert captured == {
        "id": captured["id"],
        "type": "capture",
        "status": "pending",
        "available_on": captured["available_on"],
        "currency": "USD",
        "amount": 10_00,
        "fee": 59,
        "net": 9_41,
        "created_at": captured["created_at"],
        "payment_id": payment_id,
    }
    assert captured["available_on"][10:] == "T00:00:00.000000Z"
    settle_night(house)
    payout, settled = listed()
    assert settled == captured | {"status": "available", "available_on": settled["available_on"]}
    assert payout == {
        "id": f"{payout['batch']}@USD",
        "type": "payout",
        "status": "available",
        "available_on": payout["created_at"],
        "currency": "USD",
        "amount": -9_41,
        "fee": 0,
        "net": -9_41,
        "created_at": payout["created_at"],
        "batch": payout["batch"],
    }
    adds_up()


def test_refunds_and_disputes(demo: Merchant) -> None:
    dispute_id = disputed(demo)
    refund_id = demo.refunded(demo.captured(20_00), 1_00)
    every = listed()
    assert shown(every) == [
        ("refund", -1_00, 0),
        ("capture", 20_00, 88),
        ("chargeback", -10_00, every[2]["fee"]),
        ("capture", 10_00, 59),
    ]
    assert every[0]["id"] == refund_id
    assert every[2]["payment_id"] == ids.payment_of(dispute_id)
    adds_up()


def test_funds_and_disbursements() -> None:
    payer = Payer()
    paid, failed = payer.ready(100_00).accepted(), payer.accepted()
    step(paid, Step.SEND, Step.PAY)
    step(failed, Step.SEND, Step.FAIL)
    every = listed()
    assert [(one["type"], one["net"]) for one in every] == [
        ("disbursement_return", 12_50),
        ("disbursement", -12_50),
        ("disbursement", -12_50),
        ("funding", 100_00),
    ]
    assert [one["source_id"] for one in every[:3]] == [failed, failed, paid]
    assert walked(1) == [one["id"] for one in every]
    adds_up()


def test_transfers_for_both_merchants() -> None:
    funded(100_00)
    account = connected()
    transfer = sent(account, 40_00)
    taken_back(transfer["id"], amount=15_00)
    every = listed()
    assert [(one["type"], one["net"]) for one in every[:2]] == [("transfer_reversal", 15_00), ("transfer", -40_00)]
    assert every[1]["source_id"] == transfer["id"]
    adds_up()


def test_what_two_merchants_share_of_a_payment() -> None:
    paid_to(connected())
    told()
    every = listed()
    assert {one["type"] for one in every} >= {"capture", "transfer"}
    assert walked(1) == [one["id"] for one in every]
    adds_up()


def test_pages_list_each_once_in_both_orders(demo: Merchant, globex: Merchant) -> None:
    for amount in range(1, 6):
        demo.refunded(demo.captured(amount * 1_00), 50)
    globex.captured()
    every = [one["id"] for one in listed()]
    assert len({*every}) == 10
    for limit in (1, 3, 10, 100):
        assert walked(limit) == every
        assert walked(limit, order="asc") == every[::-1]


def test_filters(demo: Merchant) -> None:
    euros = demo.captured(20_00, of=demo.authorized(20_00, currency="EUR"))
    capture = demo.captured(10_00)
    refund_id = demo.refunded(capture, 1_00)
    payment_id = ids.payment_of(capture)

    def found(**query: Any) -> list[str]:
        return [one["id"] for one in listed(**query)]

    assert found(type="capture") == [capture, euros]
    assert found(currency="eur") == found(currency="EUR") == [euros]
    assert found(payment_id=payment_id) == [refund_id, capture]
    assert found(payment_id=payment_id, order="asc") == [capture, refund_id]
    assert found(payment_id=payment_id, type="refund") == [refund_id]
    assert found(payment_id=payment_id, currency="EUR") == found(type="payout") == []
    assert found(payment_id="auth_" + "a" * 26) == []
    assert listed(build.OTHER_MERCHANT, payment_id=payment_id) == []
    assert walked(1, payment_id=payment_id) == [refund_id, capture]
    assert walked(1, payment_id=payment_id, order="asc") == [capture, refund_id]
    assert walked(1, type="capture") == [capture, euros]
    assert asked(type="capture").json["searched"] == 3


def test_a_range_of_time(demo: Merchant, clock: Clock) -> None:
    every: list[str] = []
    for _ in range(3):
        every.insert(0, demo.captured(10_00))
        clock.advance(timedelta(minutes=1))
    times = [one["created_at"] for one in listed()]
    of_middle = {"payment_id": ids.payment_of(every[1])}

    def found(**query: Any) -> list[str]:
        return [one["id"] for one in listed(**query)]

    assert found(created_from=times[1]) == every[:2]
    assert found(created_to=times[1]) == every[2:]
    assert found(created_from=times[1], created_to=times[0]) == every[1:2]
    assert found(created_from=times[1], **of_middle) == every[1:2]
    assert found(created_to=times[1], **of_middle) == []


@pytest.mark.parametrize(
    "query, param",
    [
        ({"limit": 0}, "limit"),
        ({"limit": 101}, "limit"),
        ({"order": "newest"}, "order"),
        ({"type": "charge"}, "type"),
        ({"currency": "dollars"}, "currency"),
        ({"currency": "XXX"}, "currency"),
        ({"payment_id": "auth_1"}, "payment_id"),
        ({"created_from": "yesterday"}, "created_from"),
        ({"created_from": "2026-11-20T00:00:00Z", "created_to": "2026-11-20T00:00:00Z"}, "created_to"),
        ({"payout": "2026-11-20"}, "payout"),
    ],
    ids=str,
)
def test_invalid_parameters_are_refused(query: Json, param: str) -> None:
    problem = asked(**query).json
    assert (problem["status"], problem["param"]) == (400, param)
    assert problem["code"] in ("parameter_invalid", "parameter_unknown", "currency_unsupported")
    assert problem["request_id"]


@pytest.mark.parametrize("other", [{"type": "capture"}, {"order": "asc"}, {"currency": "USD"}], ids=str)
def test_a_cursor_is_valid_for_the_same_filters_only(other: Json, demo: Merchant) -> None:
    demo.captured(10_00)
    demo.captured(10_00)
    told()
    cursor = asked(limit=1).json["next_cursor"]
    problem = asked(limit=1, cursor=cursor, **other).json
    assert (problem["code"], problem["param"]) == ("cursor_invalid", "cursor")


def test_what_a_deleted_payment_moved_is_still_listed(demo: Merchant, ledger: Ledger) -> None:
    payment_id = demo.authorized(10_00)
    demo.captured(10_00, of=payment_id)
    told()
    ledger.client.delete_item(TableName=ledger.table, Key={PARTITION_KEY: {"S": payment_id}})
    (kept,) = asked().json["data"]
    assert (kept["status"], kept["available_on"], kept["net"]) == (None, None, 9_41)
    assert asked(payment_id=payment_id).json["data"] == []


def test_every_kind_of_entry_is_a_type() -> None:
    assert {*get_args(TransactionType)} == {
        *(str(kind) for kind in (*TransactionKind, *MovementKind)),
        *(FUNDING, OPENING, PAYOUT, DISBURSEMENT, RETURN),
    }


def test_the_history_changes_nothing_in_what_a_page_reads(demo: Merchant, wire: Wire) -> None:
    counts: list[list[str]] = []
    for payments in (4, 60):
        for _ in range(payments):
            demo.captured(10_00)
        told()
        with wire.record() as sent:
            assert len(asked(limit=4).json["data"]) == 4
        counts.append(sorted(call.operation for call in sent))
    assert counts[0] == counts[1]
    assert counts[0].count("BatchGetItem") == 2
    assert {*counts[0]} == {"BatchGetItem", "Query"}


def test_nets_are_the_balance_over_nights(clock: Clock) -> None:
    house = SettlementScenario(clock)
    paid = house.payment(amount=10_00, automatic=True)
    adds_up()
    settle_night(house)
    run(paid, refund(4_00))
    adds_up()
    settle_night(house)
    Payer().fund(7_00, "EUR")
    adds_up()
