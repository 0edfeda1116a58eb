"""The engine's process: found by its lock, stopped gracefully if possible, without touching any other process."""

import json
import os
import socket
import subprocess
import sys
import time

import pytest
import trustme

from cli.connection.trust import VARIABLES
from cli.main import whole_program
from cli.sandbox import engine, processes
from cli.state import saved_state
from cli.state.state_dir import StateDir, write_json
from cli.terminal.failure import Failure
from cli.up.up import _allow_hosts, _ensure_engine, _list_served
from engine import second_port
from engine.limits import SEARCH_SETTING
from engine.lock import ALREADY_RUNNING
from engine.wall.wall import Served, ServedFile
from paysandbox.aws.index_shards import READ_VARIABLE, WRITTEN_VARIABLE, shards_in
from paysandbox.aws.search_time import SEARCH_VARIABLE
from paysandbox.aws.settings import AUTHORITIES_VARIABLE
from paysandbox.aws.trace_context import COLLECTOR_VARIABLE
from tests.support.tools.ports import free_port
from tests.support.tools.waiting import until
from tests.support.worlds.engine_processes import engine_processes


@pytest.fixture
def listening():
    """Provide a port that this process listens on."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", free_port()))
        taken.listen()
        yield taken.getsockname()[1]


def test_no_engine_without_a_state_folder(tmp_path):
    assert engine.running(StateDir(tmp_path / "nowhere")) is None


def test_a_stale_pid_file_is_not_a_process(home):
    """After a hard kill another process may have the pid in the file: here it is this test."""
    home.engine_lock.write_text(
        json.dumps({"pid": os.getpid(), "port": 4999, "bind": "127.0.0.1", "started_at": "2030-01-07T10:00:00Z"})
    )
    home.change(pid=os.getpid(), port=4999)

    assert engine.running(home) is None
    assert engine.stop(home) is None
    engine.kill(home)  # this process survives


def test_a_running_engine_is_found_and_stopped(home, engine_double):
    pid = engine_double("graceful")
    found = engine.running(home)

    assert found is not None
    assert (found.pid, found.port) == (pid, 4999)
    stopped = engine.stop(home)
    assert stopped is not None
    assert stopped.saved
    assert engine.running(home) is None
    assert processes.members(pid) == []
    assert saved_state.expected_loss(home) is None


def test_an_engine_that_saved_but_hangs_is_killed(home, engine_double):
    pid = engine_double("stuck")
    stopped = engine.stop(home, saved_patience_s=0.1)

    assert stopped is not None
    assert stopped.saved
    assert processes.members(pid) == []
    assert saved_state.expected_loss(home) is None


def test_an_unresponsive_engine_is_killed_without_a_snapshot(home, engine_double):
    pid = engine_double("deaf")
    stopped = engine.stop(home, patience_s=0.1)

    assert stopped is not None
    assert not stopped.saved
    assert processes.members(pid) == []
    assert saved_state.expected_loss(home) is not None


def test_killing_the_engine_ends_its_workers(home, engine_double):
    pid = engine_double("graceful")
    assert len(processes.members(pid)) == 2
    engine.kill(home)

    assert engine.running(home) is None
    assert processes.members(pid) == []


def test_only_one_engine_per_state_folder(home, engine_double):
    engine_double("graceful")
    launcher = subprocess.run(
        [sys.executable, "-c", f"from engine.lock import *; hold(Path({str(home.engine_lock)!r}))"],
        env=os.environ | {"GATEWAY_PORT": "4998", "BIND_HOST": "127.0.0.1"},
        capture_output=True,
        text=True,
        check=False,
    )

    assert launcher.returncode == ALREADY_RUNNING
    assert "already runs" in launcher.stdout


def test_an_occupied_port_names_its_process_and_suggests_another(home, listening):
    with pytest.raises(Failure) as refused:
        engine.refuse_taken(home, listening)

    assert f"Port {listening} is in use by" in refused.value.message
    assert f"(process {os.getpid()})" in refused.value.message
    offered = int(refused.value.advice.rpartition(" ")[2])
    assert offered != listening
    assert not processes.is_taken(offered)


def test_an_occupied_port_is_detected_before_the_engine_stops(home, engine_double, listening):
    engine_double("graceful")
    with pytest.raises(Failure, match="is in use"):
        _ensure_engine(home, listening)

    assert engine.running(home) is not None


def test_default_port_is_of_no_common_tool():
    """The ports of LocalStack, of Stripe's samples, of localstripe and of stripe-mock."""
    assert engine.DEFAULT_PORT not in {4566, 4242, 8420, 12111}


