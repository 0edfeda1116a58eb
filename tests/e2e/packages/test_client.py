"""The typed clients with a real sandbox that loses answers: a payment is made once, and its outcome is found out."""

import json
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final

import pytest
from paysandbox_client import ApiError, NoAnswerError, RequestError, Sandbox as Client
from paysandbox_client.shapes import CardDetails

from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.tools.blocks import blocks
from tests.support.tools.node_package import PAYSANDBOX_CLIENT, empty_project, run
from tests.support.tools.waiting import until

pytestmark = pytest.mark.full

GUIDE: Final = "docs/how-to/use-the-client.md"
CARD: Final[CardDetails] = {"number": "4242424242424242", "exp_month": 12, "exp_year": 2030}

FAULTS: Final = (
    "commit_then_timeout;s=1",
    "commit_then_reset",
    "commit_then_truncate",
    "gateway_5xx",
    "timeout_before_commit;s=1",
    "fail_before_commit",
    "throttle;retry_after=1",
    "conflict_in_progress",
)
"""Every fault that a client has to repeat the request after."""


@pytest.fixture
def client(sandbox: Sandbox, api: Api) -> Client:
    """Provide a client of a merchant of this test."""
    return Client(sandbox.base_url, api.api_key)


def pay(client: Client, reference: str, key: str | None = None) -> Any:
    return client.authorize_payment({"amount": 1250, "card": CARD, "reference": reference}, idempotency_key=key)


def payments(client: Client, reference: str) -> list[Any]:
    return [payment["auth_id"] for payment in client.list_payments(reference=reference)["data"]]


def test_a_payment_is_made_once_after_every_fault(client: Client, subtests: pytest.Subtests) -> None:
    """At the same time, since each client waits before it repeats its request."""
    rules = [
        client.create_fault({"fault": fault, "count": 2, "match": {"route": "authorize_payment", "reference": fault}})
        for fault in FAULTS
    ]
    with ThreadPoolExecutor(len(FAULTS)) as threads:
        paid = [*threads.map(lambda fault: pay(client, fault), FAULTS)]
    fired = [firing["fault_id"] for firing in client.list_firings()["data"]]
    for fault, rule, payment in zip(FAULTS, rules, paid, strict=True):
        with subtests.test(fault):
            assert payment["status"] == "approved"
            assert payments(client, fault) == [payment["auth_id"]]
            assert fired.count(rule["fault_id"]) == 2, "the first two attempts were hit"


def test_the_key_of_a_call_that_was_given_up_finds_the_payment(client: Client) -> None:
    client.create_fault({"fault": "commit_then_reset", "count": 3, "match": {"route": "authorize_payment"}})
    with pytest.raises(NoAnswerError) as lost:
        pay(client, "given-up")
    payment = pay(client, "given-up", lost.value.idempotency_key)
    assert payments(client, "given-up") == [payment["auth_id"]]


def test_calls_at_once_with_one_key_make_one_payment(client: Client) -> None:
    """One that meets another is refused for a second, and sent again."""
    with ThreadPoolExecutor(8) as threads:
        made = [*threads.map(lambda _: pay(client, "at-once", "at-once-key")["auth_id"], range(16))]
    assert payments(client, "at-once") == [*{*made}]
    assert len({*made}) == 1


PAYS: Final = """
import json, sys
from paysandbox_client import Sandbox
base_url, api_key, body = sys.argv[1:]
print("begins", flush=True)
Sandbox(base_url, api_key).authorize_payment(json.loads(body), idempotency_key="killed-key")
"""


