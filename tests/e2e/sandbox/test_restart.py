"""Down and up again: what was stored survives, what was under way goes on, and secrets are stored only where needed.

A restart takes five seconds of a core, so one serves all checks. Each is a generator: it runs until its `yield`, the
sandbox is stopped, what was yielded is done, the sandbox is started, and each check goes on as a test.
"""

import threading
import time
import uuid
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass, field
from functools import partial

import httpx
import pytest
import stripe

from paysandbox.http.keys.credential import key_digest
from tests.e2e.conftest import Sandbox
from tests.e2e.http.test_any_key import LIVE, is_refused, key_of, seen
from tests.e2e.test_feed import attempts_at, attempts_of, followed, listed, pay_with
from tests.support.clients.api import ASK_AGAIN, CARD, Api
from tests.support.clients.stripe_sdk import sdk_on
from tests.support.clients.stripe_sdk_calls import opened
from tests.support.fakes.receiver import receiver
from tests.support.tools.card_numbers import found_below
from tests.support.tools.waiting import until

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
WORKERS_S = 120
FEED_CLIENTS = 40
# That everything arrives is tested, not how fast. On a busy machine, calls of a worker to the engine time out, and its
# messages are received again after six minutes (stacks/workers/queues.py).
COMPLETE_WITHIN_S = 480


@dataclass(frozen=True)
class WhenStopped:
    """What to do while the sandbox is stopped: search its files for texts, and call a function."""

    search: Sequence[str] = ()
    call: Callable[[], object] = list


@dataclass(frozen=True)
class Stop:
    """How long the stop took, and in which files of the stopped sandbox each text was found."""

    took_s: float
    found: dict[str, set[str]]

    @property
    def data(self) -> dict[str, set[str]]:
        """What was found in recorded data. Code (an asset, a layer or a build) contains every published test card."""
        code = ("cdk.out", "s3/cdk-", "layers", "ministack-lambda", "lambda_code")
        return {name: texts for name, texts in self.found.items() if not any(part in name for part in code)}


Check = Generator[WhenStopped, Stop, None]


def clients_right_after_a_start_get_responses(sandbox: Sandbox, api: Api) -> Check:
    """First of all: every function is cold. One worker writes the log of all functions, and the others are few."""
    yield WhenStopped()
    with ThreadPoolExecutor(32) as clients:
        answers = list(clients.map(lambda _: pay(api, str(uuid.uuid4())).status_code, range(200)))
    assert set(answers) == {200}
    until(lambda: len(api.http.get("/requests", params={"limit": 100}).json()["data"]) == 100, "the log of requests")
    assert workers(sandbox).count("store_requests") == 1


def workers(sandbox: Sandbox) -> list[str]:
    """Return the functions that have a worker's folder, one entry per worker."""
    folders = (sandbox.home / "tmp").glob("ministack-lambda-paysandbox-local-*")
    return [folder.name.removeprefix("ministack-lambda-paysandbox-local-").rpartition("-")[0] for folder in folders]


def payments_and_keys_survive(sandbox: Sandbox, api: Api) -> Check:
    first = api.authorize(10_00, key="before the restart")
    yield WhenStopped()
    again = api.authorize(10_00, key="before the restart")
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"


def events_around_it_are_delivered(sandbox: Sandbox, api: Api) -> Check:
    before = api.authorize(10_00).raise_for_status().json()["auth_id"]
    yield WhenStopped()
    after = api.authorize(10_00).raise_for_status().json()["auth_id"]
    until(lambda: {before, after} <= {one["data"].get("auth_id") for one in listed(api, "/events")}, "both events")


def the_log_of_the_last_request_is_kept(sandbox: Sandbox, api: Api) -> Check:
    refused = api.authorize(-1)
    request_id = refused.json()["request_id"]
    yield WhenStopped()
    until(lambda: api.http.get(f"/requests/{request_id}").status_code == 200, "the last request before the stop")


def no_card_number_is_stored(sandbox: Sandbox, api: Api) -> Check:
    number = "6011981111111113"
    card = CARD | {"number": number}
    auth_id = api.authorize(card=card, key="card search", name="x").json().get("auth_id")
    assert auth_id is None, "an unknown field is refused, with the card in the same body"
    auth_id = api.authorize(card=card, key="card search").json()["auth_id"]
    api.capture(auth_id)
    api.refund(auth_id)
    api.post("/payments/authorize", {"card": card | {"number": number + "0"}, "amount": 5})
    sandbox.run("settlements", "run", "--now", "--wait")
    stop = yield WhenStopped(search=[number, auth_id])
    assert stop.data, "the payment itself is somewhere, or the search looks in the wrong place"
    assert any("reports" in name for name in stop.data), "settlement reports are searched, too"
    assert any("PaymentsLedger" in name for name in stop.data), "and the items of tables"
    assert all(texts == {auth_id} for texts in stop.data.values())


