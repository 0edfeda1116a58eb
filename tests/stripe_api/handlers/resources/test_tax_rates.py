"""Tax rates: what they show, what is refused, and that what they are of is theirs for ever."""

from typing import Any

import pytest

from tests.stripe_api.scenarios import RESOURCE as ROUTE
from tests.support.clients.stripe_merchant import StripeMerchant, done, wrong

SHOP = StripeMerchant()
INVALID = (400, "invalid_request_error")
VAT: dict[str, Any] = {"display_name": "VAT", "inclusive": False, "percentage": 19}


def create(**params: Any) -> dict[str, Any]:
    return done(SHOP.post(ROUTE["create_tax_rate"], **VAT | params))


@pytest.mark.parametrize(
    "sent, shown",
    [
        ({}, {**VAT, "active": True, "country": None, "description": None, "effective_percentage": None,
              "flat_amount": None, "jurisdiction": None, "jurisdiction_level": None, "metadata": {},
              "rate_type": "percentage", "state": None, "tax_type": None}),
        ({"percentage": "7.25"}, {"percentage": 7.25}),
        ({"percentage": "8.8751"}, {"percentage": 8.8751}),
        ({"percentage": 0}, {"percentage": 0}),
        ({"percentage": 100}, {"percentage": 100}),
        ({"inclusive": True, "active": False}, {"inclusive": True, "active": False}),
        ({"country": "US", "state": "NY", "jurisdiction": "NY", "tax_type": "sales_tax"},
         {"country": "US", "state": "NY", "jurisdiction": "NY", "tax_type": "sales_tax"}),
    ],
)  # fmt: skip
def test_a_tax_rate_has_what_it_was_created_with(sent: Any, shown: Any) -> None:
    created = create(**sent)
    assert created.items() >= shown.items()
    assert done(SHOP.get(ROUTE["get_tax_rate"], created["id"])) == created


@pytest.mark.parametrize(
    "sent, refused",
    [
        ({"display_name": None}, ("parameter_missing", "display_name")),
        ({"inclusive": None}, ("parameter_missing", "inclusive")),
        ({"percentage": None}, ("parameter_missing", "percentage")),
        ({"percentage": "101"}, (None, "percentage")),
        ({"percentage": "-1"}, (None, "percentage")),
        ({"percentage": "1.23456"}, (None, "percentage")),
        ({"percentage": "ten"}, (None, "percentage")),
        ({"display_name": "x" * 51}, (None, "display_name")),
        ({"country": "Germany"}, (None, "country")),
        ({"tax_type": "window_tax"}, (None, "tax_type")),
        ({"effective_percentage": 19}, ("parameter_unknown", "effective_percentage")),
    ],
)
def test_a_tax_rate_that_is_refused(sent: Any, refused: Any) -> None:
    assert wrong(SHOP.post(ROUTE["create_tax_rate"], **VAT | sent)) == (*INVALID, *refused)


def test_an_update_changes_all_but_the_tax() -> None:
    name = create(metadata={"a": "1"})["id"]
    changes = {"active": False, "display_name": "MwSt.", "country": "DE", "tax_type": "vat", "metadata": {"a": ""}}
    updated = done(SHOP.post(ROUTE["update_tax_rate"], name, **changes))
    assert updated.items() >= {**changes, "metadata": {}, "percentage": 19, "inclusive": False}.items()
    for refused in (
        SHOP.post(ROUTE["update_tax_rate"], name, percentage=7),
        SHOP.post(ROUTE["update_tax_rate"], name, inclusive=True),
    ):
        assert wrong(refused)[2] == "parameter_unknown"


@pytest.mark.parametrize(
    "sent, shown",
    [
        ({}, ["old", "inclusive", "exclusive"]),
        ({"active": True}, ["inclusive", "exclusive"]),
        ({"inclusive": True}, ["inclusive"]),
        ({"active": False, "inclusive": True}, []),
    ],
)
def test_lists_are_filtered_by_what_is_active_or_inclusive(sent: dict[str, bool], shown: list[str]) -> None:
    made = {"exclusive": create(), "inclusive": create(inclusive=True), "old": create(active=False)}
    assert done(SHOP.get(ROUTE["list_tax_rates"], None, **sent))["data"] == [made[name] for name in shown]


def test_one_that_is_not_there() -> None:
    for refused in (
        SHOP.get(ROUTE["get_tax_rate"], "txr_1"),
        SHOP.post(ROUTE["update_tax_rate"], "txr_1", active=True),
    ):
        assert wrong(refused) == (404, "invalid_request_error", "resource_missing", "tax_rate")
        assert refused.error["message"] == "No such tax rate: 'txr_1'"
