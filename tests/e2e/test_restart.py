"""Down and up again: payments, keys and unpublished events survive, and no card number is stored."""

import threading
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace

import httpx
import pytest

from paysandbox.core.ids import event_id
from tests.e2e.conftest import Sandbox
from tests.support.api import ASK_AGAIN, CARD, Api
from tests.support.card_numbers import found_below
from tests.support.ports import free_port
from tests.support.receiver import receiver
from tests.support.waiting import until

pytestmark = pytest.mark.full

TOLD_WITHIN_S = 30

CHALLENGED = {
    "amount": 10_00,
    "currency": "usd",
    "payment_method": "pm_card_authenticationRequired",
    "confirm": "true",
    "return_url": "https://shop.example/",
}
CLIENTS = 16
STOPPED_WITHIN_S = 10
"""`docker stop` kills after that. On an idle machine, a stop takes 3 s."""


def test_payments_and_keys_survive_down_and_up(sandbox: Sandbox, api: Api) -> None:
    first = api.authorize(10_00, key="before the restart")
    sandbox.run("down")
    sandbox.up()
    again = api.authorize(10_00, key="before the restart")
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"


def test_events_around_a_restart_are_delivered(sandbox: Sandbox, api: Api) -> None:
    before = api.authorize(10_00).raise_for_status().json()["auth_id"]
    sandbox.run("down")
    sandbox.up()
    after = api.authorize(10_00).raise_for_status().json()["auth_id"]
    deadline = time.monotonic() + TOLD_WITHIN_S
    told: set[str] = set()
    while not {before, after} <= told:
        assert time.monotonic() < deadline, told
        events = api.http.get("/events", params={"limit": 100}).raise_for_status().json()["data"]
        told = {event["data"].get("auth_id") for event in events}


@dataclass
class Traffic:
    """Authorizations over several connections, each after the result of the one before it."""

    api: Api
    approved: dict[str, str] = field(default_factory=dict[str, str])
    """The payments of responses, by idempotency key."""
    request_ids: set[str] = field(default_factory=set[str])
    """The IDs of their requests."""
    unanswered: list[str] = field(default_factory=list[str])
    """The keys of requests that were refused until the connection was."""

    def send(self) -> None:
        """Send until no connection is possible. A request that is refused with 503 is repeated at once."""
        while True:
            key = str(uuid.uuid4())
            try:
                while (answer := self._authorize(key)).status_code in ASK_AGAIN:
                    pass
            except httpx.TransportError:
                self.unanswered.append(key)
                return
            self.approved[key] = answer.raise_for_status().json()["auth_id"]
            self.request_ids.add(answer.headers["Request-Id"])

    def _authorize(self, key: str) -> httpx.Response:
        body, headers = {"card": CARD, "amount": 10_00}, {"X-Idempotency-Key": key}
        return self.api.http.post("/payments/authorize", json=body, headers=headers)


def logged_requests(api: Api) -> set[str]:
    """Return the IDs of the requests in the merchant's request log."""
    ids: set[str] = set()
    params = {"limit": "100"}
    while True:
        page = api.http.get("/requests", params=params).raise_for_status().json()
        ids |= {request["request_id"] for request in page["data"]}
        if page["next_cursor"] is None:
            return ids
        params["cursor"] = page["next_cursor"]


def test_a_stop_under_traffic_is_quick_and_keeps_every_payment(sandbox: Sandbox, api: Api) -> None:
    """The webhook endpoint does not respond, so functions are waiting for it when they are cut off."""
    traffic, is_back = Traffic(api), threading.Event()
    with ThreadPoolExecutor(CLIENTS) as clients, receiver([lambda _: is_back.wait(60) and 200]) as endpoint:
        made = api.post("/webhooks/endpoints", {"url": endpoint.url, "events": ["*"]}).raise_for_status().json()
        sending = [clients.submit(traffic.send) for _ in range(CLIENTS)]
        until(lambda: len(traffic.approved) > 3 * CLIENTS and endpoint.received, "payments, and an event")

        began = time.monotonic()
        sandbox.run("down")
        took_s = time.monotonic() - began
        for each in sending:
            each.result()
        cut_off = endpoint.ids()
        is_back.set()
        sandbox.up()

        assert took_s < STOPPED_WITHIN_S
        stored = clients.map(lambda key: (key, api.authorize(10_00, key=key).json()["auth_id"]), traffic.approved)
        assert dict(stored) == traffic.approved
        assert {api.payment(auth_id)["status"] for auth_id in traffic.approved.values()} == {"approved"}
        assert len(traffic.unanswered) == CLIENTS
        assert {api.authorize(10_00, key=key).status_code for key in traffic.unanswered} == {200}
        sandbox.run("audit")
        until(lambda: traffic.request_ids <= logged_requests(api), "the requests in the request log")
        until(lambda: {*cut_off} <= {*endpoint.ids()[len(cut_off) :]}, "the events whose attempts were cut off")
        api.http.delete(f"/webhooks/endpoints/{made['endpoint_id']}").raise_for_status()


