"""The dashboard behind the wall: its files, signing in, merchants, e-mails, and who gets none of them."""

import asyncio
import json
import os
import time
from dataclasses import dataclass, field
from typing import Any

import pytest

from dashboard_site.policy import security_headers
from engine.wall.dashboard import MAIL_MAX, MAX_BODY_BYTES, Dashboard
from engine.wall.lost_answers import FOLDER, MAX_BYTES, run_id
from engine.wall.own_program import ProgramError
from engine.wall.sign_in import make_token
from engine.wall.wall import Engine, ServedFile, Wall

PORT = 4610
SECRET = "sk_test_demo_" + "s" * 32
DEMO = {
    "merchant": "demo",
    "api_key": "sk_test_demo_dashboard" + "d" * 32,
    "secret_key": SECRET,
    "publishable_key": "pk_test_demo_x",
}
CLOCK_KEY = "ok_test_" + "o" * 32
SERVED = {
    "served": ["payments"],
    "hosts": ["sandbox"],
    "operator_key": CLOCK_KEY,
    "dashboard": {"python": "/a/python", "region": "eu-west-1", "clock_moves": True},
    "problems": {},
}
OWN_READ = {b"sec-fetch-site": b"same-origin", b"paysandbox-page": b"1"}
OWN_PAGE = OWN_READ | {b"origin": b"http://localhost:4610"}
MAIL = {"MessageId": "m1", "To": ["a@b.example"], "Subject": "Thanks", "BodyText": "t", "BodyHtml": "<p>h</p>"}
FILES = {
    "index.html": '<!doctype html><title>Dashboard</title><script src="/dashboard/assets/b1/index.js"></script>',
    "favicon.svg": "<svg/>",
    "assets/index.js": "js()",
    "assets/index.css": "a{}",
}


