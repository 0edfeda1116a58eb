"""`disbursements statement --method stripe`: what Stripe lists of a day, over HTTP."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from cli.disbursements.statement_formats import FORMATS
from paysandbox.aws.settings import StripeAccountSettings
from paysandbox.disbursements.statement import read_statement
from tests.support.builders.build import MONDAY
from tests.support.clients.program import paysandbox
from tests.support.fakes.wire import Reply, Request, served
from tests.support.worlds.deployed_account import Account, deployed

KEY: Final = "sk_test_not_shown"
PARAMETER: Final = "/donate-now/STRIPE_SECRET_KEY"
CREATED: Final = int(MONDAY.timestamp())


def transfer(number: int, **parts: Any) -> dict[str, Any]:
    """Return a transfer as Stripe lists it."""
    return {
        "id": f"tr_{number}",
        "amount": 12_50,
        "currency": "usd",
        "created": CREATED + number,
        "destination": "acct_1",
        "metadata": {"disbursement": f"dsb_{number}"},
        "reversed": False,
        "transfer_group": f"payment-{number}",
        **parts,
    }


TRANSFERS: Final = [transfer(1), transfer(2), transfer(3, metadata={})]
PAYOUTS: Final = [
    {"id": "po_2", "status": "paid", "arrival_date": CREATED, "metadata": {"disbursement": "dsb_2"}},
]


def stripe(request: Request) -> Reply:
    """Answer as Stripe does, a transfer on each page."""
    assert request.headers["authorization"] == f"Bearer {KEY}"
    if request.path == "/v1/payouts":
        assert request.headers["stripe-account"] == "acct_1"
        return Reply(200, {"data": PAYOUTS, "has_more": False})
    assert (request.path, request.query["created[gte]"]) == ("/v1/transfers", str(CREATED // 86_400 * 86_400))
    after = request.query.get("starting_after")
    place = [each["id"] for each in TRANSFERS].index(after) + 1 if after else 0
    return Reply(200, {"data": TRANSFERS[place : place + 1], "has_more": place + 1 < len(TRANSFERS)})


@pytest.fixture
def account() -> Iterator[Account]:
    with deployed("dev") as account:
        yield account


def configure(account: Account, base_url: str, key: str | None) -> None:
    """Deploy what the command reads: the function's settings, and the output of disbursements, without donations."""
    variables = StripeAccountSettings(
        stripe_key_parameter=PARAMETER, stripe_webhook_parameter="", stripe_api_base=base_url
    ).to_env()
    account.deploy_function("send_disbursements", variables=variables)
    account.deploy_stack("disbursements", {"StripeKeyParameter": PARAMETER})
    if key is not None:
        account.client("ssm").put_parameter(Name=PARAMETER, Value=key, Type="SecureString")


def write(file: Path) -> Any:
    words = ("--date", "2026-11-16", "--method", "stripe", "-o", str(file), "--env", "dev")
    return paysandbox("disbursements", "statement", *words)


def test_the_transfers_of_a_day_are_written_with_their_payouts(account: Account, tmp_path: Path) -> None:
    file = tmp_path / "day.csv"
    with served(stripe) as wire:
        configure(account, wire.base_url, KEY)
        said = write(file)
    assert (said.exit_code, said.stdout) == (0, f"{file}: 2 lines.\n"), said.stderr
    items = read_statement(file.read_bytes(), FORMATS.values()).items
    shown = [(item.reference, item.item_reference, item.batch_id, item.status) for item in items]
    assert shown == [("tr_1", "", "dsb_1", "transferred"), ("tr_2", "po_2", "dsb_2", "paid")]


@pytest.mark.parametrize(
    "key, reply, said",
    [
        (None, Reply(200, {}), "dev has no secret key of Stripe."),
        (KEY, Reply(401, {}), "Stripe refused the secret key (401)."),
        (KEY, Reply(503, {}), "Stripe returned 503 to GET /v1/transfers."),
        (KEY, None, "Stripe did not respond: RemoteProtocolError."),
    ],
)
def test_without_an_answer_there_is_no_statement(
    account: Account, tmp_path: Path, key: str | None, reply: Reply | None, said: str
) -> None:
    file = tmp_path / "day.csv"
    with served(lambda _: reply) as wire:
        configure(account, wire.base_url, key)
        result = write(file)
    assert (result.exit_code, file.exists()) == (1, False)
    assert said in result.stderr
    assert KEY not in result.stderr
