"""Versions of Stripe's API: which there are, what each row changes, and an event for an endpoint of each of them."""

import json
from itertools import pairwise
from typing import Any

import pytest

from paysandbox.aws import runtime
from paysandbox.core.errors import Refused
from paysandbox.payments.ledger.items import payment_item
from paysandbox.payments.operations.authorization import authorization_of
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.catalog.outline import VALUES, known_parameters
from paysandbox.stripe_api.catalog.releases import RELEASES
from paysandbox.stripe_api.events.bodies import as_stripe_events
from paysandbox.stripe_api.events.event import STRIPE_EVENT_TYPES
from paysandbox.stripe_api.objects.expand import check_expand
from paysandbox.stripe_api.objects.render import INCLUDED_MAX, render_charge, render_intent
from paysandbox.stripe_api.routes import ROUTES
from paysandbox.stripe_api.version import STRIPE_VERSION, known_version
from paysandbox.stripe_api.version_rows import (
    ROWS,
    default_parameters,
    in_version,
    included_lists,
    removed_parameters,
    required_names,
)
from paysandbox.webhooks.endpoint import Endpoint
from tests.support.builders.stripe_payments import CARD, LIVES, captured, opened, refunded, tried
from tests.support.worlds import webhook_records
from tests.support.worlds.webhook_workers import stored

# No dates, dates without a release, the names of others, and a release after the newest one.
NO_VERSIONS = (
    "latest", "1", "<script>", "2019-2-19", "2022-13-15", "2022-11-31", "2009-01-01", "2022-11-15.acacia",
    "2024-10-28", "2025-03-31.nobody", "2022-11-15 link_beta=v1", "2022-11-16", "2023-10-17", "2025-12-18.clover",
    "2026-08-26.clover", "2025-01-01.preview", "2031-01-31.new",
)  # fmt: skip

DAYS = [release.partition(".")[0] for release in RELEASES]


def test_the_releases_are_those_of_the_sdk_oldest_first() -> None:
    assert [*RELEASES] == known_parameters("POST /v1/webhook_endpoints")["api_version"][VALUES]
    assert list(RELEASES) == sorted(RELEASES)
    assert RELEASES[-1] == STRIPE_VERSION
    assert all(known_version(release) == release for release in RELEASES)
    assert {"2011-01-01", "2020-08-27", "2022-08-01", "2022-11-15", "2024-09-30.acacia"} <= set(RELEASES)


@pytest.mark.parametrize(
    "text, version",
    [
        ("2022-11-15; a_beta=v1; another=v2", "2022-11-15"),
        (" 2022-11-15 ", "2022-11-15"),
        ("2026-10-28.preview", "2026-10-28.preview"),
        ("2022-11-15.preview", None),
        ("2026-10-28", None),
        ("2026-10-28.dahlia", None),
        ("2024-06-20.acacia", None),
        *((text, None) for text in NO_VERSIONS),
        ("", None),
        (".", None),
        ("preview", None),
    ],
)
def test_only_releases_are_versions(text: str, version: str | None) -> None:
    assert known_version(text) == version


def test_each_row_is_since_a_release_and_names_its_source(subtests: pytest.Subtests) -> None:
    assert all(newer.since >= older.since for newer, older in pairwise(ROWS))
    routes = {route.name for route in ROUTES}
    for row in ROWS:
        with subtests.test(row.change):
            at = DAYS.index(row.since)
            assert not any(row.is_before(release) for release in RELEASES[at:])
            assert all(row.is_before(release) for release in RELEASES[:at])
            assert row.is_before("2024-09-30.preview") is (row.since > "2024-09-30")
            assert row.source
            assert row.change.endswith(".")
            assert {*row.parameters, *row.defaults, *row.renamed} <= routes
            assert set(row.event_types) <= set(STRIPE_EVENT_TYPES)


# --- objects ----------------------------------------------------------------------------------------------------------


LIFE = refunded(captured(tried(opened())), 1_00)
DISPUTED = next(one for one in LIVES.values() if any("dispute" in type(op).__name__.lower() for op in one.operations))


def intent_in(version: str, payment: Payment = LIFE, *expand: str) -> dict[str, Any]:
    return render_intent(payment, private=None, version=version, expand=expand)


def charge_in(version: str, payment: Payment = LIFE) -> dict[str, Any]:
    return render_charge(payment, authorization_of(payment).id, version=version)


