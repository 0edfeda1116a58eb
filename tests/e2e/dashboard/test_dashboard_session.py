"""The dashboard on a real sandbox: a printed link signs in, its keys open both APIs, its reads leave no trace."""

import json
import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import closing
from typing import Any

import httpx
import pytest

from paysandbox.core.merchant import is_dashboard_key
from tests.e2e.conftest import Sandbox
from tests.support.clients.api import Api
from tests.support.tools.waiting import until

RECEIPTS_FROM = "receipts@donate-now.example"


class Page:
    """A page of the sandbox in a browser on this machine, as far as the sandbox can see."""

    def __init__(self, sandbox: Sandbox) -> None:
        own = {"Sec-Fetch-Site": "same-origin", "Origin": sandbox.base_url, "Paysandbox-Page": "1"}
        # A sign-in runs the program, which takes a second on an idle machine.
        self._http = httpx.Client(base_url=sandbox.base_url, headers=own, trust_env=False, timeout=60)
        self.session = ""
        self.merchants: dict[str, dict[str, Any]] = {}

    def close(self) -> None:
        """Close its connections."""
        self._http.close()

    def sign_in(self, link: str) -> httpx.Response:
        """Exchange the token of a link."""
        token = link.partition("#token=")[2]
        answer = self._http.post("/_paysandbox/session", json={"token": token})
        if answer.status_code == httpx.codes.OK:
            self.session = answer.json()["session"]
            self.merchants = {entry["merchant"]: entry for entry in answer.json()["merchants"]}
        return answer

    def ask(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Send a request with the session."""
        headers = {"Authorization": f"Bearer {self.session}"}
        return self._http.request(method, path, json=body, headers=headers, timeout=60)


@pytest.fixture
def page(sandbox: Sandbox) -> Iterator[Page]:
    """Return a page that has signed in with a printed link."""
    with closing(Page(sandbox)) as page:
        assert page.sign_in(sandbox.run("open", "--print").stdout.strip()).status_code == httpx.codes.OK
        yield page


def test_a_printed_link_signs_in_once(sandbox: Sandbox) -> None:
    link = sandbox.run("open", "--print").stdout.strip()
    assert re.fullmatch(rf"{re.escape(sandbox.base_url)}/dashboard/#token=[a-z2-7]{{32}}", link)
    with closing(Page(sandbox)) as page, closing(Page(sandbox)) as other:
        first, second = page.sign_in(link), other.sign_in(link)
    assert (first.status_code, second.status_code) == (200, 403)
    assert "paysandbox open" in second.json()["detail"]


def test_its_keys_work_on_both_apis(page: Page, sandbox: Sandbox) -> None:
    key = page.merchants["demo"]["api_key"]
    assert is_dashboard_key(key)
    assert page.ask("GET", "/_paysandbox/merchants").json()["data"] == [*page.merchants.values()]
    with Api(sandbox.base_url, key) as api:
        assert api.http.get("/payments", params={"limit": 1}).status_code == httpx.codes.OK
    stripe = httpx.get(f"{sandbox.base_url}/v1/charges", headers={"Authorization": f"Bearer {key}"}, timeout=30)
    assert stripe.status_code == httpx.codes.OK


def test_a_new_merchant_can_pay_at_once(page: Page, sandbox: Sandbox) -> None:
    made = page.ask("POST", "/_paysandbox/merchants", {"merchant": "made-by-page"})
    again = page.ask("POST", "/_paysandbox/merchants", {"merchant": "made-by-page"})
    assert (made.status_code, again.status_code, again.json()) == (201, 200, made.json())
    for name in ("api_key", "secret_key"):
        with Api(sandbox.base_url, made.json()[name]) as api:
            assert api.authorize(key=f"{name}-1").json()["status"] == "approved"
    listed = sandbox.json("keys", "list")["data"]
    assert [key["plan"] for key in listed if key["merchant"] == "made-by-page"] == ["sandbox", "dashboard"]


@pytest.mark.full
def test_polling_spends_no_other_keys_limit_and_is_not_logged(page: Page, sandbox: Sandbox) -> None:
    made = page.ask("POST", "/_paysandbox/merchants", {"merchant": "polled"}).json()
    with Api(sandbox.base_url, made["api_key"]) as tab, Api(sandbox.base_url, made["secret_key"]) as program:
        statuses = {tab.http.get("/payments", params={"limit": 1}).status_code for _ in range(150)}
        paid = tab.authorize(key="by-page").json()
        read = program.http.get("/payments", params={"limit": 1})

        def logged() -> list[str] | None:
            found = [request["route"] for request in tab.http.get("/requests").json()["data"]]
            return found if {"authorize_payment", "list_payments"} <= {*found} else None

        assert (statuses, paid["status"], read.status_code) == ({200}, "approved", 200)
        assert sorted(until(logged, "both requests in the log")) == [
            "authorize_payment",
            "list_payments",
        ], "of the page, its operation alone"


def test_mails_are_shown(page: Page, sandbox: Sandbox) -> None:
    subject = f"A receipt {uuid.uuid4()}"
    sandbox.target.client("sesv2").send_email(
        FromEmailAddress=RECEIPTS_FROM,
        Destination={"ToAddresses": ["ada@example.com"]},
        Content={"Simple": {"Subject": {"Data": subject}, "Body": {"Html": {"Data": "<p>Thanks</p>"}}}},
    )
    mail = page.ask("GET", "/_paysandbox/mail").json()["data"][0]
    assert (mail["subject"], mail["to"], mail["html"]) == (subject, "ada@example.com", "<p>Thanks</p>")


def test_config_is_that_of_this_sandbox(sandbox: Sandbox) -> None:
    config = httpx.get(f"{sandbox.base_url}/dashboard/config.json").json()
    assert (config["environment"], config["region"], config["clock"]) == ("local", "us-east-1", "moves")
    assert config["session"] is True


@pytest.mark.parametrize("ask", [
    lambda url: httpx.post(f"{url}/_paysandbox/session", json={"token": "a" * 32}),
    lambda url: httpx.get(f"{url}/_paysandbox/merchants", headers={"Authorization": "Bearer " + "a" * 32}),
    lambda url: httpx.get(f"{url}/_paysandbox/mail"),
], ids=["session", "merchants", "mail"])  # fmt: skip
def test_programs_that_are_no_browser_get_nothing(sandbox: Sandbox, ask: Callable[[str], httpx.Response]) -> None:
    answer = ask(sandbox.base_url)
    assert answer.status_code == httpx.codes.FORBIDDEN
    assert json.loads(answer.text)["code"] == "forbidden"
