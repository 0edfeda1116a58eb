"""The time of one command: `paysandbox pay authorize 10.00`, which looks up the demo key and sends one request.

    make bench ARGS=command_start
    python -m benchmarks.command_start [ROUNDS]

The command runs in a new process against a server that answers like a local sandbox, so that the time is that of the
command alone. CPU time is printed beside wall time, since other load on the machine lengthens only the latter. The
baseline is the same Python with `import boto3`. Prints JSON, with the modules that took longest to import.
"""

import fcntl
import json
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any, Final

from benchmarks.rounds import MIN_ROUNDS, machine, spread
from cli.engine_process import access_key
from cli.sandbox.state_dir import StateDir
from tests.support.wire import Reply, Request, served

TARGET_S: Final = 0.35
COMMAND: Final = (str(Path(sys.executable).with_name("paysandbox")), "pay", "authorize", "10.00")
SHOWN: Final = 12
_IMPORT: Final = re.compile(r"import time:\s+(\d+) \|\s+(\d+) \|( +)(\S+)")


def sandbox(request: Request) -> Reply:
    """Answer like a local sandbox that has a demo key and approves the payment."""
    key = {"id": "k1", "name": "paysandbox-local-demo-sandbox-x", "value": f"sk_test_demo_{'a' * 32}"}
    match request.path:
        case "/usageplans":
            return Reply(body={"item": [{"id": "p1", "name": "paysandbox-local-sandbox"}]})
        case "/usageplans/p1/keys":
            return Reply(body={"item": [{"id": "k1"}]})
        case "/apikeys":
            return Reply(body={"item": [key | {"createdDate": 1}]})
        case _:
            card = {"brand": "visa", "last4": "4242"}
            facts = {"auth_id": "auth_1", "transaction_id": "auth_1", "currency": "USD", "amount": 1000, "card": card}
            more = {"status": "approved", "capture_method": "manual", "expires_at": "2030-01-14T09:00:00Z"}
            return Reply(body=facts | more)


def ran(*words: str, home: Path) -> tuple[float, float, str]:
    """Run Python with these words. Returns wall and CPU seconds, and stderr. Raises CalledProcessError if it fails."""
    before, started = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
    done = subprocess.run(
        [sys.executable, *words],
        # With byte code, whatever the caller's environment says.
        env=os.environ | {"PAYSANDBOX_HOME": str(home), "PYTHONDONTWRITEBYTECODE": ""},
        capture_output=True,
        text=True,
        check=True,
    )
    wall, after = time.perf_counter() - started, resource.getrusage(resource.RUSAGE_CHILDREN)
    return wall, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stderr


def imports(stderr: str) -> tuple[set[str], list[dict[str, Any]]]:
    """Return all imported modules, and those with the longest own time, of `python -X importtime`."""
    rows = [(found[4], int(found[1])) for found in _IMPORT.finditer(stderr)]
    slowest = sorted(rows, key=lambda row: -row[1])[:SHOWN]
    return {name for name, _ in rows}, [{"module": name, "own_ms": round(took / 1000, 1)} for name, took in slowest]


def measure(rounds: int = 2 * MIN_ROUNDS) -> dict[str, Any]:
    """Measure the command and the baseline in turn."""
    with tempfile.TemporaryDirectory() as folder, served(sandbox) as wire:
        home = StateDir(Path(folder) / "home")
        home.make()
        access_key.make(home.path)
        port = int(wire.base_url.rpartition(":")[2])
        home.change(port=port)
        with home.engine_lock.open("w") as lock:
            lock.write(json.dumps({"pid": os.getpid(), "port": port, "started_at": ""}))
            lock.flush()
            fcntl.flock(lock, fcntl.LOCK_EX)
            ran(*COMMAND, home=home.path)  # compiles byte code
            taken = [(ran(*COMMAND, home=home.path), ran("-c", "import boto3", home=home.path)) for _ in range(rounds)]
            modules, slowest = imports(ran("-X", "importtime", *COMMAND, home=home.path)[2])
    return {
        "rounds": rounds,
        "machine": machine(),
        "target_s": TARGET_S,
        "wall_s": spread([mine[0] for mine, _ in taken]),
        "cpu_s": spread([mine[1] for mine, _ in taken]),
        "import_boto3_cpu_s": spread([base[1] for _, base in taken]),
        "modules": len(modules),
        "loads_boto3": bool({"boto3", "botocore"} & modules),
        "slowest_imports": slowest,
    }


if __name__ == "__main__":
    print(json.dumps(measure(*map(int, sys.argv[1:2])), indent=1))
