"""Worker: requests the deployed API's health and an authorization, as a merchant would, and counts the result."""

import json
import time
import urllib.request
from collections.abc import Mapping
from dataclasses import field
from http.client import HTTPException
from typing import Any, Final
from urllib.error import HTTPError

from monitoring.probe_key import MERCHANT, find_key, make_key
from paysandbox.aws.runtime import api_gateway, now, settings_of
from paysandbox.aws.settings import AcceptanceSettings, EnvironmentSettings, ProbeSettings
from paysandbox.aws.telemetry import probe_not_counted, probed
from paysandbox.core.record import record

TIMEOUT_S: Final = 5

# A published test card that approves.
_CARD: Final = {"number": "4242424242424242", "exp_month": 12, "cvc": "123"}


@record
class Reply:
    """A response: HTTP status (None if there was none), JSON body, milliseconds."""

    status: int | None
    body: Mapping[str, Any] = field(repr=False)
    duration_ms: int
    trouble: str | None = None


def handler(event: Mapping[str, Any], context: Any) -> None:  # noqa: ARG001 - Lambda's signature
    """Run the probe once. Raises only if no request was possible. Nothing is then counted, which an alarm detects.

    Nor is anything counted if the domain does not lead to an API that is well at the URL that API Gateway generated. A
    new environment has no DNS record yet, and an alarm without data that never had any is silent. Once the domain has
    worked, the same alarm detects that counts are missing.
    """
    settings, environment = settings_of(ProbeSettings), settings_of(EnvironmentSettings).environment
    key = find_key(api_gateway(), settings.probe_plan, environment)
    if key is None:
        # A new key can take a minute to work everywhere. A 401 until then would say nothing about the API.
        make_key(api_gateway(), settings.probe_plan, environment)
        return
    facts: dict[str, Any] = {"merchant": MERCHANT}
    url, health = settings.base_url, _request(f"{settings.base_url}/health")
    leads_elsewhere = settings.generated_url != url and not _is_of_api(health)
    if leads_elsewhere:
        facts |= _log_fields("domain", health)
        url, health = settings.generated_url, _request(f"{settings.generated_url}/health")
    authorize = _authorize(url, key, event["id"])
    facts |= _log_fields("health", health) | _log_fields("authorize", authorize)
    well, approved = health.body.get("status") == "ok", authorize.body.get("status") == "approved"
    ok = (health.status, well, authorize.status, approved) == (200, True, 200, True)
    if leads_elsewhere and ok:
        probe_not_counted(facts)
    else:
        probed(facts, ok=ok)


def _is_of_api(health: Reply) -> bool:
    """Return whether the API sent this, or may only have been too slow to: a server was there and did not respond."""
    return not {"status", "code"}.isdisjoint(health.body) or health.trouble == TimeoutError.__name__


def _authorize(url: str, key: str, run: str) -> Reply:
    card = _CARD | {"exp_year": now().year + 1}
    payment = {"amount": settings_of(AcceptanceSettings).minimum_amount, "currency": "USD", "card": card}
    # The event's id: one that EventBridge delivers twice is a replay.
    headers = {"X-Api-Key": key, "X-Idempotency-Key": f"probe-{run}", "Content-Type": "application/json"}
    return _request(f"{url}/payments/authorize", headers, json.dumps(payment).encode())


def _request(url: str, headers: Mapping[str, str] | None = None, body: bytes | None = None) -> Reply:
    """Send a GET, or a POST with this body. A missing response is a result too."""
    request = urllib.request.Request(url, data=body, headers=dict(headers or {}))  # noqa: S310 - the stack wrote it
    started = time.perf_counter_ns()
    status, text, trouble = None, b"{}", None
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - the stack wrote it
            status, text = answer.status, answer.read()
    except HTTPError as error:
        with error:
            status, text = error.code, error.read()
    except (OSError, HTTPException) as error:
        trouble = type(error).__name__
    duration_ms = (time.perf_counter_ns() - started) // 1_000_000
    try:
        found = json.loads(text)
    except ValueError as error:
        found, trouble = {}, type(error).__name__
    return Reply(status, found if isinstance(found, dict) else {}, duration_ms, trouble)


def _log_fields(what: str, reply: Reply) -> dict[str, Any]:
    """Return a reply as log fields. Of the body only the fields of an error are included."""
    facts = {
        "status": reply.status,
        "duration_ms": reply.duration_ms,
        "code": reply.body.get("code"),
        "request_id": reply.body.get("request_id"),
        "trouble": reply.trouble,
    }
    return {f"{what}_{name}": fact for name, fact in facts.items() if fact is not None}
