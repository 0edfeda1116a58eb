"""The webhook API as far as a listener uses it, in memory, on a real port. It delivers on demand."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx

from paysandbox.core.signature import secret_of, signed
from tests.support.builders import build
from tests.support.fakes.wire import Reply, Request, Wire, served

MASTER = b"m" * 32
NOON = "2030-01-07T12:00:00.000000Z"


def event(number: int, at: str = NOON, kind: str = "payment_captured", **data: Any) -> dict[str, Any]:
    """Return an event in the format of the API's list."""
    facts = {"amount": 1250, "currency": "USD", "transaction_id": f"cap_{number}"} | data
    return {"id": f"evt_{number}", "type": kind, "timestamp": at, "sequence": 1, "data": facts}


@dataclass
class WebhookApi:
    """Endpoints by ID, the events in the list, and the requested resends. `listens_since` is the API's time."""

    wire: Wire = field(default_factory=Wire)
    endpoints: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    stripe_endpoints: dict[str, dict[str, Any]] = field(default_factory=dict[str, dict[str, Any]])
    events: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    resent: list[str] = field(default_factory=list[str])
    replayed: list[dict[str, Any]] = field(default_factory=list[dict[str, Any]])
    listens_since: str = NOON
    key_file: Path = Path()
    made: int = 0

    @property
    def options(self) -> list[str]:
        """The program's options for this API."""
        return ["--base-url", self.wire.base_url, "--key-file", str(self.key_file)]

    def answer(self, request: Request) -> Reply:
        """Respond like the API."""
        match (request.method, request.path.strip("/").split("/")):
            case ("GET", ["webhooks", "endpoints"]):
                return Reply(body={"data": list(self.endpoints.values())})
            case ("POST", ["webhooks", "endpoints"]):
                return Reply(body=self._create(request.body))
            case ("DELETE", ["webhooks", "endpoints", name]):
                found = self.endpoints.pop(name, None)
                return Reply(body={"endpoint_id": name, "deleted": True}) if found else _not_found()
            case ("GET", ["v1", "webhook_endpoints"]):
                return Reply(body={"object": "list", "data": [*map(_as_stripe, self.stripe_endpoints.values())]})
            case ("POST", ["v1", "webhook_endpoints"]):
                return Reply(body=self._create_for_stripe(request.body))
            case ("DELETE", ["v1", "webhook_endpoints", name]):
                found = self.stripe_endpoints.pop(name, None)
                return Reply(body={"id": name, "object": "webhook_endpoint", "deleted": True}) if found else _unknown()
            case ("GET", ["events"]):
                asked = request.query
                data = [each for each in self.events if asked["from"] <= each["timestamp"] < asked["to"]]
                return Reply(body={"data": data, "next_cursor": None})
            case ("POST", ["events", name, "resend"]):
                self.resent.append(name)
                return Reply(body={"event_id": name, "deliveries": []})
            case ("POST", ["webhooks", "endpoints", name, "replay"]):
                self.replayed.append(request.body)
                return Reply(body={"endpoint_id": name, "planned": 1, "left_out": 0, "next_since": None})
            case _:
                return _not_found()

    def deliver(
        self, told: dict[str, Any], endpoint_id: str | None = None, *, version: int = 1, attempt: int = 1, now: int
    ) -> httpx.Response:
        """Deliver an event to an endpoint, by default the newest one, and return the receiver's response."""
        every = self.endpoints | self.stripe_endpoints
        name = endpoint_id or list(every)[-1]
        body = json.dumps(told, separators=(",", ":")).encode()
        headers = signed((secret_of(MASTER, name, version),), message_id=told["id"], timestamp=now, body=body)
        more = {"content-type": "application/json", "webhook-attempt": str(attempt)}
        return httpx.post(every[name]["url"], content=body, headers=headers | more, trust_env=False)

    def _create(self, body: dict[str, Any]) -> dict[str, Any]:
        self.made += 1
        name = f"we_{self.made}"
        since = {"status": "enabled", "created_at": self.listens_since, "listens_since": self.listens_since}
        self.endpoints[name] = body | since | {"endpoint_id": name}
        return self.endpoints[name] | {"secret": secret_of(MASTER, name, 1)}

    def _create_for_stripe(self, form: dict[str, str]) -> dict[str, Any]:
        self.made += 1
        name = f"we_{self.made}"
        types = [value for key, value in form.items() if key.startswith("enabled_events[")]
        facts = {"enabled_events": types, "url": form["url"], "description": form["description"], "status": "enabled"}
        self.stripe_endpoints[name] = facts | {"id": name}
        return _as_stripe(self.stripe_endpoints[name]) | {"secret": secret_of(MASTER, name, 1)}


def _as_stripe(endpoint: dict[str, Any]) -> dict[str, Any]:
    return {"object": "webhook_endpoint", "livemode": False, **endpoint}


def _unknown() -> Reply:
    return Reply(404, {"error": {"type": "invalid_request_error", "code": "resource_missing", "message": "No such."}})


@contextmanager
def webhook_api() -> Iterator[WebhookApi]:
    """Serve the API until the block ends."""
    api = WebhookApi()
    with served(api.answer) as wire, TemporaryDirectory() as folder:
        api.wire, api.key_file = wire, Path(folder, "key")
        api.key_file.write_text(build.api_key())
        yield api


def _not_found() -> Reply:
    return Reply(404, {"code": "resource_not_found", "title": "There is none", "status": 404})
