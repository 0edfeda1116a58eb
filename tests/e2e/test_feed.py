"""The feed as a page follows it. test_restart.py follows that of forty clients over a restart."""

import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest

from tests.support.clients.api import Api
from tests.support.fakes.receiver import receiver
from tests.support.tools.waiting import until

POLL_S = 0.25

Entry = dict[str, Any]


@dataclass
class Page:
    """A page that follows the feed: it keeps each id once, counts its answers, and goes on after errors."""

    api: Api
    entries: dict[str, Entry] = field(default_factory=dict[str, Entry])
    seen_at: dict[str, float] = field(default_factory=dict[str, float])
    twice_in_an_answer: list[str] = field(default_factory=list[str])
    statuses: Counter[int] = field(default_factory=Counter[int])
    cursor: str | None = None
    tag: str = ""

    def poll(self) -> bool:
        """Read once. Return whether to ask again at once."""
        parameters = {"after": self.cursor} if self.cursor else {}
        try:
            answer = self.api.http.get("/feed", params=parameters, headers={"If-None-Match": self.tag})
        except httpx.HTTPError:
            return False  # the sandbox is being restarted
        self.statuses[answer.status_code] += 1
        if answer.status_code != 200:
            return False
        body = answer.json()
        now = time.monotonic()
        ids = [entry["id"] for entry in body["data"]]
        self.twice_in_an_answer += [one for one, times in Counter(ids).items() if times > 1]
        for entry in body["data"]:
            self.entries.setdefault(entry["id"], entry)
            self.seen_at.setdefault(entry["id"], now)
        self.cursor, self.tag = body["next_cursor"], answer.headers["ETag"]
        return body["has_more"]

    def follow(self, stop: threading.Event) -> None:
        """Poll until stopped."""
        while not stop.is_set():
            if not self.poll():
                stop.wait(POLL_S)

    def of(self, kind: str) -> set[str]:
        entries = [*self.entries.values()]  # others are added meanwhile
        return {one["id"] for one in entries if one["kind"] == kind}


@contextmanager
def followed(api: Api) -> Iterator[Page]:
    """Follow the merchant's feed from before the first payment, in a thread."""
    page, stop = Page(api), threading.Event()
    page.poll()
    page.entries.clear()
    with ThreadPoolExecutor(1) as pool:
        following = pool.submit(page.follow, stop)
        try:
            yield page
        finally:
            stop.set()
        following.result()


@pytest.fixture
def page(api: Api) -> Iterator[Page]:
    """Provide a page that follows the merchant's feed."""
    with followed(api) as it:
        yield it


def listed(api: Api, path: str, **query: str) -> list[Entry]:
    """Return all pages of a list."""
    found: list[Entry] = []
    parameters: dict[str, Any] = query | {"limit": 100}
    while True:
        answer = api.http.get(path, params=parameters).raise_for_status().json()
        found += answer["data"]
        if answer["next_cursor"] is None:
            return found
        parameters["cursor"] = answer["next_cursor"]


def attempts_of(api: Api, endpoint_id: str) -> set[str]:
    """Return `<delivery>#<attempt>` of every recorded attempt at an endpoint."""
    found: set[str] = set()
    deliveries = [one for one in listed(api, "/webhooks/deliveries") if one["endpoint_id"] == endpoint_id]
    for delivery in deliveries:
        found |= {f"{delivery['delivery_id']}#{number}" for number in range(1, delivery["attempts"] + 1)}
    return found


def attempts_at(page: Page, endpoint_id: str) -> list[Entry]:
    """Return the attempts at one endpoint: other tests' webhooks may be retried meanwhile."""
    attempts = [page.entries[one] for one in page.of("delivery_attempt")]
    return [one for one in attempts if one["delivery_attempt"]["endpoint_id"] == endpoint_id]


def test_a_payment_its_event_and_its_webhook_appear(api: Api, page: Page) -> None:
    with receiver() as shop:
        made = api.post("/webhooks/endpoints", {"url": shop.url, "events": ["*"]}).raise_for_status().json()
        paid = api.authorize(10_00, reference="order 7").raise_for_status()
        auth_id = paid.json()["auth_id"]
        request_id = paid.headers["Request-Id"]
        until(lambda: request_id in page.entries, "the request")
        attempts = until(lambda: attempts_at(page, made["endpoint_id"]), "the attempt")
        api.http.delete(f"/webhooks/endpoints/{made['endpoint_id']}").raise_for_status()
    request = page.entries[request_id]
    assert (request["request"]["route"], request["request"]["path"]) == ("authorize_payment", "/payments/authorize")
    assert request["card"] == {"brand": "visa", "last4": "4242"}
    assert (request["amount"], request["currency"], request["reference"]) == (10_00, "USD", "order 7")
    (event,) = [one for one in [*page.entries.values()] if one["kind"] == "event" and one["payment_id"] == auth_id]
    (attempt,) = attempts
    assert event["event"] == {"type": "payment_authorized", "object_id": auth_id}
    assert attempt["delivery_attempt"]["event_id"] == event["id"]
    assert attempt["delivery_attempt"]["succeeded"] is True
    assert {one["payment_id"] for one in (request, event, attempt)} == {auth_id}
    stored = api.http.get(f"/requests/{request_id}").raise_for_status().json()
    assert stored["path"] == "/payments/authorize"
    assert f'"auth_id":"{auth_id}"' in stored["answer"]


def test_polls_are_not_in_the_feed_and_become_304s(api: Api, page: Page) -> None:
    until(lambda: page.statuses[304] > 3, "unchanged answers")
    routes = {one["request"]["route"] for one in [*page.entries.values()] if one["kind"] == "request"}
    assert "get_feed" not in routes


def pay_with(clients: int, seconds: float, api: Api) -> int:
    """Pay from several clients at once for some seconds. Return how many payments were approved."""
    end = time.monotonic() + seconds

    def client(_: int) -> int:
        paid = 0
        while time.monotonic() < end:
            paid += api.authorize(10_00).status_code == 200
        return paid

    with ThreadPoolExecutor(clients) as pool:
        return sum(pool.map(client, range(clients)))