def secrets_in_links_are_stored_where_they_are_needed_alone(sandbox: Sandbox, api: Api) -> Check:
    """An inbox's URL with the endpoint that sends to it, an intent's secrets in the events as Stripe's have them."""
    inbox_url = api.http.get("/sandbox/inbox").raise_for_status().json()["url"]
    endpoint = api.post("/webhooks/endpoints", {"url": inbox_url, "events": ["*"]}).raise_for_status().json()
    with httpx.Client(base_url=f"{sandbox.base_url}/v1/", auth=(api.api_key, ""), trust_env=False) as stripes:
        stripes.post("webhook_endpoints", data={"url": inbox_url, "enabled_events[]": "*"}).raise_for_status()
        intent = stripes.post("payment_intents", data=CHALLENGED).raise_for_status().json()
        stripes.get(f"inbox/{inbox_url.rpartition('/')[2]}")  # a mistake: the path that the request log shows
    challenge_url = intent["next_action"]["redirect_to_url"]["url"]
    for url in (inbox_url, f"{inbox_url}/x", challenge_url):
        assert httpx.get(url, headers={"Host": "shop.example"}, trust_env=False).status_code == 403
        httpx.put(url, trust_env=False)

    def received() -> bool:
        messages = api.http.get("/sandbox/inbox").raise_for_status().json()["data"]
        return any("payment_intent.requires_action" in str(one) for one in messages)

    until(received, "the event of the intent")
    token, challenge = inbox_url.rpartition("_")[2], challenge_url.rpartition("/")[2]
    client_secret = intent["client_secret"].rpartition("_")[2]
    stop = yield WhenStopped(search=[token, challenge, client_secret, endpoint["secret"]])
    tables: dict[str, set[str]] = {}
    for name, texts in stop.data.items():
        tables.setdefault(name.rpartition("-")[2].partition(".")[0], set()).update(texts)
    assert tables == {"WebhookEndpoints": {token}, "Events": {challenge, client_secret}}


def any_key_and_its_revocation_survive_and_none_is_stored_in_plain_text(sandbox: Sandbox, api: Api) -> Check:
    kept, revoked = key_of("E2eRestartAbCdE", rest="k" * 60), key_of("E2eRestartAbCdE", rest="v" * 60)
    with sdk_on(sandbox.base_url, kept) as known, sdk_on(sandbox.base_url, revoked) as unknown:
        intent = opened(known)
        opened(unknown)
        for kind in ("sk", "rk", "pk"):
            with pytest.raises(stripe.AuthenticationError), sdk_on(sandbox.base_url, kind + LIVE) as live:
                opened(live)
        # Where a key does not belong: in a body, which the request log shows.
        with pytest.raises(stripe.InvalidRequestError):
            opened(known, description=f"with sk{LIVE}", api_key=f"sk{LIVE}")
        assert sandbox.run("keys", "revoke", seen(sandbox, revoked)["key_id"]).stdout.startswith(
            "Revoked sk_test_…vvvv"
        )
        until(lambda: is_refused(unknown), "the end of the authorizer's cache")
        stop = yield WhenStopped(search=[LIVE, kept, revoked, key_digest(kept)])
        assert {text for texts in stop.found.values() for text in texts} == {key_digest(kept)}
        assert known.v1.payment_intents.retrieve(intent.id).id == intent.id
        assert is_refused(unknown)
    assert "healthy" in sandbox.run("status", "-o", "json").stdout
    assert "PAYSANDBOX_API_KEY=sk_test_demo_" in sandbox.run("status", "-o", "env").stdout
    sandbox.run("audit")


def every_event_and_attempt_of_forty_clients_is_shown_once(sandbox: Sandbox, api: Api, seconds: float = 4) -> Check:
    """The endpoint answers each webhook. Half way, the sandbox is restarted, with events still on their way."""
    with followed(api) as page, receiver() as shop:
        before = {one["id"] for one in listed(api, "/events")}
        made = api.post("/webhooks/endpoints", {"url": shop.url, "events": ["*"]}).raise_for_status().json()
        endpoint_id = made["endpoint_id"]
        paid = pay_with(FEED_CLIENTS, seconds / 2, api)
        yield WhenStopped()
        paid += pay_with(FEED_CLIENTS, seconds / 2, api)
        until(lambda: len(set(shop.ids())) >= paid, "the webhooks", patience_s=COMPLETE_WITHIN_S)
        events = {one["id"] for one in listed(api, "/events")} - before
        attempts = attempts_of(api, endpoint_id)

        def attempts_shown() -> set[str]:
            return {one["id"] for one in attempts_at(page, endpoint_id)}

        assert len(events) >= paid <= len(attempts)
        until(lambda: events <= page.of("event"), "every event in the feed", patience_s=COMPLETE_WITHIN_S)
        until(lambda: attempts <= attempts_shown(), "every attempt in the feed", patience_s=COMPLETE_WITHIN_S)
        assert page.of("event") <= events | before
        assert attempts_shown() == attempts
        assert page.twice_in_an_answer == []


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
                while (answer := pay(self.api, key)).status_code in ASK_AGAIN:
                    pass
            except httpx.TransportError:
                self.unanswered.append(key)
                return
            self.approved[key] = answer.raise_for_status().json()["auth_id"]
            self.request_ids.add(answer.headers["Request-Id"])