def test_a_free_port_is_used(home):
    engine.refuse_taken(home, free_port())


@pytest.mark.parametrize("text, port", [("", ""), ("12111", "12111")])
def test_the_engine_gets_a_second_port_on_request(home, monkeypatch, text, port):
    monkeypatch.setenv(second_port.SETTING, text)
    assert engine.environment(home, 4600)[second_port.VARIABLE] == port


@pytest.mark.parametrize("text", ["80", "70000", "many", "-1"])
def test_a_second_port_that_is_none_is_refused(home, monkeypatch, text):
    monkeypatch.setenv(second_port.SETTING, text)
    with pytest.raises(Failure, match=f"must be a port from 1024 to 65535, not '{text}'"):
        engine.environment(home, 4600)


def test_a_second_port_that_is_taken_is_named_before_the_start(home, monkeypatch, listening):
    monkeypatch.setenv(second_port.SETTING, str(listening))
    with pytest.raises(Failure, match=f"Port {listening} is in use"):
        engine.start(home, free_port())


def test_engine_gets_no_credentials_and_listens_on_loopback(home, monkeypatch):
    monkeypatch.setenv("AWS_PROFILE", "production")
    monkeypatch.setenv("PYTHONPATH", "/elsewhere")
    told = engine.environment(home, 4600)

    assert "production" not in told.values()
    assert not any(name.startswith(("PYTHON", "AWS_PROFILE", "AWS_ACCESS")) for name in told)
    assert told["BIND_HOST"] == "127.0.0.1"
    assert told["AWS_ENDPOINT_URL"] == "http://localhost:4600"
    assert told["IOT_MTLS_ENABLED"] == told["SFTP_ENABLED"] == "0"
    assert told["MALLOC_ARENA_MAX"] == "2"
    assert told["STATE_DIR"].startswith(str(home.path))
    assert told["TMPDIR"].startswith(str(home.path))


@pytest.mark.parametrize("said, auth", [(None, "false"), ("1", "true"), ("0", "false")])
def test_policies_are_enforced_only_on_request(home, monkeypatch, said, auth):
    monkeypatch.setenv("AUTH", "true")  # the engine's own variable, set by another tool
    if said is not None:
        monkeypatch.setenv(engine.AUTH, said)

    assert engine.environment(home, 4600)["AUTH"] == auth


def test_other_addresses_are_bound_only_on_request(home):
    assert engine.environment(home, 4600, engine.EVERY_ADDRESS)["BIND_HOST"] == "0.0.0.0"  # noqa: S104 - its subject


@pytest.mark.parametrize(
    "before, asked, then, restarted",
    [
        (None, None, "127.0.0.1", True),
        (None, "0.0.0.0", "0.0.0.0", True),  # noqa: S104 - its subject
        ("127.0.0.1", None, "127.0.0.1", False),
        ("0.0.0.0", None, "0.0.0.0", False),  # as it runs  # noqa: S104 - its subject
        ("0.0.0.0", "127.0.0.1", "127.0.0.1", True),  # noqa: S104 - its subject
        ("127.0.0.1", "0.0.0.0", "0.0.0.0", True),  # noqa: S104 - its subject
    ],
)
def test_bind_addresses(home, engine_double, monkeypatch, before, asked, then, restarted):
    started = []

    def start(_home, port, bind, _meanwhile, **_):
        started.append(bind)
        return engine.Engine(os.getpid(), port, "2030-01-07T10:00:00Z", bind)

    monkeypatch.setattr(engine, "start", start)
    monkeypatch.setattr(engine, "answers_soon", lambda _: True)
    home.change(port=free_port())
    if before:
        monkeypatch.setenv("BIND_HOST", before)
        engine_double("graceful")
    notes = _ensure_engine(home, None, asked)

    assert started == ([then] if restarted else [])
    assert (engine.running(home) is None) is restarted
    assert len(notes) == (1 if before and restarted else 0)


