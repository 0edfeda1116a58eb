"""The client of a suite of checks: one merchant, with an API key and at most one donor, and its requests."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from http import HTTPStatus
from threading import Event
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

import httpx

from cli.connection.api import retry_after_s
from cli.terminal.failure import from_exception
from cli.terminal.output import print_note
from cli.verification.response import KEY_SPREAD_S, Comparison, Json, NotRun, Response, is_upstream_error
from paysandbox.http.route import Access, Api, BodyFormat, Route

if TYPE_CHECKING:
    from cli.connection.keys import MerchantKey
    from cli.connection.target import Target
    from cli.donations.donor_pool import DonorPool

_IDEMPOTENCY: Final = "X-Idempotency-Key"
_V1_IDEMPOTENCY: Final = "Idempotency-Key"

# A request that no function answered, since it was throttled or still starting: the documented remedy is to repeat it
# with the same idempotency key.
_PAUSES_S: Final = (0.5, 1.0)

# Longer than a rate limit asks for. A quota that is used up comes back after a minute at the earliest.
_RETRY_AFTER_S_MAX: Final = 5

# Until all hosts of AWS know a new key, some accept it and others do not, so every attempt uses a new connection.
_MATCHES_OF_A_NEW_KEY: Final = 5


class Stopped(Exception):  # noqa: N818 - not an error
    """The run was stopped."""


@dataclass(frozen=True)
class Run:
    """Settings of a run. Its ID is part of every name that it creates.

    `stripe_account` is the Authorization header of the donations' Stripe account. In AWS it is unknown. `dashboard_url`
    is the URL of the dashboard in AWS, or "".
    """

    run_id: str
    environment: str
    stripe_base_url: str
    stripe_account: str
    expiry_year: int
    dashboard_url: str = ""


@dataclass
class Credentials:
    """The API key and the donor that a suite creates. `secrets` must not appear in a report."""

    target: Target
    merchant: str
    api_key: str | None = field(default=None, repr=False)
    token: str | None = field(default=None, repr=False)
    secrets: list[str] = field(default_factory=list[str], repr=False)
    _key: MerchantKey | None = None
    _pool: DonorPool | None = None

    def create_key(self) -> None:
        """Create an API key, which every further request sends."""
        from cli.connection.keys import Plan, create_key
        from paysandbox.core.merchant import VERIFICATION_TAG

        tags = {VERIFICATION_TAG: self.target.environment}
        self._key = create_key(self.target, self.merchant, Plan.SANDBOX, tags=tags)
        self.api_key = self._key.api_key
        self.secrets.append(self.api_key)

    def revoke_key(self) -> None:
        """Revoke the API key. It is still sent, since it must be rejected from then on."""
        from cli.connection.keys import delete_key

        if self._key is not None:
            delete_key(self.target, self._key)
            self._key = None

    def create_donor(self) -> None:
        """Create a donor and sign in."""
        from cli.donations.donor_pool import DonorPool

        self._pool = DonorPool.of(self.target)
        donor = self._pool.create(self._email, "Vera Verify")
        self.token = self._pool.token(donor.email, donor.password)
        self.secrets += [self.token, donor.password]

    def clean_up(self) -> None:
        """Delete the key and the donor. A failure prints what is left, and does not affect the report."""
        if self._key is not None:
            revoke = f"paysandbox keys revoke {self._key.key_id} --env {self.target.environment}"
            _or_note(self.revoke_key, f"An API key is left. Revoke it: {revoke}")
        if self._pool is not None:
            left = f"A donor is left in user pool {self._pool.pool_id}: {self._email}"
            _or_note(partial(self._pool.remove, self._email), left)

    @property
    def _email(self) -> str:
        return f"{self.merchant}@donate-now.example"


def _or_note(clean_up: Callable[[], None], left: str) -> None:
    try:
        clean_up()
    except Exception as error:
        if from_exception(error) is None:
            raise
        print_note(left)


@dataclass
class Client:
    """Sends the requests of a suite. `stop` ends the run between requests; `last` is the last comparison.

    A 502 `upstream_error` is repeated up to twice, unless the request could take effect twice, and so is a 429, after
    its `Retry-After`. `repeats` counts these.
    """

    http: httpx.Client
    run: Run
    credentials: Credentials
    unconfigured: frozenset[str] = frozenset()
    stop: Event = field(default_factory=Event)
    last: Comparison = field(default_factory=Comparison)
    repeats: int = 0
    _unreachable: str | None = None

    def send(
        self,
        route: Route,
        key: str | None = None,
        body: Json | None = None,
        *,
        of: str | Sequence[str] | None = None,
        query: Json | None = None,
        headers: Mapping[str, str] | None = None,
        anonymous: bool = False,
    ) -> Response:
        """Send a request to a route, with credentials unless `anonymous`. `of` is what its path parameters are.

        `key` is the idempotency key, to which the run's ID is appended, since runs share merchants. Raises NotRun
        without the credentials or without a server, and Stopped.
        """
        v1 = route.api is Api.V1
        sent = {} if anonymous else self._authorization(route)
        if key is not None:
            sent[_V1_IDEMPOTENCY if v1 else _IDEMPOTENCY] = self.own(key)
        values = iter([of] if isinstance(of, str) else of or ())
        path = re.sub(r"\{\w+\}", lambda _: quote(next(values, ""), safe=""), route.path)
        url = f"{self.run.stripe_base_url}/v1{path}" if v1 else path
        content: Any = {} if body is None else {"data" if v1 or route.body_format is BodyFormat.FORM else "json": body}
        return self.response(
            self.http.build_request(
                route.method, url, params=query or None, headers={**sent, **(headers or {})}, **content
            )
        )

    def list(self, route: Route, /, **filters: Any) -> Response:
        """Send a list request with filters."""
        return self.send(route, query=filters)

    def response(self, request: httpx.Request) -> Response:
        """Send a request, which needs no credentials. Raises NotRun without a server, and Stopped."""
        return Response(request, self._send, self._pause, self._compared, self.unconfigured)

    def own(self, key: str) -> str:
        """Return an idempotency key that is unique to this run."""
        return f"{key} of {self.run.run_id}"

    def key_is_accepted(self, route: Route) -> bool:
        """Return whether the new API key is accepted everywhere, and the merchant's list is empty."""
        listed = self.send(route, headers={"Connection": "close"})
        return listed.has({"data.#": 0}, within_s=KEY_SPREAD_S, in_a_row=_MATCHES_OF_A_NEW_KEY)

    def _authorization(self, route: Route) -> dict[str, str]:
        if route.access is Access.PUBLIC:
            return {}
        if route.access is Access.DONOR:
            if self.credentials.token is None:
                raise NotRun("there is no donor")
            return {"Authorization": f"Bearer {self.credentials.token}"}
        api_key = self.credentials.api_key
        if api_key is None:
            raise NotRun("there is no API key")
        return {"Authorization": f"Bearer {api_key}"} if route.api is Api.V1 else {"X-Api-Key": api_key}

    def _send(self, request: httpx.Request) -> httpx.Response:
        response = self._send_once(request)
        for pause_s in _PAUSES_S:
            wait_s = _retry_after_s(response)
            if wait_s is None and is_upstream_error(response) and _is_repeatable(request):
                wait_s = pause_s
            if wait_s is None:
                break
            self._pause(wait_s)
            self.repeats += 1
            response = self._send_once(request)
        return response

    def _send_once(self, request: httpx.Request) -> httpx.Response:
        if self.stop.is_set():
            raise Stopped
        if self._unreachable is not None:
            raise NotRun(self._unreachable)
        try:
            return self.http.send(request)
        except (httpx.ConnectError, httpx.ConnectTimeout):
            self._unreachable = f"no connection to {self.http.base_url}"
            raise

    def _pause(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Stopped

    def _compared(self, comparison: Comparison) -> None:
        self.last = comparison


def _is_repeatable(request: httpx.Request) -> bool:
    return request.method == "GET" or bool({_IDEMPOTENCY.lower(), _V1_IDEMPOTENCY.lower()} & {*request.headers})


def _retry_after_s(response: httpx.Response) -> int | None:
    """Return when a request can be repeated that a rate limit refused, which has no effect (RFC 6585, section 4)."""
    seconds = retry_after_s(response.headers) if response.status_code == HTTPStatus.TOO_MANY_REQUESTS else None
    return seconds if seconds is not None and seconds <= _RETRY_AFTER_S_MAX else None
