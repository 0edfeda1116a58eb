"""The shop in examples/shop, in Python on the native API and in Node with Stripe's SDK.

As it is, it loses nothing. Each of its bugs loses the money that the guide says, and nothing else: by lost answers, in
a run without any, or by webhooks that come twice, from somebody else, or of another amount.
"""

import json
import os
import secrets
import shlex
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import httpx
import pytest

from cli.lose.money import Kind, Ledger, disagreements, ledger_of, read_books
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.clients.stripe_node import NODE
from tests.support.tools.ports import free_port
from tests.support.tools.waiting import until

pytestmark = pytest.mark.full

FOLDER: Final = Path(__file__).parents[3] / "examples" / "shop"
GUIDE: Final = (FOLDER.parents[1] / "docs" / "how-to" / "write-a-checkout.md").read_text()
"""Shows the verdict on each bug in Python."""
PROGRAMS: Final = {
    "python": shlex.join([sys.executable, str(FOLDER / "python" / "shop.py")]),
    "node": shlex.join([str(NODE), str(FOLDER / "node" / "shop.mjs")]),
}
PAY: Final = "SHOP checkout order-1042"
REFUND: Final = f"{PAY} && SHOP refund order-1042 1250"
ALL: Final = f"sh {shlex.quote(str(FOLDER / 'day.sh'))}"
ALL_CALLS: Final = 4
NIGHTLY: Final = ("--recover", "SHOP reconcile")
BEFORE: Final = ("--loss", "before")
JOBS: Final = ("--jobs", "4")

CHARGED, SHIPPED = Kind.CHARGED_TOO_MUCH, Kind.SHIPPED_UNPAID
NOT_SHOWN, REFUNDED, NOT_PAID = Kind.PAID_NOT_SHOWN, Kind.REFUNDED_TOO_MUCH, Kind.SHOWN_NOT_PAID
GIVEN_UP = "1-given-up-reset"

Lost = dict[str, tuple[Kind, int]]

ROWS: Final[Sequence[tuple[str, str, str, Sequence[str], Lost]]] = [
    # A refund that a failed run did not get to is no charge above the run without faults.
    ("python", "", ALL, NIGHTLY, {}),
    ("node", "", ALL, (), {}),
    # Each of three attempts that are lost, and the one of the second press.
    ("python", "new-key", PAY, (), {"1-first-reset": (CHARGED, 3750), GIVEN_UP: (CHARGED, 3 * 3750)}),
    # The SDK repeats a request under the key that it was given, or under one of its own.
    ("node", "new-key", PAY, (), {GIVEN_UP: (CHARGED, 3750)}),
    ("node", "no-key", PAY, (), {GIVEN_UP: (CHARGED, 3750)}),
    *(
        row
        for shop in PROGRAMS
        for row in (
            (shop, "pay-again", PAY, (), {GIVEN_UP: (CHARGED, 3750)}),
            (shop, "books-first", PAY, BEFORE, {"1-given-up-before": (SHIPPED, 3750)}),
            (shop, "refund-key", REFUND, (), {"2-given-up-reset": (REFUNDED, 1250)}),
            (shop, "no-reconcile", PAY, NIGHTLY, {GIVEN_UP: (NOT_SHOWN, 3750)}),
            # Without a nightly job, a shopper who never comes back has paid for nothing.
            (shop, "", PAY, ("--recover", "true"), {GIVEN_UP: (NOT_SHOWN, 3750)}),
        )
    ),
]
"""Shop, its bugs, the command, options of `lose`, and the cells that lose money: all others lose none."""


def lose(sandbox: Sandbox, shop: str, bugs: str, command: str, *options: str) -> dict[str, Any]:
    """Return the report about a shop with these bugs. `SHOP` in the words is its program."""
    # The cells wait for the shop's retries at the same time.
    words = [word.replace("SHOP", PROGRAMS[shop]) for word in (*JOBS, *options, "--json", "--", "sh", "-c", command)]
    state = ("--state-command", f"{PROGRAMS[shop]} books")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SHOP_BUGS", bugs)
        patch.setenv("SHOP", PROGRAMS[shop])
        done = sandbox.run("lose", *state, *words, check=False)
    assert done.stdout, done.stderr
    report: dict[str, Any] = json.loads(done.stdout)
    assert report["exit_code"] == done.returncode
    return report


@pytest.mark.parametrize("shop, bugs, command, options, lost", ROWS, ids=[" ".join(row[:2]).strip() for row in ROWS])
def test_lost_answers(sandbox: Sandbox, shop: str, bugs: str, command: str, options: Sequence[str], lost: Lost) -> None:
    report = lose(sandbox, shop, bugs, command, *options)
    found = {
        cell["cell"]: (cell["outcome"], [(each["kind"], each["amount"]) for each in cell["findings"]])
        for cell in report["cells"]
    }
    assert found == {cell: ("lost", [lost[cell]]) if cell in lost else ("no loss", []) for cell in found}, json.dumps(
        report, indent=1
    )
    assert found.keys() >= lost.keys()
    assert len(found) == 2 * len(report["calls"])
    assert command != ALL or len(report["calls"]) == ALL_CALLS
    assert shop != "python" or not bugs or f"`{report['verdict']}`" in GUIDE


