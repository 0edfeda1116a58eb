"""Changes as DynamoDB expressions: the properties common to every update, across all decisions.

The local engines accept an update of both a map and one of its entries, and drop half of it; AWS rejects it. So the
test checks the text of the request.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import product
from typing import Any

import pytest

from paysandbox.core.guard import Guard, Size, StoredValue
from paysandbox.payments.change import Change, Minus, Plus, Term
from paysandbox.payments.ledger.expressions import Expression, update
from paysandbox.payments.operations.intent_updated import IntentUpdated
from paysandbox.payments.operations.settlement import Settlement
from paysandbox.payments.payment import Payment
from paysandbox.payments.rules.capture import capture
from paysandbox.payments.rules.refund import refund
from paysandbox.payments.rules.void import void
from paysandbox.settlement.business_day import BatchName
from paysandbox.settlement.fees import STANDARD_FEES, read_fees
from paysandbox.settlement.settlement import Batch, entries_of, settle
from tests.support.builders import build, intents
from tests.support.builders.build import DAY, MERCHANT, MICROSECOND, MONDAY, PAYMENT_ID

PURGE_AT = 1_800_000_000
CAPTURE_ID = build.operation_id("cap", 1)


def late(payment: Payment) -> Payment:
    """Return the payment with its last operation a moment later."""
    *before, last = payment.operations
    return replace(payment, operations=(*before, replace(last, at=last.at + MICROSECOND)))


TO_SETTLE = {
    "all": build.authorized(10_00, automatic=True),
    "what is captured": build.lived(10_00, captures=[4_00]),
    "what is in time": late(build.lived(10_00, captures=[4_00], refunds=[(1, 1_00)])),
}
LOOSELY_REFUNDED = replace(build.lived(10_00, captures=[4_00]), refundable=3_00, unallocated_refund=1_00)


def variants() -> Iterator[tuple[str, Change]]:
    """Return every change that the decisions can make, by request and by known state."""
    yield "void", void(PAYMENT_ID, MERCHANT, build.void(9))
    for amount, currency, current in product([None, 1_00], [None, "USD"], [None, LOOSELY_REFUNDED]):
        known = f"amount={amount} currency={currency} met={current is not None}"
        for final in (False, True):
            operation = build.capture(9, final=final)
            yield (
                f"capture final={final} {known}",
                capture(PAYMENT_ID, MERCHANT, operation, amount=amount, currency=currency, current=current),
            )
        for of in (None, CAPTURE_ID):
            operation = build.refund(9, of=of, reason="a reason")
            yield (
                f"refund of={of and 'capture'} {known}",
                refund(PAYMENT_ID, MERCHANT, operation, amount=amount, currency=currency, current=current),
            )
    yield from changes_of_intents()
    for what, payment in TO_SETTLE.items():
        entries = entries_of(payment, Batch(BatchName.read("2026-11-16"), MONDAY), read_fees(STANDARD_FEES))
        change = settle(payment, entries, request_id="a request", at=MONDAY + DAY)
        assert change is not None
        yield f"settle {what}", change


def changes_of_intents() -> Iterator[tuple[str, Change]]:
    """Return every change that the decisions about intents can make."""
    opened, held = intents.opened(), intents.lived(intents.opened(), intents.attempt())
    twice = intents.lived(held, intents.capture(4_00), intents.capture(6_00, 2))
    yield "revise", intents.revise(intents.terms(7_00))(opened)(None)
    for code, automatic in product(("00", "51"), (False, True)):
        payment = intents.opened(automatic=automatic)
        yield f"attempt {code} automatic={automatic}", intents.attempt(code)(payment)(None)
    for what, current in {"unread": None, "pending": opened, "held": held}.items():
        yield f"cancel {what}", intents.cancel(9, reason="abandoned")(opened)(current)
    for amount, current in product([None, 5_00], [None, twice]):
        yield f"refund payment amount={amount} met={current is not None}", intents.refund(amount, 9)(twice)(current)


VARIANTS = dict(variants())


def expanded(text: str, names: Mapping[str, str]) -> str:
    return re.sub(r"#\d+", lambda match: names[match[0]], text)


def targets(request: Mapping[str, Any]) -> list[tuple[str, ...]]:
    """Return the document paths that an update writes, parsed from its text."""
    sets, _, removes = request["UpdateExpression"].removeprefix("SET ").partition(" REMOVE ")
    # A comma inside a function's parentheses does not end an action.
    actions = re.split(r", (?![^(]*\))", sets)
    written = [action.partition(" = ")[0] for action in actions] + (removes.split(", ") if removes else [])
    return [tuple(request["ExpressionAttributeNames"][name] for name in path.split(".")) for path in written]


def test_no_update_writes_a_map_and_an_entry_of_it(subtests: pytest.Subtests) -> None:
    for name, change in VARIANTS.items():
        with subtests.test(str(name)):
            written = targets(update(change, PURGE_AT))

            overlapping = [(a, b) for a, b in product(written, repeat=2) if a is not b and a == b[: len(a)]]
            assert not overlapping
            assert {("operations",), ("version",), ("purge_at",)} <= set(written)
            # A settlement and changed terms move nothing, and do not count against the limit for refunds.
            moves = not isinstance(change.operation, (Settlement, IntentUpdated))
            assert (("amounts", change.operation.id) in written) is moves
            assert all(("amounts", operation.id) in written for operation in change.also)


def test_every_name_and_value_is_a_placeholder(subtests: pytest.Subtests) -> None:
    """Many of our names are reserved words, and that list grows."""
    for name, change in VARIANTS.items():
        with subtests.test(str(name)):
            request = update(change, PURGE_AT)
            text = f"{request['UpdateExpression']} {request['ConditionExpression']}"

            words = set(re.findall(r"[a-zA-Z_]\w*", re.sub(r"[#:]\d+", "", text)))
            assert words <= {
                "SET",
                "REMOVE",
                "AND",
                "list_append",
                "if_not_exists",
                "attribute_exists",
                "attribute_not_exists",
                "size",
            }
            assert set(re.findall(r"#\d+", text)) == set(request["ExpressionAttributeNames"])  # AWS rejects unused ones
            assert set(re.findall(r":\d+", text)) == set(request["ExpressionAttributeValues"])


def test_every_update_checks_merchant_and_replay(subtests: pytest.Subtests) -> None:
    """An update with only negative guards would create a missing item."""
    for name, change in VARIANTS.items():
        with subtests.test(str(name)):
            request = update(change, PURGE_AT)
            mine, once, *_ = request["ConditionExpression"].split(" AND ")

            assert expanded(mine, request["ExpressionAttributeNames"]) == "merchant = :0"
            assert request["ExpressionAttributeValues"][":0"] == {"S": MERCHANT}
            assert (
                expanded(once, request["ExpressionAttributeNames"])
                == f"attribute_not_exists(amounts.{change.operation.id})"
            )


def test_guards_are_in_the_condition_in_order(subtests: pytest.Subtests) -> None:
    for name, change in VARIANTS.items():
        with subtests.test(str(name)):
            request = update(change, PURGE_AT)

            alone = []
            for guard in change.guards:
                expression = Expression()
                alone.append(re.sub(r":\d+", ":", expanded(expression.guard(guard), expression.names)))
            conditions = expanded(request["ConditionExpression"], request["ExpressionAttributeNames"]).split(" AND ")
            assert [re.sub(r":\d+", ":", condition) for condition in conditions[2:]] == alone


def test_every_update_counts_its_operation_and_returns_the_item(subtests: pytest.Subtests) -> None:
    for name, change in VARIANTS.items():
        with subtests.test(str(name)):
            request = update(change, PURGE_AT)
            text = expanded(request["UpdateExpression"], request["ExpressionAttributeNames"])

            assert "operations = list_append(operations, :" in text
            assert re.search(r"version = version \+ :\d+", text)
            assert request["ReturnValues"] == "ALL_NEW"
            assert request["ReturnValuesOnConditionCheckFailure"] == "ALL_OLD"
            assert request["Key"] == {"transaction_id": {"S": PAYMENT_ID}}
            assert {"N": str(PURGE_AT)} in request["ExpressionAttributeValues"].values()


@pytest.mark.parametrize(
    "assign, remove",
    [
        ({("captures",): 0, ("captures", "cap_1"): 1}, ()),
        ({("captures", "cap_1"): 1, ("captures",): 0}, ()),
        ({("captures", "cap_1"): 1}, (("captures",),)),
        ({("unallocated_refund",): 0}, (("unallocated_refund",),)),
        ({("operations", "0"): 1}, ()),  # every update appends to it
        ({("version",): 7}, ()),
        ({("purge_at",): 7}, ()),
    ],
)
def test_overlapping_targets_are_rejected(assign: dict[Any, Any], remove: tuple[Any, ...]) -> None:
    change = Change(
        payment_id=PAYMENT_ID, merchant=MERCHANT, operation=build.void(), guards=(), assign=assign, remove=remove
    )

    with pytest.raises(AssertionError, match="overlapping targets"):
        update(change, PURGE_AT)


def test_sibling_paths_do_not_overlap() -> None:
    update(
        Change(
            payment_id=PAYMENT_ID,
            merchant=MERCHANT,
            operation=build.void(),
            guards=(),
            assign={("captures", "a"): 1, ("captures", "ab"): 1, ("capt",): 1},
        ),
        0,
    )


@pytest.mark.parametrize(
    "value, compiled",
    [
        (7, ":0"),
        ("text", ":0"),
        (Term(("remaining",)), "remaining"),
        (Term(("unallocated_refund",), absent=0), "if_not_exists(unallocated_refund, :0)"),
        (Plus(Term(("refundable",)), 7), "refundable + :0"),
        (Minus(Term(("captures", "cap_1")), Term(("unallocated_refund",))), "captures.cap_1 - unallocated_refund"),
        (
            Plus(Term(("unallocated_refund",), absent=0), Term(("refundable",))),
            "if_not_exists(unallocated_refund, :0) + refundable",
        ),
    ],
)
def test_value_expressions(value: Any, compiled: str) -> None:
    expression = Expression()

    assert expanded(expression.operand(value), expression.names) == compiled


@pytest.mark.parametrize(
    "guard, compiled",
    [
        (Guard(("remaining",), ">=", 7, None), "remaining >= :0"),
        (Guard(("captures", "cap_1"), "exists", None, None), "attribute_exists(captures.cap_1)"),
        (Guard(("unallocated_refund",), "not_exists", None, None), "attribute_not_exists(unallocated_refund)"),
        (Guard(Size(("captures",)), "<", 50, None), "size(captures) < :0"),
        (Guard(("currency",), "not_in", ("ISK", "KWD"), None), "NOT (currency IN (:0, :1))"),
        (Guard(("refundable",), ">=", StoredValue(("captures", "cap_1")), None), "refundable >= captures.cap_1"),
    ],
)
def test_guards_as_conditions(guard: Guard, compiled: str) -> None:
    expression = Expression()

    assert expanded(expression.guard(guard), expression.names) == compiled


def test_a_guard_without_a_value_is_an_internal_error() -> None:
    with pytest.raises(AssertionError, match="has no value to compare with"):
        Expression().guard(Guard(("remaining",), ">", None, None))