@pytest.mark.parametrize(
    "before, asked, then, note",
    [
        ("", None, None, None),
        ("", "", None, None),
        ("", "http://127.0.0.1:4318", "http://127.0.0.1:4318", "restarted to send traces to http://127.0.0.1:4318"),
        ("http://127.0.0.1:4318", None, None, None),  # as it runs
        ("http://127.0.0.1:4318", "http://127.0.0.1:4318", None, None),
        (
            "http://127.0.0.1:4318",
            "http://tempo:4318",
            "http://tempo:4318",
            "restarted to send traces to http://tempo:4318",
        ),
        ("http://127.0.0.1:4318", "", "", "restarted to send no traces"),
    ],
)
def test_collectors(home, engine_double, monkeypatch, before, asked, then, note):
    started = []

    def start(_home, port, bind, _meanwhile, *, otlp):
        started.append(otlp)
        return engine.Engine(os.getpid(), port, "2030-01-07T10:00:00Z", bind, otlp)

    monkeypatch.setattr(engine, "start", start)
    monkeypatch.setattr(engine, "answers_soon", lambda _: True)
    home.change(port=free_port())
    monkeypatch.setenv(COLLECTOR_VARIABLE, before)
    engine_double("graceful")
    notes = _ensure_engine(home, None, otlp=asked)

    assert started == ([] if then is None else [then])
    assert notes == ([note] if note else [])


def test_the_option_for_a_collector_has_the_engines_variable():
    [option] = [each for each in whole_program().commands["up"].params if each.name == "otlp"]
    assert option.envvar == COLLECTOR_VARIABLE


def test_an_engine_without_a_collector_has_no_variable_for_it(home):
    assert COLLECTOR_VARIABLE not in engine.environment(home, 4600)
    with_one = engine.environment(home, 4600, otlp="http://127.0.0.1:4318")
    assert with_one[COLLECTOR_VARIABLE] == "http://127.0.0.1:4318"


@pytest.mark.parametrize(
    "before, given, served",
    [([], None, []), ([], ["web", "api"], ["api", "web"]), (["web"], None, ["web"]), (["web"], ["api"], ["api"])],
)
def test_allowed_hosts_are_remembered(home, before, given, served):
    for hosts in (before, given):
        _allow_hosts(home, hosts)
        _list_served(home)
    listed = json.loads(home.served.read_text())

    assert listed["hosts"] == served
    assert {"", "payments", "v1", "health", "docs", "donations"} <= set(listed["served"])
    refusals = (
        "forbidden",
        "host_not_allowed",
        "parameter_invalid",
        "resource_not_found",
        "service_unavailable",
        "session_invalid",
        "body_too_large",
        "path_too_long",
        "headers_too_large",
        "api_key_invalid",
        "upstream_error",
        "upstream_timeout",
    )
    assert {code: body["code"] for code, body in listed["problems"].items()} == {code: code for code in refusals}
    assert "paysandbox-local-authorize_payment" in listed["kept_warm"]
    named = {"POST /payments/authorize": "authorize_payment", "POST /v1/charges/{charge}": "update_charge"}
    assert listed["routes"].items() >= named.items()


@pytest.mark.parametrize("name", ["served", "problems", "routes", "kept_warm"])
def test_what_another_version_listed_is_listed_again(home, name):
    _allow_hosts(home, ["web"])
    _list_served(home)
    listed = home.served.read_text()
    before = home.served.stat().st_mtime_ns
    _list_served(home)
    assert home.served.stat().st_mtime_ns == before, "the same is not listed again"

    home.served.write_text(json.dumps(json.loads(listed) | {name: []}))
    _list_served(home)
    assert json.loads(home.served.read_text()) == json.loads(listed)


def test_nothing_is_served_before_it_is_listed(home):
    """The engine starts with the hosts, and is listening perhaps before the routes are written."""
    _allow_hosts(home, ["web"])
    assert ServedFile(home.path).read() == Served()


