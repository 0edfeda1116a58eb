"""Both routes with `account`: the balance of a connected account, for its platform alone."""

from collections.abc import Callable, Mapping
from typing import Any

import pytest

from paysandbox.balance.routes import GET_MERCHANT_BALANCE, LIST_MERCHANT_TRANSACTIONS, ROUTES
from paysandbox.http.route import Route
from paysandbox.stripe_api.ids import account_id
from tests.support.builders import build
from tests.support.clients.call import Reply, send
from tests.support.clients.stripe_merchant import StripeMerchant, told
from tests.support.clients.transfers import ROUTE, connected, funded, paid_direct, sent, taken_back
from tests.support.worlds.handlers import Clock
from tests.support.worlds.settlement_scenario import SettlementScenario


def asked(route: Route, **query: Any) -> Reply:
    """Ask as the platform."""
    told()
    return send(route, query={name: str(value) for name, value in query.items()})


def balance(**query: Any) -> dict[str, tuple[int, int]]:
    """Return what is pending and available, by currency."""
    reply = asked(GET_MERCHANT_BALANCE, **query)
    assert reply.status == 200, reply.text
    return {part["currency"]: (part["pending"], part["available"]) for part in reply.json["data"]}


def listed(**query: Any) -> list[tuple[str, str | None, int]]:
    """Return type, status and net of each transaction, newest first."""
    reply = asked(LIST_MERCHANT_TRANSACTIONS, **query)
    assert reply.status == 200, reply.text
    return [(one["type"], one["status"], one["net"]) for one in reply.json["data"]]


def test_transfers_are_in_the_account_that_got_them() -> None:
    funded(100_00)
    account, other = connected(), connected()
    taken_back(sent(account, 40_00)["id"], amount=15_00)
    assert balance(account=account) == {"USD": (0, 25_00)}
    assert balance(account=other) == {}
    assert balance() == {"USD": (0, 75_00)}
    assert listed(account=account) == [
        ("transfer_reversal", "available", -15_00),
        ("transfer", "available", 40_00),
    ]
    assert listed(account=other) == []


def test_a_payment_of_the_account_is_its_own() -> None:
    account = connected()
    paid_direct(account, fee=5_00)
    # 50.00 USD, less 2.9% and 0.30 USD.
    assert sorted(listed(account=account)) == [("application_fee", "pending", -5_00), ("capture", "pending", 48_25)]
    assert listed(account=account, type="capture") == [("capture", "pending", 48_25)]
    assert balance(account=account) == {"USD": (43_25, 0)}
    assert listed() == [("application_fee", "pending", 5_00)]


@pytest.mark.parametrize("schedule, left", [("daily", 0), ("manual", 43_25)])
def test_a_settlement_pays_out_as_the_schedule_of_the_account_says(schedule: str, left: int, clock: Clock) -> None:
    house = SettlementScenario(clock, every_shard=True)
    account = connected(settings={"payouts": {"schedule": {"interval": schedule}}})
    paid_direct(account)
    assert balance(account=account) == {"USD": (43_25, 0)}
    house.night()
    assert house.settle().status == "SUCCEEDED"
    assert balance(account=account) == {"USD": (0, left)}


def test_a_deleted_account_keeps_its_balance() -> None:
    funded(100_00)
    account = connected()
    sent(account, 40_00)
    assert StripeMerchant().ask(ROUTE["delete_account"], account).status == 200
    assert balance(account=account) == {"USD": (0, 40_00)}
    assert listed(account=account) == [("transfer", "available", 40_00)]


OTHERS: Mapping[str, Callable[[], str]] = {
    "of another platform": lambda: connected(build.OTHER_MERCHANT),
    "of no one": lambda: f"acct_{'a' * 16}",
    "the platform's own": lambda: account_id(build.MERCHANT),
}


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
@pytest.mark.parametrize("account", OTHERS.values(), ids=OTHERS)
def test_no_other_account_is_found(account: Callable[[], str], route: Route) -> None:
    problem = asked(route, account=account()).json
    assert (problem["status"], problem["code"], problem["param"]) == (404, "resource_not_found", "account")


@pytest.mark.parametrize("route", ROUTES, ids=lambda route: route.name)
@pytest.mark.parametrize("account", ["", "acct_", "acct_1", "connected-" + "a" * 16, "acct_" + "a" * 17, "demo"])
def test_what_is_no_id_of_an_account_is_refused(account: str, route: Route) -> None:
    problem = asked(route, account=account).json
    assert (problem["status"], problem["code"], problem["param"]) == (400, "parameter_invalid", "account")


def test_a_cursor_is_valid_for_its_account_only() -> None:
    funded(100_00)
    accounts = [connected(), connected()]
    for account in accounts * 2:
        sent(account, 10_00)
    queries: list[dict[str, str]] = [{}, *({"account": account} for account in accounts)]
    cursors = [asked(LIST_MERCHANT_TRANSACTIONS, limit=1, **query).json["next_cursor"] for query in queries]
    codes = [
        [asked(LIST_MERCHANT_TRANSACTIONS, limit=1, cursor=cursor, **query).json.get("code") for query in queries]
        for cursor in cursors
    ]
    assert codes == [
        [None if own == place else "cursor_invalid" for place in range(len(queries))] for own in range(len(queries))
    ]
