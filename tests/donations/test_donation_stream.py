"""Records of the donations' stream: donations are parsed, other items are skipped, and only one error is raised."""

import copy
from itertools import pairwise
from typing import Any

import pytest

from paysandbox.aws.records import UnreadableRecordError
from paysandbox.aws.schema import DONATIONS_ONLY
from paysandbox.donations.event import donation_events
from paysandbox.donations.stream import donation_events_in
from paysandbox.donations.table import donation_item, donation_key
from tests.support.builders.donations import ADA, DONATION_ID, heard, of_images, opened, record

OPENED = opened()
FAILED = heard(OPENED, failed=True, failure="card_declined")
PAID = heard(FAILED, paid=50_00)
REFUNDED = heard(PAID, paid=50_00, refunded=50_00)


def item(partition: str, sort: str) -> Any:
    return {"PK": {"S": partition}, "SK": {"S": sort}}


PROFILE = item(f"USER#{ADA.email}", "PROFILE")
OWNER = item(f"DONATION#{DONATION_ID}", "OWNER")


def test_each_write_of_a_lifecycle_is_published() -> None:
    life = [None, OPENED, FAILED, PAID, REFUNDED]
    for before, after in pairwise(life):
        assert after is not None
        assert donation_events_in(record(before, after)) == donation_events(before, after)


@pytest.mark.parametrize(
    "told",
    [
        of_images({"NewImage": PROFILE}),
        of_images({"OldImage": PROFILE, "NewImage": PROFILE}),
        of_images({"NewImage": OWNER}),
        of_images({"NewImage": item("TOTALS", "DONATION_SUM#usd#03")}),
        of_images({"NewImage": item("STRIPE_EVENT#evt_1", "EVENT")}),
        of_images({"OldImage": item("STRIPE_EVENT#evt_1", "EVENT")}),
        record(PAID, None),
        record(PAID, PAID),
    ],
    ids=["donor", "donor again", "owner", "total", "Stripe's event", "purged", "removed", "no change"],
)
def test_other_records_are_skipped(told: Any) -> None:
    assert donation_events_in(told) == ()


def test_stream_filter_matches_the_reader() -> None:
    """By the prefix of a donation's own sort key; the owner item has another."""
    (rule,) = DONATIONS_ONLY["dynamodb"]["NewImage"]["SK"]["S"]
    assert donation_key(ADA.email, DONATION_ID)["SK"]["S"] == rule["prefix"] + DONATION_ID


def spoiled(*path: str, value: Any = None) -> Any:
    """Return a record with one part changed or removed."""
    told = copy.deepcopy(record(FAILED, PAID))
    *way, last = path
    within: Any = told
    for name in way:
        within = within[name]
    if value is None:
        del within[last]
    else:
        within[last] = value
    return told


NEW = ("dynamodb", "NewImage")
POISON: list[Any] = [
    7,
    None,
    {},
    {"dynamodb": []},
    {"dynamodb": {"NewImage": 7}},
    spoiled(*NEW, "SK"),
    spoiled(*NEW, "amount"),
    spoiled(*NEW, "amount", value={"N": "12.5"}),
    spoiled(*NEW, "paid", value={"S": "5000"}),
    spoiled(*NEW, "heard_at"),
    spoiled(*NEW, "heard_at", value={"S": "yesterday"}),
    spoiled(*NEW, "receipt", value={"S": "perhaps"}),
    spoiled("dynamodb", "OldImage", "version"),
    of_images({"OldImage": donation_item(REFUNDED), "NewImage": donation_item(PAID)}),
]


@pytest.mark.parametrize("told", POISON)
def test_unreadable_records_raise_one_exception(told: Any) -> None:
    with pytest.raises(UnreadableRecordError):
        donation_events_in(told)