@pytest.mark.parametrize("shop", PROGRAMS)
@pytest.mark.parametrize(
    "bugs, command, amount",
    [("send-early", f"{PAY} slow", 3750), ("trust-return", "SHOP checkout order-1043 3ds forged", 8000)],
)
def test_goods_that_are_sent_without_a_fault(sandbox: Sandbox, shop: str, bugs: str, command: str, amount: int) -> None:
    """The books of the run and of the run again say that the goods were sent, and there is no money."""
    report = lose(sandbox, shop, bugs, command)
    assert [(each["kind"], each["amount"]) for each in report["disagreements"]] == 2 * [(SHIPPED, amount)]
    assert (report["cells"], report["exit_code"]) == ([], 3)
    assert f"`{report['verdict']}`" in GUIDE


@pytest.mark.parametrize("shop", PROGRAMS)
def test_goods_wait_for_the_bank_and_for_the_cardholder(sandbox: Sandbox, shop: str) -> None:
    report = lose(
        sandbox, shop, "", f"{PAY} slow && SHOP checkout order-1043 3ds forged", *("--only", "1-given-up-reset")
    )
    assert (report["disagreements"], report["counts"]["no loss"], report["exit_code"]) == ([], 1, 0)


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("shop", PROGRAMS)
@pytest.mark.parametrize("seed", range(1, 21))
def test_twenty_seeds(sandbox: Sandbox, shop: str, seed: int) -> None:
    """Every kind of loss, in other orders, with the nightly job and without."""
    loss = ("reset", "truncate", "gateway", "before")[seed % 4]
    nightly = NIGHTLY if seed % 3 else ()
    report = lose(sandbox, shop, "", ALL, *("--loss", loss, "--seed", str(seed)), *nightly)
    assert report["exit_code"] == 0, json.dumps(report, indent=1)
    assert report["counts"]["no loss"] == len(report["cells"]) == 2 * ALL_CALLS


SERVED: Final = ("--webhooks", "http://127.0.0.1:{port}/webhooks", "--server", "SHOP serve")
LAST_EVENT: Final = {"python": "event-2", "node": "event-4"}
"""payment_captured and payment_intent.succeeded, after payment_authorized, and after the charge's two and the intent's
creation."""


@pytest.mark.parametrize("nightly", [NIGHTLY, ()], ids=["job", "no job"])
@pytest.mark.parametrize("shop", PROGRAMS)
def test_disturbed_webhooks(sandbox: Sandbox, shop: str, nightly: Sequence[str]) -> None:
    """The shop as it is, with its server, and the event that says that it was paid. Nobody comes back to a lost answer,
    and the job or the webhook books the payment."""
    cells = [f"{LAST_EVENT[shop]}-{fault}" for fault in ("duplicate", "twin", "drop", "before-answer", "bad-signature")]
    cells.append(GIVEN_UP)
    native = ("--native-webhooks",) if shop == "python" else ()
    report = lose(
        sandbox, shop, "", PAY, *SERVED, *nightly, *native, *(word for cell in cells for word in ("--only", cell))
    )
    assert {cell["cell"]: cell["outcome"] for cell in report["cells"]} == dict.fromkeys(cells, "no loss"), report
    assert {cell["request"] for cell in report["cells"] if "event" in cell} <= {
        "payment_captured",
        "payment_intent.succeeded",
    }


# --- webhooks ---------------------------------------------------------------------------------------------------------


@dataclass
class Served:
    """A shop that serves its pages, and receives the merchant's webhooks."""

    shop: str
    bugs: str
    url: str
    env: dict[str, str]

    def wrong(self, ledger: Ledger) -> list[tuple[str, Kind, int]]:
        """Return what is wrong with its books."""
        words = shlex.split(PROGRAMS[self.shop])
        done = subprocess.run([*words, "books"], env=self.env, capture_output=True, check=True)
        found = disagreements(ledger, read_books(json.loads(done.stdout)))
        return [(each.subject.reference, each.kind, each.amount) for each in found]


WRONG: Final[Mapping[str, Sequence[tuple[str, Kind, int]]]] = {
    "": [],
    "event-twice": [("order-1042", NOT_PAID, 3750)],
    "unsigned": [("order-1043", SHIPPED, 8000)],
    "any-amount": [("order-1044", SHIPPED, 1899)],
}
"""Bugs, and what is wrong after order-1042's webhook came twice, that of order-1043 was forged, and of order-1044 only
1.00 EUR was paid."""