@pytest.mark.parametrize(
    "before, since, of_intent, of_charge",
    [
        ("2026-08-26.dahlia", "2026-09-30.endive", set(), set()),
        ("2025-02-24.acacia", "2025-03-31.basil", {"invoice"}, {"invoice"}),
        ("2024-06-20", "2024-09-30.acacia", set(), set()),
        ("2022-11-15", "2023-08-16", set(), {"destination", "dispute"}),
        ("2022-08-01", "2022-11-15", {"charges"}, {"refunds"}),
        ("2011-01-01", "2020-08-27", set(), set()),
    ],
)
def test_fields_that_only_earlier_versions_have(
    before: str, since: str, of_intent: set[str], of_charge: set[str]
) -> None:
    for shown, gone in ((intent_in, of_intent), (charge_in, of_charge)):
        earlier, later = shown(before), shown(since)
        assert earlier.keys() - later.keys() == gone
        assert later.keys() <= earlier.keys()
        assert {name for name in later if later[name] != earlier[name]} == set()


def test_before_2022_11_15_an_intent_has_its_charges_and_they_their_refunds() -> None:
    charges = intent_in("2022-08-01")["charges"]
    assert {name: charges[name] for name in ("object", "has_more", "total_count", "url")} == {
        "object": "list",
        "has_more": False,
        "total_count": 1,
        "url": f"/v1/charges?payment_intent={intent_in('2022-08-01')['id']}",
    }
    assert charges["data"] == [charge_in("2022-08-01")]
    refunds = charges["data"][0]["refunds"]
    assert ([one["amount"] for one in refunds["data"]], refunds["total_count"]) == ([1_00], 1)
    assert intent_in("2022-08-01", opened())["charges"]["data"] == []


@pytest.mark.parametrize(
    "version, shown, included, names",
    [
        ("2025-08-27.basil", {"id": "promo_1", "coupon": "SUMMER"}, ("coupon",), {"coupon": "promotion"}),
        ("2025-09-30.clover", {"id": "promo_1", "promotion": {}}, (), {"promotion": "coupon"}),
    ],
)
def test_since_2025_09_30_a_promotion_code_has_a_promotion(version: str, shown: Any, included: Any, names: Any) -> None:
    assert in_version("promotion_code", {"id": "promo_1", "coupon": "SUMMER", "promotion": {}}, version) == shown
    assert included_lists("promotion_code", version) == included
    assert required_names("create_promotion_code", version) == names
    assert required_names("create_coupon", version) == {}


def test_ten_charges_are_included() -> None:
    payment = opened()
    for _ in range(INCLUDED_MAX + 1):
        payment = tried(payment, "insufficient_funds", method=CARD)
    charges = intent_in("2020-08-27", payment)["charges"]
    assert (len(charges["data"]), charges["has_more"], charges["total_count"]) == (INCLUDED_MAX, True, INCLUDED_MAX + 1)
    assert charges["data"][0]["id"] == intent_in(STRIPE_VERSION, payment)["latest_charge"]


def test_an_expanded_charge_has_its_version_at_any_depth() -> None:
    paths = ("latest_charge.payment_intent.latest_charge", "charges.data.payment_intent")
    shown = intent_in("2022-08-01", LIFE, *paths)
    assert "refunds" in shown["latest_charge"]["payment_intent"]["latest_charge"]
    assert "charges" in shown["charges"]["data"][0]["payment_intent"]


def test_a_disputed_charge_names_its_dispute_until_2023_08_16() -> None:
    assert charge_in("2022-11-15", DISPUTED)["dispute"].startswith("du_")
    assert charge_in("2022-11-15")["dispute"] is None
    assert "dispute" not in charge_in("2023-08-16", DISPUTED)


@pytest.mark.parametrize(
    "kind, path, last, since",
    [
        ("payment_intent", "charges.data.balance_transaction", "2022-08-01", "2022-11-15"),
        ("payment_intent", "invoice", "2025-02-24.acacia", "2025-03-31.basil"),
        ("payment_intent", "latest_charge.invoice.customer", "2025-02-24.acacia", "2025-03-31.basil"),
        ("charge", "dispute", "2022-11-15", "2023-08-16"),
        ("charge", "destination", "2022-11-15", "2023-08-16"),
        ("promotion_code", "coupon.applies_to", "2025-08-27.basil", "2025-09-30.clover"),
    ],
)
def test_what_only_earlier_versions_can_expand(kind: str, path: str, last: str, since: str) -> None:
    check_expand(kind, [path], last)
    with pytest.raises(Refused, match=f"cannot be expanded \\({path}\\)"):
        check_expand(kind, [path], since)


