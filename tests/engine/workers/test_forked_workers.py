"""Workers as forks of a process that has imported their packages: the same as processes of their own, but sooner."""

import json
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import psutil
import pytest

from cli.deploy.installation import ROOT
from engine.lane.transport import response_frame
from engine.workers import forked_workers
from engine.workers.background import NICENESS
from engine.workers.forked_workers import (
    CAN_FORK,
    FUNCTION_VARIABLE,
    READ_AT_IMPORT,
    Server,
    Servers,
    fork_workers,
    python_folders,
)
from engine.workers.layers import DIRECTORIES_VARIABLE
from paysandbox.aws.index_shards import READ_VARIABLE, WRITTEN_VARIABLE
from tests.support.tools.waiting import until

pytestmark = pytest.mark.skipif(not CAN_FORK, reason="workers are forked on Linux only")

SCRIPT = """
import sys
loaded = sorted(name for name in sys.modules if name.startswith("paysandbox"))
import json, os, random, uuid
print(json.dumps({
    "loaded": loaded, "argv": sys.argv, "path": sys.path[0], "cwd": os.getcwd(), "env": dict(os.environ),
    "open": sorted(map(int, os.listdir("/proc/self/fd")))[:-1], "random": [random.random(), str(uuid.uuid4())],
    "pid": os.getpid(), "name": __name__,
}), flush=True)
for line in sys.stdin:
    if line == "fail\\n":
        raise ValueError("as asked")
    print(line.upper(), end="", flush=True)
"""


@pytest.fixture
def started() -> Iterator[list[Server]]:
    """Return the servers that the test starts. They end with it."""
    them: list[Server] = []
    yield them
    for server in them:
        server.end()


@pytest.fixture
def servers(started: list[Server]) -> Servers:
    def start(folders: Sequence[str], env: Mapping[str, str]) -> Server:
        started.append(Server(folders, env))
        return started[-1]

    return Servers(start, is_in_background=lambda function: function == "publish_event", lane=lane_of)


def lane_of(env: Mapping[str, str]) -> socket.socket | None:
    """Return the worker's end of a lane, for a worker that is to have one."""
    if "LANE" not in env:
        return None
    ours, its = socket.socketpair()
    LANES[env["LANE"]] = ours
    return its


LANES: dict[str, socket.socket] = {}
"""The engine's ends, by the names that workers have in their environment."""


@pytest.fixture
def layer(tmp_path: Path) -> Path:
    """Return a layer whose package has one module."""
    package = tmp_path / "layer" / "python" / "paysandbox"
    package.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / "rules.py").touch()
    return tmp_path / "layer"


Start = Callable[..., Any]


@pytest.fixture
def start(servers: Servers, layer: Path, tmp_path: Path) -> Iterator[Start]:
    """Return a function that starts a worker as ministack does. They end with the test."""
    script = tmp_path / "_worker.py"
    script.write_text(SCRIPT)
    workers: list[Any] = []

    def popen(**env: str) -> Any:
        worker = servers.popen(
            [sys.executable, str(script)],
            cwd=str(tmp_path),
            env={DIRECTORIES_VARIABLE: str(layer), **env},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            bufsize=1,
        )
        workers.append(worker)
        return worker

    yield popen
    for worker in workers:
        worker.kill()
        worker.wait(10)
        for stream in (worker.stdin, worker.stdout, worker.stderr):
            stream.close()


def has_ended(process: psutil.Process) -> bool:
    """Return whether a process has ended, even if its parent has not collected it."""
    try:
        return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def facts(worker: Any) -> dict[str, Any]:
    """Return what a worker says of itself."""
    return json.loads(worker.stdout.readline())


