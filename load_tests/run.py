"""`make load`: run a load test and judge it. Only the report in .load/ remains afterwards.

    python -m load_tests.run [--scenario NAME …] [--users N] [--seconds N] [--shape open --rate N] …

Uses the running sandbox, or starts a temporary one on a free port. Creates its own merchants on the `load` plan and
revokes their keys afterwards. With --env it uses an environment in AWS and that environment's existing keys.
"""

import argparse
import json
import os
import secrets
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, Final

from cli.deploy.installation import ROOT
from cli.sandbox import engine
from cli.state.state_dir import HOME_VARIABLE, StateDir
from cli.terminal.failure import Failure, print_failure
from cli.up.up_command import ended_by_signals
from load_tests.guard import refusal

BIN: Final = Path(sys.executable).parent
LOCAL: Final = "local"
MISUSED: Final = 2
REHEARSAL_S: Final = 3
OVERTIME_S: Final = 4
REHEARSALS_MAX: Final = 4
CHILD_PATIENCE_S: Final = 20

SCENARIOS: Final = {
    "checkout": "Checkout",
    "retry_storm": "RetryStorm",
    "declines": "Declines",
    "hot_card": "HotCard",
    "hot_merchant": "HotMerchant",
}


@dataclass(frozen=True)
class Target:
    """The target of the load, and its API keys."""

    base_url: str
    api_keys: Sequence[str]


def main() -> int:
    """Return the exit code. 0: all thresholds were met; 1: one was not; 2: the test could not run as requested."""
    arguments = _parser().parse_args()
    try:
        with ended_by_signals():
            return _load(arguments)
    except Failure as failure:
        print_failure(failure, as_json=False)
        return MISUSED
    except KeyboardInterrupt:
        print("Stopped. Everything started for the test was shut down.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make load", description="Run a load test against a sandbox.")
    add = parser.add_argument
    add("--scenario", action="append", choices=[*SCENARIOS, "all"], help="repeatable (all)")
    add("--users", type=int, default=8, help="concurrent payers (8)")
    add("--seconds", type=float, default=20, help="duration of the measurement (20)")
    add("--warm-up", type=float, default=3, help="seconds after the rehearsal that are not measured; 0 skips both (3)")
    add(
        "--shape",
        choices=["closed", "open"],
        default="closed",
        help="users that wait for responses, or a fixed arrival rate",
    )
    add("--rate", type=float, default=10, help="visits per second, open shape only (10)")
    add("--merchants", type=int, default=3, help="number of merchants (3)")
    add("--thresholds", type=Path, default=ROOT / "load_tests" / "thresholds.toml", help="file of thresholds")
    add("--out", type=Path, default=ROOT / ".load", help="folder of the report (.load)")
    add("--env", default=LOCAL, help="an environment in AWS; requires --i-pay")
    add("--i-pay", action="store_true", help="accept the AWS charges of the run")
    return parser


def _load(arguments: argparse.Namespace) -> int:
    out = arguments.out.absolute()
    with _in_aws(arguments) if arguments.env != LOCAL else _on_this_machine(arguments.merchants) as target:
        # Locust checks this as well; failing here gives a message of its own.
        if why := refusal(target.base_url, environment=arguments.env, paid_for=arguments.i_pay):
            raise Failure(why)
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        if arguments.warm_up:
            print("Starting every function (rehearsal) …", flush=True)
            _rehearse(arguments, target, out / "rehearsal.log")
        print(f"{_describe(arguments)} against {target.base_url}: {arguments.seconds:g} s …", flush=True)
        more = [
            "--run-time", f"{arguments.warm_up + arguments.seconds:g}s", "--warm-up", f"{arguments.warm_up:g}",
            "--html", str(out / "report.html"), "--csv", str(out / "load"), "--verdict", str(out / "verdict.txt"),
        ]  # fmt: skip
        code = _locust(arguments, target, more, out / "locust.log")
    verdict = out / "verdict.txt"
    if not verdict.exists():
        raise Failure(f"Locust exited with {code} without a verdict.", f"Its output is in {out / 'locust.log'}.")
    print(verdict.read_text(encoding="utf-8").rstrip())
    print(f"{'All thresholds met' if code == 0 else 'FAILED'}. Report: {out / 'report.html'}")
    return code


def _rehearse(arguments: argparse.Namespace, target: Target, log: Path) -> None:
    """Send load until visits end soon after their run.

    On a new sandbox and a busy machine, cold starts outlast any warm-up of a few seconds, and a run ends only when its
    visits have ended. In AWS every rehearsal costs money, so there is only one.
    """
    for _ in range(REHEARSALS_MAX if arguments.env == LOCAL else 1):
        began = time.monotonic()
        _locust(arguments, target, ["--run-time", f"{REHEARSAL_S}s", "--read-back", "0"], log)
        if time.monotonic() - began < REHEARSAL_S + OVERTIME_S:
            return


