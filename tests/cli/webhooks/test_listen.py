"""`paysandbox listen`: in a terminal, and its parts in isolation."""

import json
import os
import signal
import ssl
import stat
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import stripe
import trustme
from standardwebhooks import Webhook

from cli.connection.api import Api
from cli.connection.trust import VARIABLES
from cli.terminal.failure import Failure
from cli.webhooks.forward import Forwarder
from cli.webhooks.listener import CatchUp, Listener, ReceivedDelivery
from cli.webhooks.listener_endpoints import DESCRIPTION, NativeEndpoints
from cli.webhooks.listener_memory import Memory, folder_of, stable_secret
from cli.webhooks.receiver import Receiver, Returned
from paysandbox.core.signature import secret_of
from tests.support.builders import build
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.clients.terminal import in_terminal
from tests.support.fakes.raw_server import answering, raw_server
from tests.support.fakes.webhook_api import MASTER, event, webhook_api
from tests.support.fakes.wire import HANG_UP, Reply, served

CAPTURED = "payment_captured"
SECRET = secret_of(MASTER, "the listener", 1)


@pytest.fixture(autouse=True)
def quiet_shell(monkeypatch, tmp_path):
    for name in ("PAYSANDBOX_BASE_URL", "PAYSANDBOX_API_KEY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PAYSANDBOX_HOME", str(tmp_path / "home"))


@pytest.fixture
def api():
    with webhook_api() as made:
        yield made


def listening(api, tmp_path, *words):
    return in_terminal("listen", *words, *api.options, env={"PAYSANDBOX_HOME": str(tmp_path / "home")})


class Output:
    """A recorder of its calls."""

    def __init__(self):
        self.lines: list[ReceivedDelivery] = []
        self.notes: list[str] = []

    def show(self, delivery):
        self.lines.append(delivery)

    def note(self, sentence):
        self.notes.append(sentence)


# --- in a terminal ----------------------------------------------------------------------------------------------------


def press_ctrl_c(terminal):
    terminal.press("\x03")


def terminate(terminal):
    terminal.process.send_signal(signal.SIGTERM)


def close_the_window(terminal):
    terminal.close()


@pytest.mark.full
@pytest.mark.parametrize("end", [press_ctrl_c, terminate, close_the_window])
def test_deliveries_are_shown_and_the_endpoint_is_removed_at_the_end(api, tmp_path, end):
    with listening(api, tmp_path) as terminal:
        terminal.until("Listening to all events as we_1")
        [endpoint] = api.endpoints.values()
        assert (endpoint["events"], endpoint["description"]) == (["*"], DESCRIPTION)
        assert endpoint["url"].startswith("http://127.0.0.1:")

        good = api.deliver(event(1), now=int(time.time()))
        forged = api.deliver(event(2), version=2, now=int(time.time()))
        terminal.until("signature_wrong")
        end(terminal)

        assert terminal.ended() == 0
    assert (good.status_code, forged.status_code) == (200, 400)
    [first] = [line for line in terminal.shown.splitlines() if "evt_1" in line]
    assert CAPTURED in first
    assert "✓ verified" in first
    assert api.endpoints == {}


@pytest.mark.full
def test_endpoint_of_a_killed_listener_is_removed_by_the_next(api, tmp_path):
    api.endpoints["we_other"] = {
        "endpoint_id": "we_other", "url": "http://127.0.0.1:9/x", "events": ["*"], "description": "mine",
    }  # fmt: skip
    with listening(api, tmp_path) as killed:
        killed.until("we_1")
        killed.process.kill()
        killed.ended()
    assert {"we_other", "we_1"} == set(api.endpoints)

    with listening(api, tmp_path) as second:
        second.until("Deleted 1 endpoint left by a listener that was killed.")
        second.until("Listening to all events as we_2")
        with listening(api, tmp_path) as third:
            third.until("Another listener of this merchant is running")
            assert set(api.endpoints) == {"we_other", "we_2", "we_3"}


