"""The dashboard on the sandbox's own port: its files, and what only a laptop has for it.

- `/dashboard` is the page, for everybody who can reach the API. It contains no key.
- `POST /_paysandbox/session` exchanges the one-use token of a link that `paysandbox up` or `open` printed for a session
  and the merchants' keys.
- `GET` and `POST /_paysandbox/merchants` list and create merchants, `POST /_paysandbox/settlements` runs a settlement,
  `GET /_paysandbox/mail` lists e-mails, and `GET /_paysandbox/lost-answers` the reports of `paysandbox lose`, which
  `…/{id}` returns. They need a session as bearer token.

Everything below `/_paysandbox` is for the sandbox's own pages in a browser on this machine (own_pages.py). No response
has CORS headers, and a page of another origin cannot send the bearer token without a preflight, which fails.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Self

from dashboard_site.policy import REVALIDATED, config, security_headers
from engine.wall import dashboard_files, lost_answers, own_pages
from engine.wall.own_program import ProgramError
from engine.wall.request import Request
from engine.wall.sign_in import Sessions, use_token
from paysandbox import VERSION
from paysandbox.core.merchant import is_merchant
from paysandbox.core.timestamps import format_timestamp

SESSION_PATH: Final = "/_paysandbox/session"
MERCHANTS_PATH: Final = "/_paysandbox/merchants"
MAIL_PATH: Final = "/_paysandbox/mail"
SETTLEMENTS_PATH: Final = "/_paysandbox/settlements"
LOST_PATH: Final = "/_paysandbox/lost-answers"

MAIL_MAX: Final = 200
MAX_BODY_BYTES: Final = 4_096

_ROUTES: Final = frozenset(
    {
        ("POST", SESSION_PATH),
        ("GET", MERCHANTS_PATH),
        ("POST", MERCHANTS_PATH),
        ("POST", SETTLEMENTS_PATH),
        ("GET", MAIL_PATH),
    }
)
_JSON: Final = "application/json"
_LINK_INVALID: Final = (
    "This sign-in link was used before, has expired or is unknown. Run paysandbox open for a new one."
)
_SESSION_INVALID: Final = "The session has ended. Run paysandbox open to sign in again."
_NO_RUN: Final = f"There is no such run of paysandbox lose. The last {lost_answers.MAX_RUNS} are kept."
_MERCHANT_INVALID: Final = "merchant must be a name of 2 to 32 characters: a-z, 0-9 and hyphen."

AskKeys = Callable[[str | None, str | None], dict[str, Any]]
"""`merchant_keys.ask` of a home: given the program's Python, and the merchant to create or None."""

Settle = Callable[[str | None], dict[str, Any]]
"""`settlement_run.settle` of a home: given the program's Python."""


@dataclass(frozen=True)
class Facts:
    """Facts that `paysandbox up` writes. `python` is its interpreter, None before the first one of this version.

    `clock_key` is the operator's key, with which the page may move the clock.
    """

    python: str | None = None
    region: str = "us-east-1"
    clock_moves: bool = False
    clock_key: str | None = field(default=None, repr=False)

    @classmethod
    def of(cls, written: Mapping[str, Any]) -> Self:
        """Return the facts in `served.json`. Those that it lacks have their defaults."""
        facts = written.get("dashboard") or {}
        return cls(
            facts.get("python"),
            facts.get("region", cls.region),
            facts.get("clock_moves") is True,
            written.get("operator_key"),
        )


@dataclass(frozen=True)
class Reply:
    """A response. Without a Cache-Control of its own, it is not stored."""

    status: int
    content_type: str
    body: bytes
    headers: Sequence[tuple[bytes, bytes]] = ()


@dataclass(frozen=True)
class Refusal:
    """A problem of the API: its code, status and detail."""

    code: str
    status: int
    detail: str = ""