def test_a_worker_has_the_packages_and_is_otherwise_like_a_process_of_its_own(start: Start, tmp_path: Path) -> None:
    until(lambda: "paysandbox.rules" in facts(start())["loaded"], "a worker with every module of the package")

    it = facts(start(AWS_ACCESS_KEY_ID="ASIA", STAGE="local"))
    assert it["loaded"] == ["paysandbox", "paysandbox.rules"]
    assert it["argv"] == [str(tmp_path / "_worker.py")]
    assert (it["path"], it["cwd"], it["name"]) == (str(tmp_path), str(tmp_path), "__main__")
    assert it["env"].keys() - {"LC_CTYPE"} == {DIRECTORIES_VARIABLE, "AWS_ACCESS_KEY_ID", "STAGE"}
    assert it["open"] == [0, 1, 2]


@pytest.mark.parametrize("can_fork", [True, False])
@pytest.mark.parametrize("function, more", [("authorize_payment", 0), ("publish_event", NICENESS)])
def test_workers_in_the_background_have_a_lower_priority(
    start: Start, can_fork: bool, function: str, more: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forked_workers, "CAN_FORK", can_fork)
    worker = psutil.Process(facts(start(**{FUNCTION_VARIABLE: function}))["pid"])
    assert worker.nice() == min(19, psutil.Process().nice() + more)


MODELS = """
import json
from botocore import session
loader = session.Session().get_component("data_loader")
print(json.dumps({
    "is_shared": loader is session.Session().get_component("data_loader"),
    "region": session.Session().create_client("dynamodb").meta.region_name,
}), flush=True)
"""


CALLING = """
import json, os, subprocess, sys
import botocore.httpsession, botocore.session
inherited = subprocess.run(["ls", "/proc/self/fd"], capture_output=True, text=True, close_fds=False).stdout.split()
client = botocore.session.Session().create_client("dynamodb")
names = client.list_tables()["TableNames"]
child = os.fork()
if not child:
    try:
        client.list_tables()
    except botocore.exceptions.EndpointConnectionError:
        os._exit(7)
print(json.dumps({"inherited": inherited, "names": names, "child": os.waitpid(child, 0)[1] >> 8}), flush=True)
"""
LAYER = "import botocore.httpsession\nimport botocore.session\n"


def test_a_worker_calls_aws_over_its_lane_and_the_processes_that_it_starts_do_not(
    start: Start, layer: Path, tmp_path: Path
) -> None:
    """What a handler imports is unchanged: botocore's own transport is replaced before its code runs."""
    package = layer / "python" / "paysandbox" / "http"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "native.py").write_text(LAYER)
    (tmp_path / "_worker.py").write_text(CALLING)
    env = {
        "AWS_ENDPOINT_URL": "http://localhost:1",
        "AWS_REGION": "us-east-1",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_ACCESS_KEY_ID": "AKID",
        "AWS_SECRET_ACCESS_KEY": "secret",
        "AWS_MAX_ATTEMPTS": "1",
    }
    worker = start(LANE="calling", **env)
    with LANES.pop("calling") as control:
        control.settimeout(30)
        _, [descriptor], _, _ = socket.recv_fds(control, 1, 1)
        with socket.socket(fileno=descriptor) as connection:
            connection.settimeout(30)
            assert b"DynamoDB_20120810.ListTables" in connection.recv(1_000)
            connection.sendall(response_frame(200, {}, b'{"TableNames":["t"]}'))
            assert facts(worker) == {"inherited": ["0", "1", "2", "3"], "names": ["t"], "child": 7}


def test_a_worker_without_botocore_has_no_lane(start: Start) -> None:
    it = facts(start(LANE="unused"))
    assert it["open"] == [0, 1, 2]
    with LANES.pop("unused") as control:
        assert control.recv(1) == b""


@pytest.mark.full
def test_workers_share_the_models_of_services_and_no_settings(start: Start, tmp_path: Path) -> None:
    (tmp_path / "_worker.py").write_text(MODELS)

    def read() -> dict[str, Any]:
        return facts(start(AWS_DEFAULT_REGION="eu-central-1"))

    until(lambda: read()["is_shared"], "a worker with the server's loader")
    assert read()["region"] == "eu-central-1"