CHARGE = {"id": "evt_1f", "object": "event", "type": "charge.succeeded", "data": {"object": {"id": "ch_1"}}}


@pytest.mark.full
def test_stripe_format_forwards_stripe_events_with_stripe_signatures(api, tmp_path):
    secret = paysandbox("listen", "--print-secret", *api.options).stdout.strip()
    api.stripe_endpoints["we_killed"] = {
        "id": "we_killed", "url": "http://127.0.0.1:9/x", "enabled_events": ["*"], "description": DESCRIPTION,
    }  # fmt: skip
    api.stripe_endpoints["we_other"] = api.stripe_endpoints["we_killed"] | {"id": "we_other", "description": "mine"}
    with served(lambda _: Reply(200)) as application:
        words = ["--format", "stripe", "--events", "charge.succeeded,refund.created"]
        with listening(api, tmp_path, *words, "--forward-to", application.base_url) as terminal:
            terminal.until("Deleted 1 endpoint left by a listener that was killed.")
            terminal.until("Listening to charge.succeeded, refund.created as we_1")
            terminal.until(f"Signing secret: {secret}")
            assert api.endpoints == {}
            assert api.stripe_endpoints["we_1"]["enabled_events"] == ["charge.succeeded", "refund.created"]
            assert api.deliver(CHARGE, now=int(time.time())).status_code == 200
            terminal.until("evt_1f")
            press_ctrl_c(terminal)
            assert terminal.ended() == 0
    [request] = application.requests
    stripe.WebhookSignature.verify_header(json.dumps(CHARGE, separators=(",", ":")),
                                          request.headers["stripe-signature"], secret, 300)  # fmt: skip
    assert {*api.stripe_endpoints} == {"we_other"}
    assert (api.resent, api.replayed) == ([], [])


@pytest.mark.full
def test_formats_have_separate_positions(api, tmp_path):
    with listening(api, tmp_path, "--format", "stripe") as first:
        first.until("Listening to all events as we_1")
        assert api.stripe_endpoints["we_1"]["enabled_events"] == ["*"]
        with listening(api, tmp_path) as second:
            second.until("Listening to all events as we_2")
            press_ctrl_c(second)
            assert second.ended() == 0
        assert "Another listener" not in second.shown
        api.stripe_endpoints.clear()  # by somebody else
        press_ctrl_c(first)
        first.until("Stopped. The endpoint is deleted.")
        assert first.ended() == 0


@pytest.mark.full
def test_a_closed_output_is_no_failure(api, tmp_path):
    """`paysandbox listen | head -1`: the first unread line ends the command cleanly."""
    process = subprocess.Popen(
        [sys.executable, "-c", "from cli.main import main; main()", "listen", "--format", "json",
         "--events", "payment_captured", *api.options],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy(),
    )  # fmt: skip
    with process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert "Listening" in process.stderr.readline()
        api.deliver(event(1), now=int(time.time()))
        line = json.loads(process.stdout.readline())
        assert [endpoint["events"] for endpoint in api.endpoints.values()] == [[CAPTURED]]
        process.stdout.close()
        api.deliver(event(2), now=int(time.time()))
        assert process.wait(30) == 0
        said = process.stderr.read()
    assert api.endpoints == {}
    assert "Traceback" not in said
    assert (line["type"], line["id"], line["verified"], line["fault"]) == (CAPTURED, "evt_1", True, None)
    assert line["event"] == event(1)


# --- the words --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("words, said", [
    (["--env", "dev"], "dev is not on this machine"),
    (["--base-url", "https://api.example.test"], "api.example.test is not on this machine"),
    (["--env", "dev", "--print-secret"], "dev is not on this machine"),
])  # fmt: skip
def test_only_local_sandboxes_are_supported(words, said):
    result = paysandbox("listen", *words)

    assert result.exit_code == 1
    assert said in result.words
    assert "endpoints create --url https://" in result.words