@dataclass
class Answer:
    """What a client received."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.body)


@dataclass
class Sandbox:
    """A wall with a dashboard in front of an engine that must not see a request. `asked` are the calls for keys."""

    home: Any
    wall: Wall
    log: list[str]
    asked: list[tuple[str | None, str | None]] = field(default_factory=list)
    mails: list[dict[str, Any]] = field(default_factory=list)
    keys: Any = None
    settled: list[str | None] = field(default_factory=list)
    settlement: Any = None

    def ask(
        self,
        path: str,
        body: Any = None,
        *,
        method: str | None = None,
        headers: Any = None,
        session: str | None = None,
        host: bytes | None = b"localhost:4610",
        peer: str | None = "127.0.0.1",
    ) -> Answer:
        """Send one request, as a page of the sandbox does by default."""
        method = method or ("GET" if body is None else "POST")
        sent = {**(OWN_READ if method == "GET" else OWN_PAGE), **(headers or {})}
        if session is not None:
            sent[b"authorization"] = f"Bearer {session}".encode()
        if host is not None:
            sent[b"host"] = host
        content = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        messages: list[dict[str, Any]] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": content}

        async def send(message: dict[str, Any]) -> None:
            messages.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "query_string": b"",
            "headers": [(name, value) for name, value in sent.items() if value is not None],
            "client": peer and (peer, 50_000),
        }
        asyncio.run(self.wall(scope, receive, send))
        start, *rest = messages
        headers_sent = {name.decode(): value.decode() for name, value in start["headers"]}
        assert len(headers_sent) == len(start["headers"]), "each header once"
        return Answer(start["status"], headers_sent, b"".join(part["body"] for part in rest))

    def sign_in(self) -> str:
        """Return a new session."""
        return self.ask("/_paysandbox/session", {"token": make_token(self.home)}).json["session"]


@pytest.fixture
def built(tmp_path):
    folder = tmp_path / "built"
    for name, text in FILES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(text)
    return folder


@pytest.fixture
def sandbox(tmp_path, built):
    home = tmp_path / "home"
    home.mkdir()
    (home / "served.json").write_text(json.dumps(SERVED))

    async def engine(scope, receive, send):
        raise AssertionError(f"the engine was asked for {scope['path']}")

    def keys(python, merchant):
        made.asked.append((python, merchant))
        if made.keys is not None:
            raise made.keys
        if merchant is None:
            return {"merchants": [DEMO], "created": False}
        return {"merchants": [{**DEMO, "merchant": merchant}], "created": merchant != "demo"}

    def settle(python):
        made.settled.append(python)
        if made.settlement is not None:
            raise made.settlement
        return {"batch": "2026-11-20"}

    dashboard = Dashboard(home, PORT, keys, lambda: made.mails, settle, built=built)
    log: list[str] = []
    behind = Engine(
        app=engine,
        port=PORT,
        refusal_of_signature=lambda *_: "no",
        is_mapped=lambda _: True,
        is_pool=lambda _: False,
        is_awaited=lambda _: False,
        dashboard=dashboard,
    )
    made = Sandbox(home, Wall(behind, ServedFile(home), log.append), log)
    return made


# --- files ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path, name, kind",
    [
        ("/dashboard", "index.html", "text/html; charset=utf-8"),
        ("/dashboard/", "index.html", "text/html; charset=utf-8"),
        ("/dashboard/payments/auth_1", "index.html", "text/html; charset=utf-8"),
        ("/dashboard/index.html", "index.html", "text/html; charset=utf-8"),
        ("/dashboard/favicon.svg", "favicon.svg", "image/svg+xml"),
        ("/dashboard/assets/b1/index.js", "assets/index.js", "text/javascript; charset=utf-8"),
        ("/dashboard/assets/b1/index.css", "assets/index.css", "text/css; charset=utf-8"),
    ],
)
def test_files_and_pages(sandbox, path, name, kind):
    answer = sandbox.ask(path)

    assert (answer.status, answer.body.decode()) == (200, FILES[name])
    assert answer.headers["content-type"] == kind
    assert answer.headers["cache-control"] == "no-cache"
    assert {name: answer.headers[name.lower()] for name in security_headers()} == security_headers()
    assert not any(name.startswith("access-control-") for name in answer.headers)


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/../home/served.json",
        "/dashboard/assets/../../home/served.json",
        "/dashboard/assets/b1/../../home/served.json",
        "/dashboard//etc/passwd",
        "/dashboard/..",
        "/dashboard/assets/\0.js",
        "/dashboard/link/served.json",
        "/dashboard/" + "a" * 5_000,
    ],
)
def test_nothing_outside_of_the_build_is_served(sandbox, built, path):
    (built / "link").symlink_to(sandbox.home)
    answer = sandbox.ask(path)
    assert (answer.status, answer.body.decode()) in [(200, FILES["index.html"]), (404, answer.body.decode())]
    assert b"served" not in answer.body
    assert b"root:" not in answer.body


@pytest.mark.parametrize("path", ["/dashboard/", "/dashboard/favicon.svg", "/dashboard/assets/b1/index.js"])
def test_a_file_that_a_browser_has_is_sent_again_once_it_has_changed(sandbox, built, path):
    tag = sandbox.ask(path).headers["etag"]
    for known in (tag, f"W/{tag}", f'"other", {tag}'):
        again = sandbox.ask(path, headers={b"if-none-match": known.encode()})
        assert (again.status, again.body, again.headers["etag"]) == (304, b"", tag)
        assert again.headers["cache-control"] == "no-cache"
        assert "content-length" not in again.headers
    for name, text in FILES.items():
        (built / name).write_text(f"{text}<!-- changed -->")
    assert sandbox.ask(path, headers={b"if-none-match": tag.encode()}).status == 200


@pytest.mark.parametrize(
    "path",
    [
        "/dashboard/assets/b0/index.js",
        "/dashboard/assets/index.js",
        "/dashboard/assets/b1/gone.js",
        "/dashboard/assets/",
        "/dashboard/assets/b1/",
        "/dashboard/assets/x/y.css",
    ],
)
def test_an_asset_of_another_build_is_missing(sandbox, path):
    """In its place, a page of that build would run HTML or a script that does not fit, and fail with another error."""
    assert sandbox.ask(path).status == 404


def test_a_head_request_has_the_headers_of_the_file(sandbox):
    answer = sandbox.ask("/dashboard/", method="HEAD")
    assert (answer.status, answer.headers["content-length"]) == (200, str(len(FILES["index.html"])))


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_files_are_only_read(sandbox, method):
    assert sandbox.ask("/dashboard/", method=method).status == 404


@pytest.mark.parametrize("accept", [b"text/html", b"*/*"])
def test_a_checkout_without_a_build_says_how_to_build(sandbox, built, accept):
    (built / "index.html").unlink()
    answer = sandbox.ask("/dashboard/", headers={b"accept": accept})
    assert answer.status == 404
    assert b"make dashboard" in answer.body


def test_another_path_with_the_same_beginning_is_not_the_dashboard(sandbox):
    assert sandbox.ask("/dashboards").status == 404


@pytest.mark.parametrize(
    "parts, signs_in",
    [
        ({}, True),
        ({"host": b"127.0.0.1:4610"}, True),
        ({"host": b"sandbox:4610"}, False),
        ({"host": b"localhost:9999"}, False),
        ({"peer": "192.0.2.7"}, False),
        ({"headers": {b"x-forwarded-for": b"127.0.0.1"}}, False),
    ],
)
def test_config_says_where_links_sign_in(sandbox, parts, signs_in):
    answer = sandbox.ask("/dashboard/config.json", **parts)
    assert (answer.status, answer.headers["cache-control"]) == (200, "no-cache")
    config = answer.json
    assert (config["environment"], config["region"], config["clock"]) == ("local", "eu-west-1", "moves")
    assert (config["session"], config["inbox_hang"]) == (signs_in, True)
    assert config["started_at"].endswith("Z")


def test_other_machines_may_load_the_page(sandbox):
    """With `up --bind 0.0.0.0 --host sandbox`. It has no key until somebody pastes one."""
    assert sandbox.ask("/dashboard/", host=b"sandbox:4610", peer="192.0.2.7").status == 200


def test_a_rebound_name_gets_nothing(sandbox):
    assert sandbox.ask("/dashboard/", host=b"page.example:4610").status == 403


# --- signing in -------------------------------------------------------------------------------------------------------


def test_a_link_signs_in_once(sandbox):
    token = make_token(sandbox.home)
    first, second = (sandbox.ask("/_paysandbox/session", {"token": token}) for _ in range(2))

    assert first.status == 200
    assert first.json.keys() == {"session", "merchants", "clock_key"}
    assert (first.json["merchants"], first.json["clock_key"]) == ([DEMO], CLOCK_KEY)
    assert first.headers["cache-control"] == "no-store"
    assert first.headers["cross-origin-resource-policy"] == "same-origin"
    assert not any(name.startswith("access-control-") for name in first.headers)
    assert (second.status, second.json["code"]) == (403, "forbidden")
    assert "paysandbox open" in second.json["detail"]
    assert sandbox.asked == [("/a/python", None)]


@pytest.mark.parametrize(
    "body",
    [
        b"", b"x", b"[]", b"{}", b'"t"', b'{"token": 1}', b'{"token": null}', b'{"token": ""}', b"[" * 4_000,
        b'{"token": "' + b"a" * 32 + b'"}', b'{"token": "' + b"a" * MAX_BODY_BYTES + b'"}', b"\xff",
    ],
)  # fmt: skip
def test_a_guessed_token_is_rejected(sandbox, body):
    make_token(sandbox.home)
    answer = sandbox.ask("/_paysandbox/session", body)
    assert (answer.status, answer.json["code"], sandbox.asked) == (403, "forbidden", [])


def test_a_session_runs_a_settlement(sandbox):
    session = sandbox.sign_in()
    answer = sandbox.ask("/_paysandbox/settlements", {}, session=session)
    assert (answer.status, answer.json, sandbox.settled) == (200, {"batch": "2026-11-20"}, ["/a/python"])
    sandbox.settlement = ProgramError("Nothing was captured.")
    failed = sandbox.ask("/_paysandbox/settlements", {}, session=session)
    assert (failed.status, failed.json["code"]) == (503, "service_unavailable")
    assert "Nothing was captured." in failed.json["detail"]


@pytest.mark.parametrize(
    "parts, status",
    [
        ({"session": "a" * 32}, 401),
        ({}, 401),
        ({"session": "own", "peer": "192.0.2.7"}, 403),
        ({"session": "own", "headers": {b"origin": b"https://page.example"}}, 403),
        ({"session": "own", "method": "GET", "body": None}, 404),
    ],
)
def test_others_run_no_settlement(sandbox, parts, status):
    sent = {"body": {}, **parts}
    if sent.get("session") == "own":
        sent["session"] = sandbox.sign_in()
    assert (sandbox.ask("/_paysandbox/settlements", **sent).status, sandbox.settled) == (status, [])


def test_a_token_is_used_up_even_if_the_keys_cannot_be_read(sandbox):
    token = make_token(sandbox.home)
    sandbox.keys = ProgramError("The sandbox is not deployed.")
    failed = sandbox.ask("/_paysandbox/session", {"token": token})
    sandbox.keys = None
    assert (failed.status, failed.json["code"]) == (503, "service_unavailable")
    assert "not deployed" in failed.json["detail"]
    assert sandbox.ask("/_paysandbox/session", {"token": token}).status == 403


def test_no_token_and_no_session_is_logged(sandbox):
    token = make_token(sandbox.home)
    session = sandbox.ask("/_paysandbox/session", {"token": token}).json["session"]
    sandbox.ask("/_paysandbox/session", {"token": token})
    sandbox.ask("/_paysandbox/mail", session=session, peer="192.0.2.7")
    assert len(sandbox.log) == 2
    assert not any(token in line or session in line for line in sandbox.log)


def page(origin: bytes, site: bytes) -> dict[bytes, bytes]:
    """Return the headers that a browser adds for a page of another origin."""
    return {b"origin": origin, b"sec-fetch-site": site}


# A few of each kind: tests/engine/wall/test_wall.py has all that get no demo key, by the same rule.
ATTACKS = [
    pytest.param({"headers": page(b"https://evil.example", b"cross-site")}, id="foreign page"),
    pytest.param({"headers": {b"sec-fetch-site": b"none"}}, id="typed into the address bar"),
    pytest.param({"headers": {b"paysandbox-page": b""}}, id="a frame of Stripe.js, which any site can hold"),
    pytest.param({"host": b"page.example:4610"}, id="DNS rebinding"),
    pytest.param({"host": b"localhost:8000", "headers": {b"origin": b"http://localhost:8000"}}, id="tunnel"),
    pytest.param({"peer": "192.0.2.7"}, id="another machine, with --bind 0.0.0.0"),
    pytest.param({"headers": {b"via": b"1.1 proxy"}}, id="a proxy that says so"),
]


@pytest.mark.parametrize("attack", ATTACKS)
def test_others_get_no_session(sandbox, attack):
    token = make_token(sandbox.home)
    answer = sandbox.ask("/_paysandbox/session", {"token": token}, **attack)

    assert answer.status == 403
    assert SECRET.encode() not in answer.body
    assert sandbox.asked == []
    assert sandbox.ask("/_paysandbox/session", {"token": token}).status == 200, "nor do they use up the link"


def test_a_request_without_an_origin_gets_no_session(sandbox):
    assert sandbox.ask("/_paysandbox/session", {"token": "x"}, headers={b"origin": None}).status == 403


OPENS = [("merchants", None), ("merchants", {"merchant": "acme"}), ("mail", None)]


@pytest.mark.parametrize(
    "attack, path, body",
    [
        *(pytest.param(*attack.values, *OPENS[0], id=attack.id) for attack in ATTACKS),
        *(pytest.param(*ATTACKS[0].values, *one) for one in OPENS[1:]),
    ],
)
def test_a_stolen_session_opens_nothing_elsewhere(sandbox, attack, path, body):
    session = sandbox.sign_in()
    sandbox.asked.clear()
    answer = sandbox.ask(f"/_paysandbox/{path}", body, session=session, **attack)
    assert (answer.status, sandbox.asked) == (403, [])
    assert SECRET.encode() not in answer.body


@pytest.mark.parametrize("method, path", [("GET", "session"), ("DELETE", "merchants"), ("POST", "mail"), ("GET", "x")])
def test_other_routes_do_not_exist(sandbox, method, path):
    assert sandbox.ask(f"/_paysandbox/{path}", method=method, session=sandbox.sign_in()).status == 404


@pytest.mark.parametrize("path", ["session", "merchants", "mail"])
def test_a_preflight_fails(sandbox, path):
    answer = sandbox.ask(
        f"/_paysandbox/{path}", method="OPTIONS", headers={b"access-control-request-headers": b"authorization"}
    )
    assert answer.status == 404
    assert "access-control-allow-headers" not in answer.headers


# --- with a session ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "session, path, body",
    [*((session, *OPENS[0]) for session in (None, "", "a" * 32, "x")), *(("x", *one) for one in OPENS[1:])],
)
def test_without_an_open_session_nothing_is_shown(sandbox, path, body, session):
    sandbox.sign_in()
    sandbox.asked.clear()
    answer = sandbox.ask(f"/_paysandbox/{path}", body, session=session)
    assert (answer.status, answer.json["code"], sandbox.asked) == (401, "session_invalid", [])
    assert "paysandbox open" in answer.json["detail"]


def test_a_key_is_no_session(sandbox):
    assert sandbox.ask("/_paysandbox/merchants", session=SECRET).status == 401


def test_merchants_are_listed(sandbox):
    answer = sandbox.ask("/_paysandbox/merchants", session=sandbox.sign_in())
    assert (answer.status, answer.json) == (200, {"data": [DEMO], "next_cursor": None})


@pytest.mark.parametrize("merchant, status", [("acme", 201), ("demo", 200)])
def test_a_merchant_is_created(sandbox, merchant, status):
    answer = sandbox.ask("/_paysandbox/merchants", {"merchant": merchant}, session=sandbox.sign_in())
    assert (answer.status, answer.json) == (status, {**DEMO, "merchant": merchant})


@pytest.mark.parametrize(
    "body",
    [{}, {"merchant": "A"}, {"merchant": "a b"}, {"merchant": 1}, {"merchant": "acme", "plan": "load"}, b"{", []],
)
def test_a_merchants_name_is_checked(sandbox, body):
    session = sandbox.sign_in()
    sandbox.asked.clear()
    answer = sandbox.ask("/_paysandbox/merchants", body, session=session)
    assert (answer.status, answer.json["code"], sandbox.asked) == (400, "parameter_invalid", [])


def test_keys_that_cannot_be_read_are_a_503(sandbox):
    session = sandbox.sign_in()
    sandbox.keys = ProgramError("Run paysandbox up.")
    for body in (None, {"merchant": "acme"}):
        assert sandbox.ask("/_paysandbox/merchants", body, session=session).status == 503


def test_mails_are_listed_newest_first(sandbox):
    sandbox.mails += [{**MAIL, "Timestamp": 1_900_000_000.5}, {**MAIL, "MessageId": "m2", "Timestamp": 1_900_000_001.0}]
    answer = sandbox.ask("/_paysandbox/mail", session=sandbox.sign_in())

    assert [mail["id"] for mail in answer.json["data"]] == ["m2", "m1"]
    assert answer.json["data"][1] == {
        "id": "m1",
        "sent_at": "2030-03-17T17:46:40.500000Z",
        "to": "a@b.example",
        "subject": "Thanks",
        "text": "t",
        "html": "<p>h</p>",
    }


def test_the_list_of_mails_is_bounded(sandbox):
    sandbox.mails += [{**MAIL, "Timestamp": float(at)} for at in range(MAIL_MAX + 5)]
    assert len(sandbox.ask("/_paysandbox/mail", session=sandbox.sign_in()).json["data"]) == MAIL_MAX


def test_reports_of_lost_answers_are_listed_newest_first(sandbox):
    reports = {run_id(at, 7): {"verdict": "No loss found.", "seed": 7, "cells": []} for at in (1, 3, 2)}
    (sandbox.home / FOLDER).mkdir()
    for name, content in reports.items():
        (sandbox.home / FOLDER / f"{name}.json").write_text(json.dumps(content))
    session = sandbox.sign_in()
    listed = sandbox.ask("/_paysandbox/lost-answers", session=session).json["data"]
    assert [(each["at_ms"], "cells" in each) for each in listed] == [(3, False), (2, False), (1, False)]
    shown = sandbox.ask(f"/_paysandbox/lost-answers/{run_id(2, 7)}", session=session)
    assert (shown.status, shown.json["cells"], shown.json["at_ms"]) == (200, [], 2)
    assert sandbox.ask("/_paysandbox/lost-answers").status == 401


@pytest.mark.parametrize("name", ["1795000000000-8", "../served", "..%2Fserved", "1795000000000-7/x"])
def test_other_files_are_no_reports(sandbox, name):
    (sandbox.home / FOLDER).mkdir()
    (sandbox.home / FOLDER / "1795000000000-7.json").write_text("[]")
    assert sandbox.ask(f"/_paysandbox/lost-answers/{name}", session=sandbox.sign_in()).status == 404


@pytest.mark.parametrize("content", ["[]", "{", " " * (MAX_BYTES + 1)])
def test_files_that_are_no_reports_are_left_out(sandbox, content):
    (sandbox.home / FOLDER).mkdir()
    (sandbox.home / FOLDER / "1795000000000-7.json").write_text(content)
    assert sandbox.ask("/_paysandbox/lost-answers", session=sandbox.sign_in()).json["data"] == []


def test_a_restart_ends_sessions(sandbox, built):
    session = sandbox.sign_in()
    again = Dashboard(
        sandbox.home, PORT, lambda *_: {"merchants": [], "created": False}, list, lambda _: {}, built=built
    )
    object.__setattr__(sandbox.wall._engine, "dashboard", again)
    assert sandbox.ask("/_paysandbox/merchants", session=session).status == 401


@pytest.mark.parametrize("written", [{}, {"dashboard": None}, {"dashboard": {"clock_moves": "true"}}])
def test_the_page_works_with_the_facts_of_an_earlier_version(sandbox, written):
    without = {name: value for name, value in SERVED.items() if name != "dashboard"}
    (sandbox.home / "served.json").write_text(json.dumps(without | written))
    os.utime(sandbox.home / "served.json", (time.time() + 5, time.time() + 5))
    config = sandbox.ask("/dashboard/config.json").json
    assert (config["clock"], config["region"]) == ("fixed", "us-east-1")