def test_a_worker_is_early_until_its_server_has_imported_everything(start: Start, layer: Path) -> None:
    imports = layer / "imports"
    waits = f"import pathlib, time\nwhile not pathlib.Path({str(imports)!r}).exists(): time.sleep(0.01)\n"
    (layer / "python" / "paysandbox" / "__init__.py").write_text(waits)
    threading.Timer(0.5, imports.touch).start()
    assert start().is_early
    until(lambda: not start().is_early, "the last import")


def test_workers_share_no_random_numbers(start: Start) -> None:
    one, other = (facts(start())["random"] for _ in range(2))
    assert set(one).isdisjoint(other)


def test_it_reads_writes_and_fails_like_a_process(start: Start) -> None:
    worker = start()
    facts(worker)
    assert worker.poll() is None
    print("pay", file=worker.stdin, flush=True)
    assert worker.stdout.readline() == "PAY\n"
    print("fail", file=worker.stdin, flush=True)
    assert worker.stdout.readline() == ""
    assert worker.stderr.read().splitlines()[-1] == "ValueError: as asked"
    worker.wait(10)
    assert worker.poll() is not None
    worker.terminate()  # of a process that has ended: nothing happens


@pytest.mark.parametrize("end", ["terminate", "kill"])
def test_it_can_be_ended(end: str, start: Start) -> None:
    worker = start()
    pid = facts(worker)["pid"]
    with pytest.raises(subprocess.TimeoutExpired):
        worker.wait(0)
    getattr(worker, end)()
    worker.wait(10)
    until(lambda: not psutil.pid_exists(pid), "the worker collected by its server")
    getattr(worker, end)()  # of a process that is gone: nothing happens


def test_workers_that_start_at_once_have_their_own_streams(start: Start) -> None:
    with ThreadPoolExecutor(8) as pool:
        workers = [*pool.map(lambda number: start(NUMBER=str(number)), range(24))]
    assert [facts(worker)["env"]["NUMBER"] for worker in workers] == [str(number) for number in range(24)]


def test_its_environment_may_be_large(start: Start) -> None:
    large = "x" * 120_000
    assert facts(start(LARGE=large))["env"]["LARGE"] == large


def test_servers_have_no_credentials(start: Start, started: list[Server], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "of the engine")
    worker = start(AWS_SESSION_TOKEN="of the worker")
    [server] = psutil.Process(facts(worker)["pid"]).parents()[:1]
    assert [name for name in server.environ() if name.startswith("AWS_")] == []
    assert len(started) == 1


def test_servers_have_no_settings_that_only_functions_have(
    start: Start, started: list[Server], monkeypatch: pytest.MonkeyPatch
) -> None:
    """They import what refuses a number of shards where the engine has no address."""
    for name in (WRITTEN_VARIABLE, READ_VARIABLE):
        monkeypatch.setenv(name, "1")
    worker = start(**{WRITTEN_VARIABLE: "1", READ_VARIABLE: "1"})
    [server] = psutil.Process(facts(worker)["pid"]).parents()[:1]
    assert {WRITTEN_VARIABLE, READ_VARIABLE}.isdisjoint(server.environ())
    assert facts(start(**{READ_VARIABLE: "1"}))["env"][READ_VARIABLE] == "1"
    assert len(started) == 1


def test_without_its_server_a_worker_starts_as_a_process_of_its_own(start: Start, started: list[Server]) -> None:
    pid = facts(start())["pid"]
    psutil.Process(pid).parent().kill()  # pyright: ignore[reportOptionalMemberAccess] - it has one

    assert isinstance(start(), subprocess.Popen)
    facts(start())
    assert len(started) == 2, "the next worker is forked again"