def _describe(arguments: argparse.Namespace) -> str:
    shape = f"{arguments.rate:g} arrivals a second" if arguments.shape == "open" else f"{arguments.users} users"
    return f"{shape}, {', '.join(_selected(arguments))}"


def _selected(arguments: argparse.Namespace) -> list[str]:
    return list(SCENARIOS) if "all" in (arguments.scenario or ["all"]) else list(dict.fromkeys(arguments.scenario))


def _locust(arguments: argparse.Namespace, target: Target, more: Sequence[str], log: Path) -> int:
    words = [
        str(BIN / "locust"), "--locustfile", str(ROOT / "load_tests" / "locustfile.py"), "--headless", "--only-summary",
        "--host", target.base_url, "--users", str(arguments.users), "--spawn-rate", str(arguments.users),
        "--shape", arguments.shape, "--rate", str(arguments.rate), "--thresholds", str(arguments.thresholds),
        "--env", arguments.env, *(["--i-pay"] if arguments.i_pay else []), *more,
        *(SCENARIOS[name] for name in _selected(arguments)),
    ]  # fmt: skip
    # The keys are passed in the environment, because command lines are visible to all users of a machine.
    env = os.environ | {"PAYSANDBOX_API_KEY": ",".join(target.api_keys)}
    with log.open("wb") as sink:
        child = subprocess.Popen(words, env=env, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=sink, stderr=sink)
        try:
            return child.wait()
        finally:
            if child.poll() is None:
                child.terminate()
                try:
                    child.wait(CHILD_PATIENCE_S)
                except subprocess.TimeoutExpired:
                    child.kill()
                    child.wait()


@contextmanager
def _on_this_machine(merchants: int) -> Iterator[Target]:
    """The running sandbox, or a temporary one. The keys of the test's merchants are revoked in either case."""
    home = StateDir.find()
    with _running(home) if engine.running(home) is not None else _own_sandbox() as found:
        keys: list[str] = []
        key_ids: list[str] = []
        try:
            for _ in range(merchants):
                made = _paysandbox(found, "keys", "create", "--merchant", f"load-{_random()}", "--plan", "load")
                keys.append(made["api_key"])
                key_ids.append(made["key_id"])
            yield Target(_paysandbox(found, "status")["base_url"], keys)
        finally:
            for key_id in key_ids:
                _paysandbox(found, "keys", "revoke", key_id)


@contextmanager
def _running(home: StateDir) -> Iterator[Path]:
    yield home.path


@contextmanager
def _own_sandbox() -> Iterator[Path]:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    folder = Path(mkdtemp(prefix="paysandbox-load-"))
    home = folder / "sandbox"
    try:
        print(f"No sandbox is running. Starting a temporary one on port {port} …", flush=True)
        _paysandbox(home, "up", "--port", str(port))
        yield home
    finally:
        _call(home, "down")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _in_aws(arguments: argparse.Namespace) -> Iterator[Target]:
    """An environment's address and its keys on the `load` plan. Creating keys there is left to its owner."""
    found = _paysandbox(None, "status", "--env", arguments.env)
    keys = [entry["api_key"] for entry in found["merchants"] if entry["plan"] == "load"]
    if not keys:
        raise Failure(
            f"{arguments.env} has no key on the load plan.",
            f"Create one: paysandbox keys create --merchant load --plan load --env {arguments.env}",
        )
    yield Target(found["base_url"], keys[: arguments.merchants])


def _paysandbox(home: Path | None, *words: str) -> dict[str, Any]:
    """Return the output of a command run with --json."""
    done = _call(home, *words, "--json")
    try:
        output = json.loads(done.stdout)
    except ValueError:
        output = {}
    if done.returncode != 0 or not isinstance(output, dict):
        why = output.get("error") if isinstance(output, dict) else None
        raise Failure(why or f"`paysandbox {words[0]}` exited with {done.returncode}: {done.stderr.strip()[-500:]}")
    return output


def _call(home: Path | None, *words: str) -> subprocess.CompletedProcess[str]:
    env = os.environ if home is None else os.environ | {HOME_VARIABLE: str(home)}
    return subprocess.run([str(BIN / "paysandbox"), *words], env=env, text=True, capture_output=True, check=False)


def _random() -> str:
    return secrets.token_hex(4)


if __name__ == "__main__":
    raise SystemExit(main())