def pay(api: Api, key: str) -> httpx.Response:
    """Authorize, and return the response, which may be a refusal with 503."""
    body, headers = {"card": CARD, "amount": 10_00}, {"X-Idempotency-Key": key}
    return api.http.post("/payments/authorize", json=body, headers=headers)


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


def a_stop_under_traffic(sandbox: Sandbox, api: Api) -> Check:
    """The webhook endpoint does not respond, so functions are waiting for it when they are cut off."""
    traffic, is_back = Traffic(api), threading.Event()
    with ThreadPoolExecutor(CLIENTS) as clients, receiver([lambda _: is_back.wait(60) and 200]) as endpoint:
        made = api.post("/webhooks/endpoints", {"url": endpoint.url, "events": ["*"]}).raise_for_status().json()
        sending = [clients.submit(traffic.send) for _ in range(CLIENTS)]
        until(lambda: len(traffic.approved) > 3 * CLIENTS and endpoint.received, "payments, and an event")
        cut_off: list[str] = []

        def let_the_endpoint_respond() -> None:
            for each in sending:
                each.result()
            cut_off.extend(endpoint.ids())
            is_back.set()

        stop = yield WhenStopped(call=let_the_endpoint_respond)
        assert stop.took_s < STOPPED_WITHIN_S
        stored = clients.map(lambda key: (key, api.authorize(10_00, key=key).json()["auth_id"]), traffic.approved)
        assert dict(stored) == traffic.approved
        assert {api.payment(auth_id)["status"] for auth_id in traffic.approved.values()} == {"approved"}
        assert len(traffic.unanswered) == CLIENTS
        assert {api.authorize(10_00, key=key).status_code for key in traffic.unanswered} == {200}
        sandbox.run("audit")
        until(lambda: traffic.request_ids <= logged_requests(api), "the requests in the request log")
        until(lambda: {*cut_off} <= {*endpoint.ids()[len(cut_off) :]}, "the events whose attempts were cut off")
        api.http.delete(f"/webhooks/endpoints/{made['endpoint_id']}").raise_for_status()


# The first goes on while every function is cold.
CHECKS: Sequence[Callable[[Sandbox, Api], Check]] = (
    clients_right_after_a_start_get_responses,
    payments_and_keys_survive,
    events_around_it_are_delivered,
    no_card_number_is_stored,
    secrets_in_links_are_stored_where_they_are_needed_alone,
    any_key_and_its_revocation_survive_and_none_is_stored_in_plain_text,
    every_event_and_attempt_of_forty_clients_is_shown_once,
    the_log_of_the_last_request_is_kept,
)


def restart(sandbox: Sandbox, checks: Sequence[Check]) -> list[Callable[[], None]]:
    """Run each check until its `yield`, restart the sandbox, and return the rest of each check."""
    wanted = [next(check) for check in checks]
    began = time.monotonic()
    sandbox.run("down")
    took_s = time.monotonic() - began
    found = found_below(sandbox.home, {text for one in wanted for text in one.search}, leave_out=lambda _: False)
    for one in wanted:
        one.call()
    sandbox.up()

    def rest(check: Check, search: Sequence[str]) -> None:
        of_check = {name: texts & {*search} for name, texts in found.items() if texts & {*search}}
        with suppress(StopIteration):
            check.send(Stop(took_s, of_check))

    return [partial(rest, check, one.search) for check, one in zip(checks, wanted, strict=True)]


@pytest.fixture(scope="module")
def restarted(sandbox: Sandbox, new_merchant: Callable[[str], Api]) -> Iterator[dict[str, Callable[[], None]]]:
    """Restart the sandbox, and provide the rest of each check by its name. Each has a merchant of its own."""
    with ExitStack() as clients:
        apis = [clients.enter_context(new_merchant(f"restart-{number}")) for number in range(len(CHECKS))]
        checks = [check(sandbox, api) for check, api in zip(CHECKS, apis, strict=True)]
        for check in checks:
            clients.callback(check.close)
        rests = restart(sandbox, checks)
        yield {check.__name__: rest for check, rest in zip(CHECKS, rests, strict=True)}


@pytest.mark.full
@pytest.mark.timeout(2 * COMPLETE_WITHIN_S)  # the first includes what precedes the restart
@pytest.mark.parametrize("check", [check.__name__ for check in CHECKS])
def test_after_a_restart(check: str, restarted: dict[str, Callable[[], None]]) -> None:
    restarted[check]()


@pytest.mark.full
def test_a_stop_under_traffic_is_quick_and_keeps_every_payment(sandbox: Sandbox, api: Api) -> None:
    """A restart of its own: it cuts functions off, and with them what they would have logged for others."""
    [rest] = restart(sandbox, [a_stop_under_traffic(sandbox, api)])
    rest()


@pytest.mark.soak
def test_the_feed_is_complete_after_a_minute_and_a_restart(sandbox: Sandbox, api: Api) -> None:
    [rest] = restart(sandbox, [every_event_and_attempt_of_forty_clients_is_shown_once(sandbox, api, seconds=60)])
    rest()