@pytest.mark.parametrize("words, said", [
    (["--events", "payment_captured,nonsense"], "'nonsense' is not an event type"),
    (["--events", "charge.succeeded"], "'charge.succeeded' is not an event type. Choose from: payment_opened,"),
    (["--format", "stripe", "--events", "payment_captured"],
     "'payment_captured' is not an event type. Did you mean"),
    (["--forward-to", "ftp://x"], "is not a URL"),
    (["--forward-to", "http://localhost:99999"], "is not a URL"),
    (["--format", "xml"], "'xml' is not one of"),
    (["--merchant", "NO", "--print-secret"], "is not a merchant's name"),
])  # fmt: skip
def test_misuse(words, said):
    result = paysandbox("listen", *words)

    assert (result.exit_code, result.stdout) == (2, "")
    assert said in result.words


def test_secret_is_stable_and_owner_only(tmp_path):
    first, again = paysandbox("listen", "--print-secret"), paysandbox("listen", "--print-secret")
    other = paysandbox("listen", "--print-secret", "--merchant", "acme")
    by_key = paysandbox("listen", "--print-secret", *KEY_FROM_STDIN, piped=build.api_key("acme"))

    assert first.stdout == again.stdout != other.stdout == by_key.stdout
    Webhook(first.stdout.strip())  # raises for an invalid secret
    file = folder_of(tmp_path / "home", "local", "demo") / "secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert sorted(each.name for each in file.parent.iterdir()) == ["secret"]

    file.write_text("whsec_short\n")
    damaged = paysandbox("listen", "--print-secret")
    assert (damaged.exit_code, damaged.stdout) == (1, "")
    assert "Delete the file" in damaged.words