class Dashboard:
    """The dashboard of a home, served on `port`. `mails` returns the e-mails as the engine's SES keeps them."""

    def __init__(
        self,
        home: Path,
        port: int,
        ask_keys: AskKeys,
        mails: Callable[[], Sequence[Mapping[str, Any]]],
        settle: Settle,
        *,
        built: Path = dashboard_files.BUILT,
    ) -> None:
        self._home = home
        self._port = port
        self._ask_keys = ask_keys
        self._mails = mails
        self._settle = settle
        self._built = built
        self._started_at = format_timestamp(datetime.now(UTC))
        self._sessions = Sessions()
        # One call at a time: of two at once, each would create the same merchant's key.
        self._asking = asyncio.Lock()
        self._settling = asyncio.Lock()

    def serves(self, request: Request) -> bool:
        """Whether this answers the request."""
        return dashboard_files.is_path_of_site(request.path) or _is_route(request)

    async def answer(self, request: Request, receive: Any, facts: Facts) -> Reply | Refusal:
        """Answer a request. Its `Host` has been checked."""
        if not _is_route(request):
            return self._file(request, facts)
        why = own_pages.refusal(request, self._port, "This")
        if why is not None:
            return Refusal("forbidden", 403, why)
        if request.path == SESSION_PATH:
            return await self._open_session(receive, facts)
        if not self._has_session(request):
            return Refusal("session_invalid", 401, _SESSION_INVALID)
        if request.path == MAIL_PATH:
            newest = sorted(self._mails(), key=lambda mail: mail["Timestamp"], reverse=True)[:MAIL_MAX]
            return _json(200, {"data": [_mail(mail) for mail in newest], "next_cursor": None})
        if request.path.startswith(LOST_PATH):
            return await asyncio.to_thread(self._lost_answers, request.path.removeprefix(LOST_PATH).removeprefix("/"))
        if request.path == SETTLEMENTS_PATH:
            return await self._run_settlement(facts)
        if request.method == "POST":
            return await self._create_merchant(receive, facts)
        return await self._list_merchants(facts)

    def _lost_answers(self, name: str) -> Reply | Refusal:
        if not name:
            return _json(200, {"data": lost_answers.runs(self._home), "next_cursor": None})
        report = lost_answers.report(self._home, name)
        return Refusal("resource_not_found", 404, _NO_RUN) if report is None else _json(200, report)

    def _file(self, request: Request, facts: Facts) -> Reply | Refusal:
        if request.method not in ("GET", "HEAD"):
            return Refusal("resource_not_found", 404)
        if dashboard_files.is_config(request.path):
            return self._config(request, facts)
        if not dashboard_files.is_built(self._built):
            return Refusal("resource_not_found", 404, dashboard_files.NOT_BUILT)
        file = dashboard_files.find(self._built, request.path)
        if file is None:
            return Refusal("resource_not_found", 404, "The dashboard's build has no such file. Reload the page.")
        if file.is_known(request.headers.get("if-none-match", "")):
            return Reply(304, file.content_type, b"", file.headers)
        return Reply(200, file.content_type, file.body, file.headers)

    def _config(self, request: Request, facts: Facts) -> Reply:
        content = config(
            environment="local",
            version=VERSION,
            region=facts.region,
            clock_moves=facts.clock_moves,
            is_local=True,
            signs_in=own_pages.is_at_home(request, self._port),
            started_at=self._started_at,
        )
        headers = security_headers() | {"Cache-Control": REVALIDATED}
        named = [(name.lower().encode(), value.encode()) for name, value in headers.items()]
        return Reply(200, _JSON, json.dumps(content).encode(), named)

    def _has_session(self, request: Request) -> bool:
        scheme, _, text = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._sessions.is_open(text.strip())

    async def _open_session(self, receive: Any, facts: Facts) -> Reply | Refusal:
        token = await _text_in(receive, "token")
        if token is None or not use_token(self._home, token):
            return Refusal("forbidden", 403, _LINK_INVALID)
        try:
            found = await self._keys(facts, None)
        except ProgramError as error:
            # The token is used up: a link must not work twice because something failed in between.
            return _unavailable(error)
        session = self._sessions.open()
        return _json(200, {"session": session, "merchants": found["merchants"], "clock_key": facts.clock_key})

    async def _list_merchants(self, facts: Facts) -> Reply | Refusal:
        try:
            found = await self._keys(facts, None)
        except ProgramError as error:
            return _unavailable(error)
        return _json(200, {"data": found["merchants"], "next_cursor": None})

    async def _create_merchant(self, receive: Any, facts: Facts) -> Reply | Refusal:
        name = await _text_in(receive, "merchant")
        if name is None or not is_merchant(name):
            return Refusal("parameter_invalid", 400, _MERCHANT_INVALID)
        try:
            found = await self._keys(facts, name)
        except ProgramError as error:
            return _unavailable(error)
        return _json(201 if found["created"] else 200, found["merchants"][0])

    async def _run_settlement(self, facts: Facts) -> Reply | Refusal:
        try:
            async with self._settling:
                return _json(200, await asyncio.to_thread(self._settle, facts.python))
        except ProgramError as error:
            return Refusal("service_unavailable", 503, f"The settlement was not run: {error}")

    async def _keys(self, facts: Facts, merchant: str | None) -> dict[str, Any]:
        async with self._asking:
            return await asyncio.to_thread(self._ask_keys, facts.python, merchant)


def _is_route(request: Request) -> bool:
    if (request.method, request.path) in _ROUTES:
        return True
    return request.method == "GET" and f"{request.path}/".startswith(f"{LOST_PATH}/")


def _json(status: int, content: Mapping[str, Any]) -> Reply:
    headers = [(b"cross-origin-resource-policy", b"same-origin"), (b"x-content-type-options", b"nosniff")]
    return Reply(status, _JSON, json.dumps(content).encode(), headers)


def _unavailable(error: ProgramError) -> Refusal:
    return Refusal("service_unavailable", 503, f"The merchants' keys could not be read: {error}")


async def _text_in(receive: Any, name: str) -> str | None:
    """Return the one member of the JSON object in the body, a string, or None for anything else."""
    body, more = b"", True
    while more and len(body) <= MAX_BODY_BYTES:
        message = await receive()
        body += message.get("body", b"")
        more = message["type"] == "http.request" and message.get("more_body", False)
    try:
        sent = json.loads(body) if len(body) <= MAX_BODY_BYTES else None
    except (ValueError, RecursionError):
        return None
    if not isinstance(sent, dict) or sent.keys() != {name}:
        return None
    return sent[name] if isinstance(sent[name], str) else None


def _mail(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return an e-mail that SES sent, from the engine's record of it."""
    return {
        "id": record["MessageId"],
        "sent_at": format_timestamp(datetime.fromtimestamp(record["Timestamp"], UTC)),
        "to": ", ".join(record.get("To") or ()),
        "subject": record.get("Subject") or "",
        "text": record.get("BodyText") or "",
        "html": record.get("BodyHtml") or "",
    }