def test_a_program_that_was_killed_in_a_call_pays_once(client: Client, sandbox: Sandbox, api: Api) -> None:
    """It stored its key before the call, so the next run sends it again."""
    rule = client.create_fault(
        {"fault": "commit_then_timeout;s=20", "match": {"route": "authorize_payment", "reference": "killed"}}
    )
    body = json.dumps({"amount": 1250, "card": CARD, "reference": "killed"})
    words = [sys.executable, "-c", PAYS, sandbox.base_url, api.api_key, body]
    with subprocess.Popen(words, stdout=subprocess.PIPE) as program:
        until(lambda: payments(client, "killed"), "the payment, whose answer is held back")
        assert program.poll() is None
        program.kill()
    assert [it["fault_id"] for it in client.list_firings()["data"]].count(rule["fault_id"]) == 1
    payment = pay(client, "killed", "killed-key")
    assert payments(client, "killed") == [payment["auth_id"]]


def test_errors_are_those_of_the_api(client: Client) -> None:
    payment = pay(client, "errors")
    with pytest.raises(ApiError) as refused:
        client.capture_payment({"auth_id": payment["auth_id"], "amount": 2000})
    assert (refused.value.status, refused.value.code) == (409, "capture_exceeds_authorized")
    request_id = refused.value.request_id
    assert request_id is not None
    with pytest.raises(ApiError) as invalid:
        client.authorize_payment({"amount": -1, "card": CARD})
    assert (invalid.value.code, invalid.value.param) == ("amount_too_small", "amount")
    with pytest.raises(RequestError, match="401"):
        Client(client.base_url, "sk_test_nobody_x").list_payments()


IN_NODE: Final = """
import { Sandbox } from "@paysandbox/client";
const [baseUrl, apiKey, faults] = process.argv.slice(2);
const sandbox = new Sandbox({ baseUrl, apiKey });
const card = { number: "4242424242424242", exp_month: 12, exp_year: 2030 };
const pays = async (fault) => {
  const reference = `node ${fault}`;
  await sandbox.createFault({ body: { fault, count: 2, match: { route: "authorize_payment", reference } } });
  const { auth_id } = await sandbox.authorizePayment({ body: { amount: 1250, card, reference } });
  const { data } = await sandbox.listPayments({ reference });
  return [data.length, data[0]?.auth_id === auth_id];
};
const found = await Promise.all(JSON.parse(faults).map(pays));
await sandbox.createFault({ body: { fault: "commit_then_reset", count: 3, match: { route: "authorize_payment" } } });
const body = { amount: 1250, card, reference: "node given up" };
const lost = await sandbox.authorizePayment({ body }).catch((error) => error);
const payment = await sandbox.authorizePayment({ body, idempotencyKey: lost.idempotencyKey });
const { data } = await sandbox.listPayments({ reference: "node given up" });
console.log(JSON.stringify({ found, lost: lost.name, givenUp: [data.length, data[0].auth_id === payment.auth_id] }));
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a project with the package for Node and the file that the guide shows."""
    it = empty_project(tmp_path_factory.mktemp("client"), PAYSANDBOX_CLIENT)
    [example] = [block.text for block in blocks("typescript") if block.file == GUIDE]
    (it / "capture.ts").write_text(example)
    return it


def test_a_payment_is_made_once_in_node(sandbox: Sandbox, api: Api, project: Path) -> None:
    (project / "lost.mjs").write_text(IN_NODE)
    printed = run(project, "node", "lost.mjs", sandbox.base_url, api.api_key, json.dumps(FAULTS))
    assert json.loads(printed) == {
        "found": [[1, True]] * len(FAULTS),
        "lost": "NoAnswerError",
        "givenUp": [1, True],
    }


def test_the_example_of_the_guide_in_node(sandbox: Sandbox, api: Api, project: Path) -> None:
    env = {"PAYSANDBOX_BASE_URL": sandbox.base_url, "PAYSANDBOX_API_KEY": api.api_key}
    options = ("--strict", "--target", "ES2023", "--module", "NodeNext", "--types", "node", "--noEmit")
    run(project, "node_modules/.bin/tsc", *options, "capture.ts")
    assert run(project, "node", "capture.ts", **env).strip() == "partially_captured"
