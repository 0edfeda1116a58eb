"""The donation setup of `paysandbox up`: created once, kept, repaired, and never duplicated."""

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from itertools import count
from typing import Any

import pytest

from cli.donations.setup import EVENTS, PATH, ensure_donations
from cli.donations.stripe_parameters import StripeParameters, StripeSecret
from cli.terminal.failure import Failure
from paysandbox.aws.schema import ENDPOINTS, ENDPOINTS_KEY
from paysandbox.donations.donation import MERCHANT
from paysandbox.http.keys.credential import publishable_key
from paysandbox.stripe_api.events.event import STRIPE_EVENT_TYPES
from paysandbox.stripe_api.routes import (
    CREATE_WEBHOOK_ENDPOINT,
    DELETE_WEBHOOK_ENDPOINT,
    LIST_WEBHOOK_ENDPOINTS,
    UPDATE_WEBHOOK_ENDPOINT,
)
from paysandbox.webhooks.endpoint import Disabled, DisabledBecause, Endpoint
from paysandbox.webhooks.endpoints.endpoints import endpoint_entry
from tests.support.builders.build import MONDAY
from tests.support.fakes.wire import Reply, Request, served
from tests.support.worlds.donation_account import (
    ENVIRONMENT,
    KEY_PARAMETER,
    PUBLISHABLE_PARAMETER,
    WEBHOOK_PARAMETER,
    DonationAccount,
    donation_account,
)

KEY = "sk_test_donate-now_" + "a" * 32
OTHER_KEY = "sk_test_donate-now_" + "b" * 32
NOT_OURS: dict[str, Any] = {
    "id": "we_shop", "url": "https://shop.example/hooks", "description": None, "enabled_events": ["*"],
    "status": "enabled",
}  # fmt: skip


@dataclass
class Endpoints:
    """A merchant's webhook endpoints, as the Stripe-compatible API stores them."""

    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    numbers: Iterator[int] = field(default_factory=lambda: count(1))
    asked: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    dies_after_create: bool = False

    def item(self) -> dict[str, Any]:
        """Return the item in which they are stored."""
        entries = {
            name: endpoint_entry(
                Endpoint(
                    id=name, merchant=MERCHANT, url=one["url"], events=tuple(one["enabled_events"]),
                    created_at=MONDAY, listens_since=MONDAY, request_id="r", description=one["description"],
                    disabled=None if one["status"] == "enabled" else Disabled(MONDAY, DisabledBecause.REQUESTED),
                )
            )
            for name, one in self.kept.items()
        }  # fmt: skip
        return {ENDPOINTS_KEY: {"S": MERCHANT}, "endpoints": {"M": entries}}

    def answer(self, request: Request) -> Reply | None:
        self.asked.append(request.method)
        endpoint_id = request.path.removeprefix("/v1/webhook_endpoints").strip("/")
        if request.method == "GET":
            return Reply(200, {"object": "list", "data": [*self.kept.values()]})
        self.changes.append(f"{request.method} {endpoint_id}".strip())
        if request.method == "DELETE":
            return Reply(200, {"id": self.kept.pop(endpoint_id)["id"], "deleted": True})
        made = endpoint_id or f"we_{next(self.numbers)}"
        said = {
            "id": made,
            "url": request.body["url"],
            "enabled_events": [request.body[f"enabled_events[{place}]"] for place in range(len(EVENTS))],
            "status": "enabled",
        }
        self.kept[made] = self.kept.get(made, {}) | {"description": request.body.get("description")} | said
        if self.dies_after_create:
            return None
        return Reply(200, self.kept[made] | ({} if endpoint_id else {"secret": f"whsec_of_{made}_0123456789"}))


@dataclass
class There:
    """The environment, and the endpoints of its merchant."""

    account: DonationAccount
    endpoints: Endpoints

    def ensure(self, key: str = KEY, base_url: str = "https://one.example") -> str:
        client: Any = self.account.account.client("dynamodb")
        client.put_item(TableName=f"paysandbox-{ENVIRONMENT}-{ENDPOINTS}", Item=self.endpoints.item())
        return ensure_donations(replace(self.account.target, base_url=base_url), key)

    def webhook(self) -> tuple[str | None, list[str]]:
        """Return the functions' stored secret, and the URLs that receive events."""
        return self.account.parameters().get(WEBHOOK_PARAMETER), [one["url"] for one in self.endpoints.kept.values()]


@pytest.fixture
def there() -> Iterator[There]:
    endpoints = Endpoints()
    with served(endpoints.answer) as wire, donation_account() as account:
        account.account.deploy_v1(wire.base_url)
        yield There(account, endpoints)