def serve(stack: ExitStack, api: Api, shop: str, bugs: str, books: Path) -> Served:
    """Start a shop for a merchant, until the stack is closed."""
    port = free_port()
    env = os.environ | {
        "PAYSANDBOX_BASE_URL": str(api.http.base_url).rstrip("/"),
        "PAYSANDBOX_API_KEY": api.api_key,
        "SHOP_BOOKS": str(books),
        "SHOP_BUGS": bugs,
    }
    words = [*shlex.split(PROGRAMS[shop]), "serve", str(port)]
    process = subprocess.Popen(words, env=env, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    stack.enter_context(process)
    stack.callback(process.kill)
    assert process.stdout
    assert process.stdout.readline().decode().strip() == f"http://127.0.0.1:{port}"
    return Served(shop, bugs, f"http://127.0.0.1:{port}", env)


@pytest.fixture(scope="module")
def served(api: Api, tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Served]]:
    """Provide both shops, as they are and with each of these bugs. They share a merchant."""
    with ExitStack() as stack:
        yield [
            serve(stack, api, shop, bugs, tmp_path_factory.mktemp("books") / "books.db")
            for shop in PROGRAMS
            for bugs in WRONG
        ]


def pay_past_the_shop(api: Api, reference: str, amount: int, currency: str, number: str = "4242424242424242") -> str:
    """Pay an order without its shop, which learns it by webhook. Return the payment."""
    body = {
        "amount": amount,
        "currency": currency,
        "capture_method": "automatic",
        "card": {"number": number, "exp_month": 12, "exp_year": 2030},
        "reference": reference,
        "metadata": {"order": reference},
    }
    return api.post("/payments/authorize", body, secrets.token_hex(8)).raise_for_status().json()["auth_id"]


def forged(shop: Served, payment: str) -> bytes:
    """Return what the shop's webhook would be if order-1043 were paid."""
    if shop.shop == "python":
        data = {"auth_id": payment, "amount": 8000, "currency": "USD", "payment": {"captured": 8000, "refunded": 0}}
        return json.dumps({"type": "payment_captured", "data": data}).encode()
    intent = {"id": "pi_forged", "amount_received": 8000, "currency": "usd", "metadata": {"order": "order-1043"}}
    return json.dumps({"type": "payment_intent.succeeded", "data": {"object": intent}}).encode()


def wait_for_webhooks(api: Api, count: int) -> None:
    """Wait until so many deliveries were accepted, and none is left."""

    def are_delivered() -> bool:
        statuses = [each["status"] for each in api.http.get("/webhooks/deliveries?limit=100").json()["data"]]
        return statuses == count * ["delivered"]

    until(are_delivered, f"{count} deliveries")


def test_webhooks(api: Api, served: list[Served], subtests: pytest.Subtests) -> None:
    rule = {"fault": "webhook_duplicate", "count": len(served)}
    api.post("/sandbox/faults", rule).raise_for_status()
    pay_past_the_shop(api, "order-1042", 3750, "USD")
    wait_for_webhooks(api, len(served))
    assert len(api.http.get("/sandbox/faults/log").json()["data"]) == len(served)
    challenged = pay_past_the_shop(api, "order-1043", 8000, "USD", "4000000000003220")
    for shop in served:
        status = httpx.post(f"{shop.url}/webhooks", content=forged(shop, challenged)).status_code
        assert status == (204 if shop.bugs == "unsigned" else 400), shop
    pay_past_the_shop(api, "order-1044", 100, "EUR")
    wait_for_webhooks(api, 2 * len(served))
    ledger = ledger_of(api.http.get("/payments").json()["data"], "order")
    for shop in served:
        with subtests.test(shop.shop, bugs=shop.bugs):
            assert shop.wrong(ledger) == [*WRONG[shop.bugs]]


@pytest.mark.parametrize("shop", PROGRAMS)
def test_pages(new_merchant: Callable[[str], Api], tmp_path: Path, shop: str) -> None:
    """A shopper presses pay twice, is authenticated, and comes back."""
    with new_merchant(f"shop-pages-{shop}") as api, ExitStack() as stack, httpx.Client() as browser:
        page = serve(stack, api, shop, "", tmp_path / "books.db")
        presses = [browser.post(f"{page.url}/orders/order-1043/pay", data={"card": "3ds"}) for _ in range(2)]
        [challenge] = {press.headers["location"] for press in presses}
        back = browser.post(challenge, data={"result": "succeeded"}).headers["location"]
        assert back.startswith(f"{page.url}/orders/order-1043/return?")
        assert browser.get(back).headers["location"] == "/"
        assert "order-1043: 8000 usd, paid 8000, refunded 0, sent 8000" in browser.get(page.url).text.lower()
        payments = api.http.get("/payments").json()["data"]
        assert [payment["captured"] for payment in payments] == [8000]
        assert page.wrong(ledger_of(payments, "order")) == []