def test_no_card_number_is_stored(sandbox: Sandbox, api: Api) -> None:
    number = "6011981111111113"
    card = CARD | {"number": number}
    auth_id = api.authorize(card=card, key="card search", name="x").json().get("auth_id")
    assert auth_id is None, "an unknown field is refused, with the card in the same body"
    auth_id = api.authorize(card=card, key="card search").json()["auth_id"]
    api.capture(auth_id)
    api.refund(auth_id)
    api.post("/payments/authorize", {"card": card | {"number": number + "0"}, "amount": 5})
    sandbox.run("settlements", "run", "--now", "--wait")
    sandbox.run("down")
    # The folder also holds the functions' code, which contains every published test card.
    found = found_below(sandbox.home, [number, auth_id], leave_out=holds_code)
    sandbox.up()
    assert found, "the payment itself is somewhere, or the search looks in the wrong place"
    assert any("reports" in name for name in found), "settlement reports are searched, too"
    assert any("PaymentsLedger" in name for name in found), "and the items of tables"
    assert all(numbers == {auth_id} for numbers in found.values())


def test_secrets_in_links_are_stored_where_they_are_needed_alone(sandbox: Sandbox, api: Api) -> None:
    """An inbox's URL with the endpoint that sends to it, an intent's secrets in the events as Stripe's have them."""
    inbox_url = api.http.get("/sandbox/inbox").raise_for_status().json()["url"]
    endpoint = api.post("/webhooks/endpoints", {"url": inbox_url, "events": ["*"]}).raise_for_status().json()
    with httpx.Client(base_url=f"{sandbox.base_url}/v1/", auth=(api.api_key, ""), trust_env=False) as stripe:
        stripe.post("webhook_endpoints", data={"url": inbox_url, "enabled_events[]": "*"}).raise_for_status()
        intent = stripe.post("payment_intents", data=CHALLENGED).raise_for_status().json()
        stripe.get(f"inbox/{inbox_url.rpartition('/')[2]}")  # a mistake: the path that the request log shows
    challenge_url = intent["next_action"]["redirect_to_url"]["url"]
    for url in (inbox_url, f"{inbox_url}/x", challenge_url):
        assert httpx.get(url, headers={"Host": "shop.example"}, trust_env=False).status_code == 403
        httpx.put(url, trust_env=False)

    def received() -> bool:
        listed = api.http.get("/sandbox/inbox").raise_for_status().json()["data"]
        return any("payment_intent.requires_action" in str(one) for one in listed)

    until(received, "the event of the intent")
    token, challenge = inbox_url.rpartition("_")[2], challenge_url.rpartition("/")[2]
    client_secret = intent["client_secret"].rpartition("_")[2]
    sandbox.run("down")
    secrets = [token, challenge, client_secret, endpoint["secret"]]
    found = found_below(sandbox.home, secrets, leave_out=holds_code)
    sandbox.up()
    tables: dict[str, set[str]] = {}
    for name, texts in found.items():
        tables.setdefault(name.rpartition("-")[2].partition(".")[0], set()).update(texts)
    assert tables == {"WebhookEndpoints": {token}, "Events": {challenge, client_secret}}


def holds_code(name: str) -> bool:
    """Return whether a file is code (a deployed asset, a layer's content or a build of one), not recorded data."""
    return any(part in name for part in ("cdk.out", "s3/cdk-", "layers", "ministack-lambda", "lambda_code"))


def test_webhooks_are_delivered_from_another_port(sandbox: Sandbox, api: Api) -> None:
    moved = replace(sandbox, port=free_port())
    try:
        said = moved.run("up", "--port", str(moved.port))
        assert "no changes" in said.stdout + said.stderr, "the stacks are deployed as they are"
        with Api(moved.base_url, api.api_key) as there, receiver() as endpoint:
            there.post("/webhooks/endpoints", {"url": endpoint.url, "events": ["*"]}).raise_for_status()
            event = event_id(there.authorize(10_00).raise_for_status().json()["auth_id"])
            until(lambda: event in endpoint.ids(), "the event")
    finally:
        sandbox.up()
