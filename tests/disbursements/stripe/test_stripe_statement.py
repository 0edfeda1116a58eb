"""Stripe's statement: a line of each transfer and its payout, read as it was written, and compared."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

import pytest

from paysandbox.disbursements.disbursement import Disbursement, Source, Status
from paysandbox.disbursements.provider_update_rules import informed
from paysandbox.disbursements.rail import ProviderUpdate
from paysandbox.disbursements.statement import (
    NotAStatementError,
    Statement,
    StatementItem,
    compare_statement,
    read_statement,
    write_statement,
)
from paysandbox.disbursements.steps import Step, stepped
from paysandbox.disbursements.stripe.statement import STRIPE_STATEMENT, statement_item
from tests.support.builders import disbursements
from tests.support.builders.build import MONDAY

CREATED: Final = int(MONDAY.timestamp())
ARRIVES: Final = CREATED + 172_800
TRANSFER: Final[dict[str, Any]] = {
    "id": "tr_1", "amount": 12_50, "currency": "usd", "created": CREATED, "destination": "acct_1", "reversed": False,
}  # fmt: skip
PAYOUT: Final[dict[str, Any]] = {"id": "po_1", "status": "paid", "arrival_date": ARRIVES, "failure_code": None}


def recorded(*updates: ProviderUpdate) -> Disbursement:
    """Return a disbursement that was sent, after these updates."""
    given = disbursements.accepted(method="stripe", stripe_account="acct_1")
    one = stepped(given, Step.SEND, Source.WORKER, MONDAY)
    for update in (ProviderUpdate(reference="tr_1", item_reference="po_1"), *updates):
        one, _ = informed(one, update, MONDAY + timedelta(hours=1))
    return one


def line(one: Disbursement, payout: dict[str, Any] | None, **of_transfer: Any) -> StatementItem:
    """Return the line of a disbursement's transfer."""
    made = {**TRANSFER, "metadata": {"disbursement": one.batch_id}, "transfer_group": one.id, **of_transfer}
    item = statement_item(made, payout)
    assert item is not None
    return item


def differences(one: Disbursement, *items: StatementItem) -> list[str]:
    """Return the differences of a statement with these lines, after it was written and read."""
    made = Statement(format=STRIPE_STATEMENT, day=MONDAY.date(), made_at=MONDAY + timedelta(days=3), items=items)
    read = read_statement("".join(write_statement(made)).encode(), [STRIPE_STATEMENT])
    assert [replace(item, line_no=0) for item in read.items] == [*items]
    return [str(found.type) for found in compare_statement(read, [one]).differences]


PAID: Final = recorded(ProviderUpdate(step=Step.PAY, reference="tr_1"))
FAILED: Final = recorded(ProviderUpdate(step=Step.FAIL, reference="tr_1", code="NO_ACCOUNT"))
UNCLAIMED: Final = recorded(ProviderUpdate(step=Step.UNCLAIM, reference="tr_1", code="REQUIREMENTS_PAST_DUE"))


@pytest.mark.parametrize(
    "one, payout, of_transfer",
    [
        (PAID, PAYOUT, {}),
        (recorded(), {**PAYOUT, "status": "in_transit"}, {}),
        (FAILED, {**PAYOUT, "status": "failed", "failure_code": "no_account"}, {"reversed": True}),
        (UNCLAIMED, None, {}),
        (recorded(ProviderUpdate(step=Step.FAIL, reference="tr_1")), None, {"reversed": True}),
    ],
    ids=["paid", "in transit", "failed", "unclaimed", "reversed"],
)
def test_a_line_that_agrees(one: Disbursement, payout: dict[str, Any] | None, of_transfer: dict[str, Any]) -> None:
    assert differences(one, line(one, payout, **of_transfer)) == []


@pytest.mark.parametrize(
    "one, payout, of_transfer, difference",
    [
        (PAID, {**PAYOUT, "status": "failed", "failure_code": "no_account"}, {}, "status_mismatch"),
        (PAID, PAYOUT, {"amount": 12_51}, "amount_mismatch"),
        (PAID, PAYOUT, {"currency": "eur"}, "currency_mismatch"),
        (PAID, PAYOUT, {"id": "tr_2"}, "reference_mismatch"),
        (PAID, PAYOUT, {"metadata": {"disbursement": "dsb_other"}}, "missing_in_sandbox"),
        (FAILED, {**PAYOUT, "status": "failed", "failure_code": "account_closed"}, {}, "code_mismatch"),
    ],
)
def test_a_line_that_differs(
    one: Disbursement, payout: dict[str, Any], of_transfer: dict[str, Any], difference: str
) -> None:
    found = differences(one, line(one, payout, **of_transfer))
    assert found[0] == difference


def test_one_without_a_line() -> None:
    assert differences(PAID) == ["missing_in_file"]
    assert PAID.status is Status.PAID


def test_other_transfers_have_no_line() -> None:
    assert statement_item({**TRANSFER, "metadata": {}}, None) is None


@pytest.mark.parametrize(
    "amount, currency, fine", [("500", "JPY", True), ("12.5", "USD", False), ("5.00", "JPY", False)]
)
def test_amounts_have_the_decimals_of_their_currency(amount: str, currency: str, *, fine: bool) -> None:
    one = disbursements.accepted(method="stripe", amount=500, currency="JPY")
    made = Statement(
        format=STRIPE_STATEMENT, day=date(2026, 11, 16), made_at=datetime(2026, 11, 17, tzinfo=UTC),
        items=(line(one, PAYOUT, amount=500, currency="jpy"),),
    )  # fmt: skip
    text = "".join(write_statement(made)).replace(",500,JPY,", f",{amount},{currency},")
    if fine:
        assert read_statement(text.encode(), [STRIPE_STATEMENT]).items[0].amount == 500
    else:
        with pytest.raises(NotAStatementError):
            read_statement(text.encode(), [STRIPE_STATEMENT])
