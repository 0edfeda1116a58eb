"""The imports of a new execution environment before its first request, each measured in a new Python process.

    make bench ARGS=cold_import

Wall time of a whole process, including about 10 ms for Python itself. Handlers are loaded with only the packages that
the layer ships; one that calls Stripe also loads its SDK. The baseline is `import boto3; boto3.client("dynamodb")`,
from the same packages and as pip installs them (the usual stack). Byte code exists, except in the case that omits it.
"""

import importlib.util
import json
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

from benchmarks.measuring.command import command
from benchmarks.measuring.rounds import alternate, machine, spread, summary
from benchmarks.measuring.stubbed_aws import ENVIRONMENT
from layers.build import SHARED, shared_layer, vendor_layer
from paysandbox.aws.settings import FULL_TRACING, TracingSettings
from paysandbox.donations.routes import CREATE_DONATION_INTENT, RECEIVE_STRIPE_EVENT
from paysandbox.payments.routes import ROUTES

ROOT: Final = Path(__file__).resolve().parent.parent
HANDLERS: Final = str(ROOT / "lambdas")

TARGET: Final = 1.10
"""Target: CPU time of loading authorize with its DynamoDB client, relative to the usual stack."""
OWN_ROUNDS: Final = 21

BARE: Final = "Python only"
USUAL: Final = "boto3 and a client, as pip installs it"
SAME: Final = "boto3 and a client, our layer's packages"
POWERTOOLS: Final = "Logger, Metrics, idempotency, pydantic, boto3, as pip installs them"
READY: Final = "authorize_payment, with its client"
TRACED: Final = "authorize_payment, with its client, tracing=full"
WITHOUT_BYTE_CODE: Final = "authorize_payment, without our byte code"

_CLIENT: Final = 'import boto3; boto3.client("dynamodb")'
_STACK: Final = (
    "from aws_lambda_powertools import Logger, Metrics; Logger(service='x'); Metrics(namespace='x', service='x'); "
    "from aws_lambda_powertools.utilities.idempotency import DynamoDBPersistenceLayer, idempotent; "
    "from pydantic import BaseModel; Card = type('Card', (BaseModel,), {'__annotations__': {'number': str}}); "
    "import boto3; table = boto3.client('dynamodb'); DynamoDBPersistenceLayer('x', boto3_client=table)"
)
_WRITE_NONE: Final = "sys.dont_write_bytecode = True; "

# Loads the handler and lists the modules that run code in two requests. Modules that never run could be loaded later.
_IDLE: Final = """
import json, sys
from benchmarks.measuring import stubbed_aws
ran = set()
with stubbed_aws.function() as handler:
    sys.setprofile(lambda frame, event, _: ran.add(frame.f_globals.get("__name__")) if event == "call" else None)
    for number in range(2):
        handler(stubbed_aws.event(str(number)), stubbed_aws.Context())
    sys.setprofile(None)
print(json.dumps(sorted(filter(None, ran))))
"""


def measure(rounds: int = 9, own_rounds: int = OWN_ROUNDS) -> dict[str, Any]:
    """Return the milliseconds of each case, and the modules that authorize loads but never runs."""
    packages = str(vendor_layer("local") / "python")
    shipped = shipped_folders()
    found = importlib.util.find_spec("boto3")
    if found is None or found.origin is None:
        raise AssertionError("boto3 is not installed here")
    installed = [str(Path(found.origin).parent.parent)]
    named = (*ROUTES, CREATE_DONATION_INTENT, RECEIVE_STRIPE_EVENT)
    routes = {route.name: f"import {route.module}" for route in named}
    ready = f"{routes['authorize_payment']}; from paysandbox.aws import runtime; runtime.ledger()"
    traced = {**TracingSettings(FULL_TRACING).to_env(), "LAMBDA_TASK_ROOT": "/var/task"}
    with tempfile.TemporaryDirectory() as folder:
        # A copy, so that only our modules lack byte code.
        sources = Path(folder) / "python"
        shutil.copytree(SHARED / "python", sources, ignore=shutil.ignore_patterns("__pycache__"))
        cases: dict[str, Callable[[], float]] = {
            BARE: process([packages], "pass"),
            USUAL: process(installed, _CLIENT),
            SAME: process([packages], _CLIENT),
            POWERTOOLS: process(installed, _STACK),
            READY: process(shipped, ready),
            TRACED: process(shipped, ready, **traced),
            WITHOUT_BYTE_CODE: process([packages, str(sources), HANDLERS], _WRITE_NONE + ready),
            **{name: process(shipped, program) for name, program in routes.items()},
        }
        for case in cases.values():
            case()  # the first run writes the byte code of pip's packages
        samples = alternate(cases, rounds)
        own = {
            USUAL: cpu(installed, _CLIENT),
            SAME: cpu([packages], _CLIENT),
            READY: cpu(shipped, ready),
            TRACED: cpu(shipped, ready, **traced),
        }
        own_samples = alternate(own, own_rounds)
        imports = [import_times(shipped, ready) for _ in range(own_rounds)]
    return {
        "machine": machine(),
        "unit": "milliseconds of wall time",
        "rounds": rounds,
        "target": TARGET,
        "base": USUAL,
        "cases": summary(samples, USUAL),
        "own": {
            "rounds": own_rounds,
            "unit": "milliseconds of CPU time, without Python's own start",
            "load": machine()["load"],
            "cases": summary(own_samples, USUAL),
            "imports": spread([sum(each.values()) / 1_000 for each in imports], 1),
        },
        "loaded": loaded(imports),
        "samples": samples,
    }


