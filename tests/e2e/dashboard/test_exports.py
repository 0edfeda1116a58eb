"""What the dashboard exports of a request that failed runs as it stands: a command, a pytest and a Vitest test."""

import json
import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import pytest

from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.tools.node_package import attempt, run
from tests.support.tools.waiting import until

ROOT: Final = Path(__file__).resolve().parents[3]
DASHBOARD: Final = ROOT / "dashboard"
TOOLS: Final = ROOT / "node_modules"

# Vitest of the dashboard, and the bundler that it comes with.
pytestmark = [pytest.mark.full, pytest.mark.timeout(300)]

CARD: Final = {"number": "4000000000009995", "exp_month": 12, "exp_year": 2030, "cvc": "123"}
"""A card that is declined, which its last four digits identify among the published ones."""
HOSTILE: Final = 'O\'Neill "ü" \\ $HOME `id` ${x} {y} \U0001f4b3'

SENT: Final[Mapping[str, tuple[str, str, Mapping[str, Any] | None, int]]] = {
    "native_declined": ("POST", "/payments/authorize", {"amount": 12_50, "currency": "USD", "card": CARD}, 200),
    "native_refused": (
        *("POST", "/payments/authorize"),
        {"amount": 12_50, "currency": "USD", "card": CARD, "reference": HOSTILE, "tip": [1.5, None, True, {}]},
        400,
    ),
    "native_get": ("GET", "/payments/auth_'$HOME", None, 404),
    "native_put": ("PUT", "/v1/api/customer/nobody", {"email": "ada@example.com"}, 404),
    "stripe_declined": (
        *("POST", "/v1/payment_intents"),
        {
            "amount": "2000",
            "currency": "usd",
            "confirm": "true",
            "automatic_payment_methods[enabled]": "true",
            "automatic_payment_methods[allow_redirects]": "never",
            "payment_method_data[type]": "card",
            **{f"payment_method_data[card][{name}]": str(value) for name, value in CARD.items()},
            "description": HOSTILE,
        },
        402,
    ),
    "stripe_refused": ("POST", "/v1/payment_intents", {"amount": "-1", "currency": "usd"}, 400),
    "stripe_get": ("GET", "/v1/customers/cus_unknown", None, 404),
}
"""Requests by a name: method, path, body and the status of the answer."""

PRINTS: Final = """
import { readFileSync } from "node:fs";
import { exported } from "./exports.mjs";
const { requests, options } = JSON.parse(readFileSync("requests.json", "utf8"));
const texts = {};
for (const [name, request] of Object.entries(requests)) {
  texts[name] = {};
  for (const form of ["curl", "pytest", "vitest", "agent"])
    texts[name][form] = exported(request, { ...options, form, newKey: `command-${name}` });
}
console.log(JSON.stringify(texts));
"""


def is_stripe(path: str) -> bool:
    return path.startswith("/v1/") and not path.startswith("/v1/api/")


def logged(api: Api, name: str) -> Any:
    """Send a request, and return it as the log has it."""
    method, path, body, status = SENT[name]
    headers = {"Authorization": f"Bearer {api.api_key}"} if is_stripe(path) else {}
    if method == "POST":
        headers["Idempotency-Key"] = f"sent-{name}"
    answer = api.http.request(
        method, path, headers=headers, data=body if is_stripe(path) else None, json=None if is_stripe(path) else body
    )
    assert answer.status_code == status, answer.text

    def found() -> Any:
        rows = api.http.get("/requests", params={"limit": 100}).json()["data"]
        return next(
            (row for row in rows if (row["method"], row["path"], row["status"]) == (method, path, status)), None
        )

    return until(found, f"{name} in the request log")


