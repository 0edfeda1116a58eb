"""Other machines get the API and nothing else, whatever their requests say; this machine gets the engine as it is."""

import asyncio
import json

import pytest

from cli.engine_launcher import guarded, served

SERVED = ("/payments", "/health")


def ask(path="/payments/authorize", *, peer: str | None = "192.0.2.7", headers=(), kind="http"):
    """What the engine is asked (None: nothing), and what is sent back before it."""
    asked, sent = [], []

    async def engine(scope, receive, send):
        asked.append(scope)

    async def send(message):
        sent.append(message)

    scope = {"type": kind, "path": path, "headers": list(headers), "client": peer and (peer, 50_000)}
    asyncio.run(guarded(engine, lambda path: path.startswith(SERVED))(scope, None, send))
    return (asked[0] if asked else None), sent


@pytest.mark.parametrize("peer", ["127.0.0.1", "127.0.0.2", "::1", "::ffff:127.0.0.1"])
def test_this_machine_gets_the_engine_as_it_is(peer):
    headers = [(b"host", b"localhost:4566"), (b"x-amz-target", b"DynamoDB_20120810.Scan")]
    asked, sent = ask("/_ministack/reset", peer=peer, headers=headers)

    assert asked is not None
    assert (asked["path"], asked["headers"], sent) == ("/_ministack/reset", headers, [])


@pytest.mark.parametrize("host", [b"localhost:4566", b"sandbox:4566", b"abc.execute-api.localhost", b"127.0.0.1", None])
def test_to_others_every_host_is_the_api(host):
    headers = [(b"Host", host)] if host else []
    asked, sent = ask(headers=[*headers, (b"X-Api-Key", b"sk"), (b"X-Amz-Target", b"DynamoDB_20120810.Scan")])

    assert asked is not None
    assert asked["headers"] == [(b"X-Api-Key", b"sk"), (b"host", b"127.0.0.1")]
    assert sent == []


@pytest.mark.parametrize(
    "path",
    ["/", "", "/_ministack/reset", "/_aws/execute-api/a/b", "/2015-03-31/functions/", "/restapis/a", "/oauth2/token"],
)
@pytest.mark.parametrize("headers", [[], [(b"host", b"localhost:4566")], [(b"x-forwarded-for", b"127.0.0.1")]])
def test_to_others_the_rest_does_not_exist(path, headers):
    asked, (start, body) = ask(path, headers=headers)

    assert asked is None
    assert start["status"] == json.loads(body["body"])["status"] == 404
    assert (b"content-type", b"application/problem+json") in start["headers"]


@pytest.mark.parametrize("peer", ["192.0.2.7", "::ffff:192.0.2.7", "128.0.0.1", "1.127.0.0", None])
def test_who_is_not_surely_this_machine_is_another(peer):
    assert ask("/_ministack/reset", peer=peer)[0] is None


def test_others_open_no_web_socket():
    asked, sent = ask(kind="websocket")
    assert (asked, sent) == (None, [{"type": "websocket.close", "code": 1008}])


def test_the_start_and_end_of_the_server_are_the_engines():
    assert ask(kind="lifespan", peer=None)[0] is not None


@pytest.mark.parametrize(
    "path, mapped, is_served",
    [
        ("/payments", True, True),
        ("/payments/auth_1/more", True, True),
        ("/health", True, True),
        ("/payments", False, False),  # no API is deployed: the engine would take it for a bucket's name
        ("/paymentsx", True, False),
        ("/", True, False),
        ("//payments", True, False),
        ("payments", True, False),
        ("/_ministack/reset", True, False),
    ],
)
def test_what_is_served_are_our_routes(home, path, mapped, is_served):
    home.served.write_text(json.dumps({"served": ["health", "payments"]}))
    assert served(home.path, path, lambda _: mapped) is is_served


@pytest.mark.parametrize("content", [None, "", "{}", "[]", "["])
def test_where_it_is_not_known_nothing_is_served(home, content):
    if content is not None:
        home.served.write_text(content)
    assert served(home.path, "/payments", lambda _: True) is False