ONE = "https://one.example/webhooks/stripe"


def test_the_path_is_that_of_the_routes() -> None:
    of_all = {(route.method, route.path) for route in (LIST_WEBHOOK_ENDPOINTS, CREATE_WEBHOOK_ENDPOINT)}
    of_one = {(route.method, route.path) for route in (UPDATE_WEBHOOK_ENDPOINT, DELETE_WEBHOOK_ENDPOINT)}
    assert of_all == {("GET", PATH), ("POST", PATH)}
    assert of_one == {("POST", f"{PATH}/{{endpoint}}"), ("DELETE", f"{PATH}/{{endpoint}}")}


def test_key_endpoint_and_parameters_are_created(there: There) -> None:
    assert there.ensure() == f"API key and webhook endpoint set, at {ONE}"
    assert there.account.parameters() == {
        KEY_PARAMETER: KEY,
        PUBLISHABLE_PARAMETER: publishable_key(KEY),
        WEBHOOK_PARAMETER: "whsec_of_we_1_0123456789",
    }
    [endpoint] = there.endpoints.kept.values()
    assert (endpoint["url"], endpoint["enabled_events"]) == (ONE, [*EVENTS])


def test_a_second_run_changes_nothing_and_asks_no_function(there: There) -> None:
    there.ensure()
    before = dict(there.account.parameters())
    there.endpoints.asked.clear()
    assert there.ensure() == "unchanged"
    assert (there.endpoints.asked, there.account.parameters()) == ([], before)
    found = there.account.account.client("ssm").get_parameters(Names=[*before])["Parameters"]
    assert [one["Version"] for one in found] == [1, 1, 1]


def test_another_port_updates_the_endpoints_url(there: There) -> None:
    there.ensure()
    assert there.ensure(base_url="https://two.example").startswith("endpoint URL set")
    assert there.webhook() == ("whsec_of_we_1_0123456789", ["https://two.example/webhooks/stripe"])


@pytest.mark.parametrize("change", [{"status": "disabled"}, {"enabled_events": ["charge.refunded"]}])
def test_a_changed_endpoint_is_repaired(there: There, change: dict[str, Any]) -> None:
    there.ensure()
    there.endpoints.kept["we_1"] |= change
    there.ensure()
    assert there.endpoints.changes == ["POST", "POST we_1"]
    assert there.endpoints.kept["we_1"]["enabled_events"] == [*EVENTS]


def test_another_key_replaces_the_first(there: There) -> None:
    there.ensure()
    there.ensure(OTHER_KEY)
    assert there.account.parameters()[KEY_PARAMETER] == OTHER_KEY


def lose_the_secret(there: There) -> None:
    there.account.account.client("ssm").delete_parameter(Name=WEBHOOK_PARAMETER)


def set_another(there: There) -> None:
    StripeParameters.of(there.account.target).put(StripeSecret.WEBHOOK, "whsec_of_somebody_else")


def lose_the_endpoint(there: There) -> None:
    there.endpoints.kept.clear()


@pytest.mark.full
@pytest.mark.parametrize("harm", [lose_the_secret, set_another, lose_the_endpoint])
def test_an_endpoint_with_an_unknown_secret_is_recreated(there: There, harm: Any) -> None:
    """A secret is shown only once. So there is always one endpoint, and the stored secret is its own."""
    there.ensure()
    harm(there)
    there.ensure()
    assert there.webhook() == ("whsec_of_we_2_0123456789", [ONE])


def test_a_killed_run_leaves_no_second_endpoint(there: There) -> None:
    there.endpoints.dies_after_create = True
    with pytest.raises(Failure, match="disconnected"):
        there.ensure()
    there.endpoints.dies_after_create = False
    there.ensure()
    assert there.webhook() == ("whsec_of_we_2_0123456789", [ONE])


def test_other_endpoints_are_kept(there: There) -> None:
    there.endpoints.kept["we_shop"] = dict(NOT_OURS)
    there.ensure()
    there.ensure(base_url="https://two.example")
    assert there.endpoints.kept["we_shop"] == NOT_OURS
    assert len(there.endpoints.kept) == 2


def test_errors_of_the_api_are_reported() -> None:
    refused = Reply(401, {"error": {"message": "No such key."}})
    with served(lambda _: refused) as wire, donation_account() as account:
        account.account.deploy_v1(wire.base_url)
        with pytest.raises(Failure, match=r"answered 401.*No such key"):
            ensure_donations(account.target, KEY)


def test_every_required_event_type_is_subscribed() -> None:
    assert set(EVENTS) <= set(STRIPE_EVENT_TYPES)