def test_concurrent_starts_share_a_secret(tmp_path):
    made: list[str] = []
    threads = [threading.Thread(target=lambda: made.append(stable_secret(tmp_path))) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(set(made)) == 1
    assert len(made) == 8


# --- forwarding -------------------------------------------------------------------------------------------------------


@pytest.fixture
def listener(tmp_path, api):
    """Provide a listener and its endpoint, in this process: `start(forwarder)`."""
    output, memory = Output(), Memory(tmp_path / "memory")
    opened: list[Receiver] = []

    def start(forwarder=None):
        made = Listener(memory, output, forwarder)
        receiver = Receiver(made.take).__enter__()
        opened.append(receiver)
        client = Api(api.wire.base_url, build.api_key())
        endpoint = NativeEndpoints(client).create(receiver.url, [])
        made.trust(endpoint["secret"])
        return made, client, endpoint, output, memory

    yield start
    for receiver in opened:
        receiver.__exit__()
    memory.close()


@pytest.mark.parametrize("reply, status, trouble", [
    (Reply(200, {"ok": True}), 200, None),
    (Reply(204, "", {"Content-Length": "0"}), 204, None),
    (Reply(302, "", {"Location": "http://127.0.0.1:9/"}), 302, None),
    (Reply(404), 404, None),
    (Reply(500), 500, None),
    (Reply(503, "later", {"Retry-After": "7"}), 503, None),
    (HANG_UP, 502, "connection failed"),
])  # fmt: skip
def test_deliveries_and_responses_are_forwarded_unchanged(api, listener, reply, status, trouble):
    with served(lambda _: reply) as application:
        forwarder = Forwarder(f"{application.base_url}/hooks?a=b", SECRET)
        *_, output, memory = listener(forwarder)
        answer = api.deliver(event(1, note="é☕"), attempt=3, now=int(time.time()))

    [request] = application.requests
    body = json.dumps(event(1, note="é☕"), separators=(",", ":"))
    assert (request.path, request.query) == ("/hooks", {"a": "b"})
    assert request.headers["webhook-attempt"] == "3"
    assert request.headers["webhook-id"] == "evt_1"
    assert Webhook(SECRET).verify(body, dict(request.headers)) == event(1, note="é☕")
    stripe.WebhookSignature.verify_header(body, request.headers["stripe-signature"], SECRET, 300)
    assert answer.status_code == status
    assert answer.headers.get("retry-after") == (reply.headers.get("Retry-After") if reply else None)
    [line] = output.lines
    assert line.attempt == 3
    assert line.forwarded.trouble is None or line.forwarded.trouble.startswith(trouble)
    assert memory.has_received("evt_1") == (200 <= status <= 299)
    forwarder.close()


OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


@pytest.mark.parametrize("answer, status, trouble", [
    (b"HTTP/1.1 100 Continue\r\n\r\n" + OK, 200, None),
    (b"HTTP/1.1 102 Processing\r\n\r\n" * 3 + b"HTTP/1.1 103 Hints\r\nLink: </a>\r\n\r\n" + OK, 200, None),
    (b"HTTP/1.1 199 Other\r\n\r\n" + OK, 200, None),
    (b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n", 502, "connection failed: RemoteProtocolError"),
])  # fmt: skip
def test_interim_responses_are_read_over(answer, status, trouble):
    with raw_server(answering(answer)) as application:
        forwarder = Forwarder(f"http://127.0.0.1:{application.port}/", SECRET)
        forwarded = forwarder.forward({"webhook-id": "evt_1"}, b"{}")
        forwarder.close()
    assert (forwarded.returned.status, forwarded.trouble) == (status, trouble)


def test_interim_responses_without_an_end_time_out():
    def talk(server, peer):
        server.read(peer)
        while not server.ended.wait(0.01):
            peer.sendall(b"HTTP/1.1 102 Processing\r\n\r\n")

    with raw_server(talk) as application:
        forwarder = Forwarder(f"http://127.0.0.1:{application.port}/", SECRET, total_s=0.1)
        forwarded = forwarder.forward({"webhook-id": "evt_1"}, b"{}")
        forwarder.close()
    assert (forwarded.returned.status, forwarded.trouble) == (504, "response timed out")


@pytest.fixture(scope="module")
def shop_tls() -> tuple[trustme.CA, ssl.SSLContext]:
    """Return an authority that no machine trusts, and the context of a shop at localhost with its certificate."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    return authority, context


@pytest.mark.parametrize("variable", [None, *VARIABLES])
@pytest.mark.parametrize("verified", [True, False])
def test_a_certificate_of_the_users_own_authority(monkeypatch, tmp_path, shop_tls, variable, verified):
    authority, tls = shop_tls
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    if variable is not None:
        authority.cert_pem.write_to_path(tmp_path / "authority.pem")
        monkeypatch.setenv(variable, str(tmp_path / "authority.pem"))
    with served(lambda _: Reply(204, "", {"Content-Length": "0"}), tls=tls) as application:
        url = application.base_url.replace("127.0.0.1", "localhost")
        forwarder = Forwarder(f"{url}/hooks", SECRET, verified=verified)
        forwarded = forwarder.forward({"webhook-id": "evt_1"}, b"{}")
        forwarder.close()
    if variable is None and verified:
        assert (forwarded.returned.status, "--skip-verify" in str(forwarded.trouble)) == (502, True)
    else:
        assert (forwarded.returned.status, forwarded.trouble) == (204, None)


@pytest.mark.parametrize("content", [None, "no certificate"])
def test_a_file_without_certificates_is_named(monkeypatch, tmp_path, content):
    file = tmp_path / "authority.pem"
    if content is not None:
        file.write_text(content)
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    with pytest.raises(Failure, match=r"SSL_CERT_FILE is .*authority\.pem', which cannot be read"):
        Forwarder("https://localhost:1/", SECRET)
    Forwarder("http://localhost:1/", SECRET).close()


def test_a_certificate_is_not_skipped_where_nothing_is_forwarded(api):
    ran = paysandbox("listen", "--skip-verify")
    assert (ran.exit_code, "It is for --forward-to" in ran.words) == (2, True)


def test_an_unreachable_application_is_a_502(api, listener):
    forwarder = Forwarder("http://127.0.0.1:9/hooks", SECRET)
    *_, output, _ = listener(forwarder)

    assert api.deliver(event(1), now=int(time.time())).status_code == 502
    assert output.lines[0].forwarded.trouble == "connection refused"
    forwarder.close()


@pytest.mark.parametrize("how, fault", [
    ({"version": 2}, "signature_wrong"),
    ({"now": int(time.time()) - 400}, "timestamp_stale"),
])  # fmt: skip
def test_unverified_requests_are_not_signed_again(api, listener, how, fault):
    with served(lambda _: Reply()) as application:
        forwarder = Forwarder(application.base_url, SECRET)
        *_, output, _ = listener(forwarder)
        answer = api.deliver(event(1), **{"now": int(time.time())} | how)
        forwarder.close()

    assert answer.status_code == 400
    assert application.requests == []
    assert output.lines[0].fault == fault


def test_a_410_from_the_application_is_explained(api, listener):
    with served(lambda _: Reply(410)) as application:
        forwarder = Forwarder(application.base_url, SECRET)
        *_, output, _ = listener(forwarder)
        assert api.deliver(event(1), now=int(time.time())).status_code == 410
        forwarder.close()
    assert "410" in output.notes[0]


@pytest.mark.parametrize("method, path, headers, status", [
    ("GET", "", {}, 200),
    ("GET", "x", {}, 404),
    ("POST", "", {"content-length": "0"}, 200),
    ("POST", "x", {"content-length": "0"}, 404),
    ("POST", "", {}, 411),
    ("POST", "", {"content-length": "1000001"}, 413),
    ("POST", "", {"content-length": "-1"}, 411),
    ("PUT", "", {}, 501),
])  # fmt: skip
def test_receiver_accepts_only_deliveries(method, path, headers, status):
    with Receiver(lambda *_: Returned(200)) as receiver:
        address = urlsplit(receiver.url)
        connection = HTTPConnection(str(address.hostname), address.port, timeout=5)
        connection.putrequest(method, address.path + path)
        for name, value in headers.items():
            connection.putheader(name, value)
        connection.endheaders()
        assert connection.getresponse().status == status
        connection.close()


# --- missed events ----------------------------------------------------------------------------------------------------


def at(minute, second=0):
    return f"2030-01-07T12:{minute:02}:{second:02}.000000Z"


def memory_of(folder, *lines):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "heard").write_text("".join(f"{line}\n" for line in lines))
    return Memory(folder)


@pytest.mark.parametrize("lines, now, since", [
    ([], at(50), None),                                                                      # the first listener ever
    ([f"{at(0)} - first"], at(50), at(0)),                                                   # not before that
    ([f"{at(0)} - first", f"{at(30)} evt_1 heard"], at(50), at(20)),                         # a margin
    ([f"{at(0)} - first", f"{at(5)} evt_2 expected", f"{at(30)} evt_1 heard"], at(50), at(5)),
    ([f"{at(0)} - first", f"{at(5)} evt_2 expected", f"{at(5)} evt_2 heard", f"{at(30)} - looked"], at(50), at(20)),
    ([f"{at(40)} - first"], at(10), at(10)),                                                 # the clock was taken back
    ([f"{at(0)} - first", f"{at(30)} evt_1 heard", f"{at(40)} evt_"], at(50), at(20)),       # killed while writing
    (["nonsense", f"{at(0)} - first", "x y z"], at(50), at(0)),
])  # fmt: skip
def test_start_of_the_catch_up(tmp_path, lines, now, since):
    memory = memory_of(tmp_path, *lines)
    assert memory.begin(now) == since
    memory.close()


def test_expected_events_are_awaited(tmp_path):
    first = memory_of(tmp_path, f"{at(0)} - first", f"{at(10)} evt_1 heard")
    assert first.begin(at(20)) == at(0)
    listed = [("evt_1", at(10)), ("evt_2", at(11)), ("evt_3", at(12))]
    assert first.looked(listed, at(20)) == ["evt_2", "evt_3"]
    first.record("evt_3", at(12))
    first.close()  # killed here, as good as any other end

    second = Memory(tmp_path)
    assert second.begin(at(59)) == at(10)
    assert second.looked(listed, at(59)) == ["evt_2"]
    second.keep_only([], at(59))  # nothing is kept for ever
    second.close()

    third = Memory(tmp_path)
    assert third.begin(at(59)) == at(49)
    third.close()


def test_only_one_listener_keeps_the_position(tmp_path):
    first, second = Memory(tmp_path), Memory(tmp_path)
    assert (first.is_owner, second.is_owner) == (True, False)
    assert second.begin(at(10)) is None
    second.record("evt_1", at(1))
    second.close()
    first.close()
    assert (tmp_path / "heard").read_text() == ""


def caught_up(api, listener, output, memory, client, endpoint, *, looks_again=False):
    stopped = threading.Event()
    if not looks_again:
        threading.Timer(0.5, stopped.set).start()
    CatchUp(client, memory, listener, output, endpoint, stopped).run()


def test_only_missed_events_are_replayed(tmp_path, api):
    folder = tmp_path / "m"
    memory = memory_of(folder, f"{at(0)} - first", f"{at(10)} evt_1 heard")
    api.listens_since = at(30)
    api.events = [
        event(4, at(31)),                               # delivered anyway
        event(3, at(12)),
        event(5, at(11), "endpoint_ping"),              # was for another one
        event(2, at(11)),
        event(1, at(10)),
    ]  # fmt: skip
    output, client = Output(), Api(api.wire.base_url, build.api_key())
    listener = Listener(memory, output, None)
    with Receiver(listener.take) as receiver:
        endpoint = NativeEndpoints(client).create(receiver.url, [])
        caught_up(api, listener, output, memory, client, endpoint)

    assert api.resent == ["evt_2", "evt_3"]
    assert "Catching up on 2 missed events" in output.notes[0]
    memory.close()


def test_many_missed_events_are_replayed_once(tmp_path, api):
    folder = tmp_path / "m"
    memory = memory_of(folder, f"{at(0)} - first", f"{at(2)} evt_2 heard")
    api.listens_since = at(30)
    api.events = [event(number, at(2, number % 60)) for number in range(1, 60)] + [event(2, at(2, 2))]
    output, client = Output(), Api(api.wire.base_url, build.api_key())
    listener = Listener(memory, output, None)
    with Receiver(listener.take) as receiver:
        endpoint = NativeEndpoints(client).create(receiver.url, [])
        listener.trust(endpoint["secret"])
        caught_up(api, listener, output, memory, client, endpoint)
        again = api.deliver(event(2), now=int(time.time()))
        asked_for = api.deliver(event(2), now=int(time.time()))

    assert api.replayed == [{"since": at(2, 1)}]
    assert (again.status_code, asked_for.status_code) == (200, 200)
    assert [line.event_id for line in output.lines] == ["evt_2"]  # the second time somebody wants it
    memory.close()


def test_failed_replays_are_reported(tmp_path, api):
    memory = memory_of(tmp_path / "m", f"{at(0)} - first")
    output = Output()
    with served(lambda _: Reply(500, {"code": "internal_error", "title": "Broken", "status": 500})) as broken:
        client = Api(broken.base_url, build.api_key())
        endpoint = {"endpoint_id": "we_1", "listens_since": at(30), "events": ["*"]}
        CatchUp(client, memory, Listener(memory, output, None), output, endpoint, threading.Event()).run()

    assert "could not be requested: 500 Broken" in output.notes[0]
    memory.close()