def test_a_server_ends_with_the_engine_and_workers_with_their_input(layer: Path, tmp_path: Path) -> None:
    (tmp_path / "_worker.py").write_text(SCRIPT)
    script = f"""
import sys, time
from engine.workers.forked_workers import Servers
layer, folder = sys.argv[1:]
servers = Servers()
worker = servers.popen([sys.executable, folder + "/_worker.py"], cwd=folder, env={{{DIRECTORIES_VARIABLE!r}: layer}})
print(worker.stdout.readline(), flush=True)
time.sleep(60)
"""
    engine = subprocess.Popen(
        [sys.executable, "-c", script, str(layer), str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert engine.stdout is not None
        worker = psutil.Process(json.loads(engine.stdout.readline())["pid"])
        server = worker.parent()
        assert server is not None
    finally:
        engine.kill()
        engine.communicate()
    until(lambda: has_ended(server) and has_ended(worker), "the end of both")


def test_other_layers_have_another_server_and_the_oldest_ends(
    start: Start, started: list[Server], tmp_path: Path
) -> None:
    facts(start())
    for name in ("edited-1", "edited-2"):
        (tmp_path / name / "python").mkdir(parents=True)
        facts(start(**{DIRECTORIES_VARIABLE: f"{tmp_path / 'layer'}{os.pathsep}{tmp_path / name}"}))
    assert len(started) == 3
    assert [server.has_ended for server in started] == [True, False, False]


@pytest.mark.parametrize(
    "env, folders",
    [
        ({}, ()),
        ({DIRECTORIES_VARIABLE: ""}, ()),
        ({DIRECTORIES_VARIABLE: "a:b"}, ("b/python", "a/python")),
        ({DIRECTORIES_VARIABLE: "a:of_a_group:missing"}, ("a/python",)),
    ],
)
def test_the_last_layer_is_searched_first(
    env: dict[str, str], folders: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("a/python", "b/python", "of_a_group/payments"):
        Path(name).mkdir(parents=True)
    assert python_folders(env) == folders


@pytest.mark.parametrize(
    "can_fork, program, env",
    [
        (False, sys.executable, {DIRECTORIES_VARIABLE: "/layer"}),
        (True, "node", {DIRECTORIES_VARIABLE: "/layer"}),
        (True, sys.executable, {}),
    ],
    ids=["not here", "another language", "no layers"],
)
def test_all_others_start_as_before(
    can_fork: bool, program: str, env: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(forked_workers, "CAN_FORK", can_fork)
    monkeypatch.setattr(subprocess, "Popen", lambda args, **options: (args, options))
    runtime = SimpleNamespace(subprocess=subprocess)
    fork_workers(runtime, Servers())
    assert runtime.subprocess.PIPE == subprocess.PIPE
    assert runtime.subprocess.Popen([program, "w"], cwd="/", env=env, text=True) == (
        [program, "w"],
        {"cwd": "/", "env": env, "text": True},
    )


@pytest.mark.full
def test_the_functions_modules_read_nothing_else_when_they_are_imported() -> None:
    """A server imports them before it knows the worker's environment."""
    script = """
import importlib, os, pkgutil, sys
read = set()
class Recorded(type(os.environ)):
    def __getitem__(self, name):
        frame = sys._getframe(1)
        while frame.f_code.co_filename.startswith("<frozen "):
            frame = frame.f_back
        if "/paysandbox/" in frame.f_code.co_filename:
            read.add(name)
        return super().__getitem__(name)
os.environ.__class__ = Recorded
import paysandbox
for module in pkgutil.walk_packages(paysandbox.__path__, "paysandbox."):
    importlib.import_module(module.name)
print(*read)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        cwd=ROOT / "layers/shared/python",
        env={"PATH": os.defpath},
        capture_output=True,
        text=True,
        check=True,
    )
    # The shards of lists are compared with what is possible, and read again when they are needed.
    assert {*done.stdout.split()} == {*READ_AT_IMPORT, WRITTEN_VARIABLE, READ_VARIABLE}