def shipped_folders() -> list[str]:
    """Return the module search path of a function: packages, our layer, the handlers."""
    return [str(vendor_layer("local") / "python"), str(shared_layer("local") / "python"), HANDLERS]


def process(paths: list[str], program: str, **more: str) -> Callable[[], float]:
    """Return a function that runs a program with only these folders on its path and returns the milliseconds.

    `more` are variables of the function's environment.
    """
    whole = f"import sys; sys.path[:0] = {paths!r}; {program}"

    def run() -> float:
        started = time.perf_counter()
        # -S leaves out the packages installed here; the environment has no AWS credentials.
        subprocess.run([sys.executable, "-S", "-c", whole], env={**ENVIRONMENT, **more}, check=True)
        return (time.perf_counter() - started) * 1_000

    return run


def cpu(paths: list[str], program: str, **more: str) -> Callable[[], float]:
    """Return a function that returns the CPU milliseconds of this program in a new process, after Python has started.

    Other processes affect CPU time much less than wall time. `more` are variables of the function's environment.
    """
    timed = f"import time; started = time.process_time(); {program}; print(time.process_time() - started)"
    whole = f"import sys; sys.path[:0] = {paths!r}; {timed}"

    def run() -> float:
        words = [sys.executable, "-S", "-c", whole]
        done = subprocess.run(words, env={**ENVIRONMENT, **more}, check=True, capture_output=True, text=True)
        return float(done.stdout) * 1_000

    return run


def modules_of(handler: str, **more: str) -> frozenset[str]:
    """Return every module that a handler (`payments.get_payment`) loads, with only the layer's packages.

    `more` are variables of the function's environment.
    """
    program = f"import sys; sys.path[:0] = {shipped_folders()!r}; import {handler}; print(*sys.modules)"
    done = subprocess.run(
        [sys.executable, "-S", "-c", program], env={**ENVIRONMENT, **more}, check=True, capture_output=True, text=True
    )
    return frozenset(done.stdout.split())


def loaded(runs: list[dict[str, int]]) -> dict[str, Mapping[str, Any]]:
    """Return, by package that authorize loads, its modules, their own milliseconds, and the modules that never run.

    `runs` has the microseconds of each module in each run; the median is used.
    """
    loading_us = {name: statistics.median(run.get(name, 0) for run in runs) for name in runs[0]}
    done = subprocess.run([sys.executable, "-c", _IDLE], cwd=ROOT, check=True, capture_output=True, text=True)
    ran = set(json.loads(done.stdout))
    found: dict[str, dict[str, Any]] = {}
    for name, us in loading_us.items():
        package = name.partition(".")[0]
        if package in sys.stdlib_module_names:
            package = "Python's own"
        entry = found.setdefault(package, {"modules": 0, "ms": 0.0, "idle_modules": 0, "idle_ms": 0.0, "idle": []})
        entry["modules"] += 1
        entry["ms"] = round(entry["ms"] + us / 1_000, 2)
        if name not in ran:
            entry["idle_modules"] += 1
            entry["idle_ms"] = round(entry["idle_ms"] + us / 1_000, 2)
            entry["idle"].append((us, name))
    for entry in found.values():
        entry["idle"] = [name for _, name in sorted(entry["idle"], reverse=True)[:5]]
    return dict(sorted(found.items(), key=lambda item: -item[1]["ms"]))


def import_times(paths: list[str], program: str) -> dict[str, int]:
    """Return the microseconds that each module takes to load, without the modules it imports."""
    whole = f"import sys; sys.path[:0] = {paths!r}; {program}"
    done = subprocess.run(
        [sys.executable, "-S", "-X", "importtime", "-c", whole],
        env=dict(ENVIRONMENT),
        check=True,
        capture_output=True,
        text=True,
    )
    rows = [line.removeprefix("import time:").split("|") for line in done.stderr.splitlines()[1:]]
    return {name.strip(): int(own) for own, _, name in rows if own.strip().isdigit()}


if __name__ == "__main__":
    command("cold_import", measure, __doc__)