def test_what_is_called_meanwhile_knows_the_port(home, engine_double, monkeypatch):
    called = []
    monkeypatch.setattr(engine, "answers_soon", lambda _: True)
    engine_double("graceful")
    _ensure_engine(home, None, None, called.append)
    assert called == [4999], "of the engine that runs already"


def test_a_start_that_fails_meanwhile_leaves_no_process(home):
    """Also if the engine has not taken the lock yet."""
    started = []

    def fail():
        started.extend(engine._children)
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.start(home, free_port(), meanwhile=fail)
    assert len(started) == 1
    assert processes.members(started[0]) == []
    assert engine.running(home) is None


def test_a_start_that_fails_beforehand_leaves_the_engine_that_runs(home, engine_double):
    pid = engine_double("graceful")
    home.engine_log.write_text("its log")
    waiting = []

    def fail():
        waiting.extend(until(lambda: engine_processes(home.path), "the engine's process"))
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        engine.start(home, free_port(), before=fail)
    assert len(waiting) == 1
    assert processes.members(waiting[0]) == []
    found = engine.running(home)
    assert found is not None
    assert found.pid == pid
    assert home.engine_log.read_text() == "its log"


WAITS = """
import sys
from pathlib import Path
from cli.sandbox import engine
from cli.state.state_dir import StateDir


def wait():
    print("ready", flush=True)
    sys.stdin.read()


engine.start(StateDir(Path(sys.argv[1])), int(sys.argv[2]), before=wait)
"""


def test_an_engine_that_waits_for_the_home_ends_with_its_program(home):
    words = [sys.executable, "-c", WAITS, home.path, str(free_port())]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == b"ready\n"
        [waiting] = until(lambda: engine_processes(home.path), "the engine's process")
        program.kill()
    until(lambda: not processes.members(waiting), "the end of the engine's process")
    assert not home.engine_lock.exists()
    assert list(home.state.iterdir()) == []


def test_no_answer_without_an_engine():
    began = time.monotonic()

    assert not engine.answers(free_port())
    assert time.monotonic() - began < 1


def test_a_worker_that_exits_as_it_is_to_be_killed_is_no_error(monkeypatch):
    worker = subprocess.Popen(
        [sys.executable, "-c", "import sys; sys.stdin.read()"], stdin=subprocess.PIPE, process_group=0
    )

    def last_seen(group):
        worker.communicate()
        return [worker.pid]

    monkeypatch.setattr(engine, "WORKERS_PATIENCE_S", -1)
    monkeypatch.setattr(processes, "members", last_seen)
    engine._end_group(worker.pid)
    assert worker.returncode == 0


@pytest.mark.parametrize(
    "recorded, told, read", [({}, None, "16"), ({"index_shards_read": 1}, None, "1"), ({}, 1, "1")]
)
def test_functions_know_the_shards_of_lists(home, recorded, told, read):
    """A home of an earlier version does not say it, and has entries in all. A state that is put in place may differ."""
    write_json(home.record_file, {"port": 4600, **recorded})
    variables = engine.environment(home, 4600, index_shards_read=told)
    assert (variables[WRITTEN_VARIABLE], variables[READ_VARIABLE]) == ("1", read)
    assert shards_in(variables).read == int(read)


def test_functions_know_how_long_a_search_may_take(home, monkeypatch):
    monkeypatch.delenv(SEARCH_SETTING, raising=False)
    assert engine.environment(home, 4600)[SEARCH_VARIABLE] == "300"
    monkeypatch.setenv(SEARCH_SETTING, "5000")
    assert engine.environment(home, 4600)[SEARCH_VARIABLE] == "5000"
    monkeypatch.setenv(SEARCH_SETTING, "soon")
    with pytest.raises(Failure, match="must be a whole number from 1, not 'soon'"):
        engine.environment(home, 4600)


def test_functions_trust_the_authorities_of_the_users_variable(home, monkeypatch, tmp_path):
    for name in VARIABLES:
        monkeypatch.delenv(name, raising=False)
    assert AUTHORITIES_VARIABLE not in engine.environment(home, 4600)
    trustme.CA().cert_pem.write_to_path(tmp_path / "authority.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tmp_path / "authority.pem"))
    assert engine.environment(home, 4600)[AUTHORITIES_VARIABLE] == str(tmp_path / "authority.pem")