@pytest.fixture(scope="module")
def variables(sandbox: Sandbox, api: Api) -> Mapping[str, str]:
    """Provide the variables that the texts need, under the names that `paysandbox status -o env` sets."""
    values = {"PAYSANDBOX_BASE_URL": sandbox.base_url, "PAYSANDBOX_API_KEY": api.api_key}
    printed = sandbox.run("status", "-o", "env").stdout
    assert [name for name in values if f"export {name}=" not in printed] == []
    return values


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a folder with the module that the page has, as JavaScript, and the dashboard's packages."""
    folder = tmp_path_factory.mktemp("exports")
    (folder / "node_modules").symlink_to(TOOLS)
    bundle = ("src/activity/exports.ts", "--format", "esm", "--file", str(folder / "exports.mjs"))
    run(DASHBOARD, TOOLS / ".bin" / "rolldown", *bundle)
    (folder / "print.mjs").write_text(PRINTS)
    return folder


@pytest.fixture(scope="module")
def texts(sandbox: Sandbox, api: Api, project: Path) -> Mapping[str, Mapping[str, str]]:
    """Provide the text of each request in each form."""
    requests = {name: logged(api, name) for name in SENT}
    assert CARD["number"] not in json.dumps(requests)
    options = {"v1Base": "/v1", "docs": f"{sandbox.base_url}/docs"}
    (project / "requests.json").write_text(json.dumps({"requests": requests, "options": options}))
    return json.loads(run(project, "node", "print.mjs"))


def answer_of(name: str, printed: str) -> Any:
    """Return the answer that a command printed, before the status, which is that of the first answer."""
    answer, status = printed.rstrip("\n").rsplit("\n", 1)
    assert status == str(SENT[name][3]), printed
    return json.loads(answer)


@pytest.mark.parametrize("name", SENT)
def test_the_command(
    name: str, texts: Mapping[str, Mapping[str, str]], variables: Mapping[str, str], project: Path
) -> None:
    answer = answer_of(name, run(project, "bash", "-euc", texts[name]["curl"], **variables))
    assert name != "native_declined" or (answer["status"], answer["decline_code"]) == ("declined", "insufficient_funds")
    assert name != "stripe_declined" or answer["error"]["decline_code"] == "insufficient_funds"


def test_the_pytest_tests(texts: Mapping[str, Mapping[str, str]], variables: Mapping[str, str], project: Path) -> None:
    for name, forms in texts.items():
        (project / f"test_{name}.py").write_text(forms["pytest"])
    words = ("-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", project, project)
    assert f"{len(SENT)} passed" in run(project, sys.executable, *map(str, words), **variables)


def test_the_vitest_tests(texts: Mapping[str, Mapping[str, str]], variables: Mapping[str, str], project: Path) -> None:
    for name, forms in texts.items():
        (project / f"{name}.test.ts").write_text(forms["vitest"])
    printed = run(project, TOOLS / ".bin" / "vitest", "run", NO_COLOR="1", CI="1", **variables)
    assert f"Tests  {len(SENT)} passed" in printed


def test_a_test_fails_once_the_answer_is_another(
    texts: Mapping[str, Mapping[str, str]], variables: Mapping[str, str], project: Path
) -> None:
    """With the number of a card that is approved."""
    folder = project / "approved"
    folder.mkdir()
    text = texts["stripe_declined"]["pytest"]
    assert CARD["number"] in text
    assert '["error"]["decline_code"] == "insufficient_funds"' in text, "also of an answer that the log cuts off"
    (folder / "test_approved.py").write_text(text.replace(CARD["number"], "4242424242424242"))
    done = attempt(
        folder, sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--rootdir", ".", **variables
    )
    assert "assert 200 == 402" in done.stdout


@pytest.mark.parametrize("name", SENT)
def test_the_paragraph_names_the_answer_its_page_and_the_command(
    name: str, texts: Mapping[str, Mapping[str, str]], api: Api
) -> None:
    paragraph, command = texts[name]["agent"], texts[name]["curl"]
    assert command in paragraph
    assert str(SENT[name][3]) in paragraph
    [page] = re.findall(r"Read (\S+) first", paragraph)
    if name == "stripe_declined":
        assert page == "https://docs.stripe.com/error-codes/card-declined", "as Stripe's answer has it"
    else:
        assert api.http.get(page, follow_redirects=True).status_code == 200, page


def test_no_text_has_the_key(texts: Mapping[str, Mapping[str, str]], api: Api) -> None:
    assert api.api_key not in json.dumps(texts)