# --- requests ---------------------------------------------------------------------------------------------------------


def test_defaults_and_parameters_of_each_version() -> None:
    create = "create_payment_intent"
    assert default_parameters(create, "2023-10-16") == {"capture_method": "automatic"}
    assert default_parameters(create, "2024-04-10") == {}
    assert default_parameters("capture_payment_intent", "2011-01-01") == {}
    for route in (create, "update_payment_intent", "confirm_payment_intent"):
        assert removed_parameters(route, "2026-08-26.dahlia") == {}
        assert [*removed_parameters(route, "2026-09-30.endive")] == ["payment_method_types"]
    assert removed_parameters("capture_payment_intent", STRIPE_VERSION) == {}


# --- events -----------------------------------------------------------------------------------------------------------


def go_before_trains(sdk: str, event: str) -> bool:
    """stripe-go until 79, webhook/client.go: `constructEvent` compares `e.APIVersion` with `stripe.APIVersion`.

    So does stripe-java, EventDataObjectDeserializer.java: `apiVersionMatch`.
    """
    return sdk == event


def since_trains(sdk: str, event: str) -> bool:
    """stripe-go since 80, webhook/client.go: `isCompatibleAPIVersion`, for an SDK with a release train.

    So does Stripe.net, EventUtility.cs: `IsCompatibleApiVersion`.
    """
    return "." in event and event.split(".")[1] == sdk.split(".")[1]


def in_versions(*versions: str) -> list[Endpoint]:
    """Return an endpoint in each version."""
    return [webhook_records.endpoint(n, stripe=True, api_version=one) for n, one in enumerate(versions)]


def kept(payment: Payment) -> list[Any]:
    ledger = runtime.ledger()
    ledger.client.put_item(TableName=ledger.table, Item=payment_item(payment))
    return stored(None, payment)


@pytest.mark.usefixtures("ledger")
def test_the_sdk_of_each_version_accepts_what_an_endpoint_of_it_gets(subtests: pytest.Subtests) -> None:
    *_, event = kept(LIFE)
    told = {one.type: one for one in as_stripe_events(event, in_versions(*RELEASES))}
    for release in RELEASES:
        with subtests.test(release):
            body = json.loads(told["charge.refunded"].body_for(release))
            assert body["data"]["object"] == charge_in(release)
            assert go_before_trains(release, body["api_version"])
            assert since_trains(release, body["api_version"]) is ("." in release)
    assert json.loads(told["charge.refunded"].body)["api_version"] == STRIPE_VERSION


@pytest.mark.parametrize(
    "life, type_of_ours, newest",
    [
        ("captured in part, the rest given back", "payment_captured", ["charge.captured", "payment_intent.succeeded"]),
        ("cancelled", "payment_voided", ["payment_intent.canceled"]),
        ("expired", "payment_expired", ["charge.expired", "payment_intent.canceled"]),
    ],
)
@pytest.mark.usefixtures("ledger")
def test_before_basil_a_release_has_the_event_of_a_refund(life: str, type_of_ours: str, newest: list[str]) -> None:
    event = next(one for one in kept(LIVES[life]) if one.type == type_of_ours)
    told = as_stripe_events(event, in_versions("2025-02-24.acacia"))
    assert [one.type for one in told if one.is_in(STRIPE_VERSION)] == newest
    assert {one.type for one in told if one.is_in("2025-02-24.acacia")} == {*newest, "charge.refunded"}
    (refund,) = [one for one in told if one.type == "charge.refunded"]
    body = json.loads(refund.body)
    assert (refund.is_in(STRIPE_VERSION), body["api_version"]) == (False, "2025-02-24.acacia")
    assert body["data"]["object"]["amount_refunded"] > body["data"]["previous_attributes"]["amount_refunded"] == 0


@pytest.mark.usefixtures("ledger")
def test_an_event_is_the_same_bytes_whenever_it_is_rendered() -> None:
    first, again = ([as_stripe_events(event, in_versions(*RELEASES)) for event in kept(LIFE)] for _ in range(2))
    assert first == again
