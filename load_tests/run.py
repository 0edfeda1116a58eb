"""`make load`: a load test from nothing to a verdict, which leaves nothing behind but its report in .load/.

    python -m load_tests.run [--scenario NAME …] [--users N] [--seconds N] [--shape open --rate N] …

Against the sandbox that runs, or one of its own on a free port, which is stopped and removed again; with merchants of
its own on the `load` plan. With --env it takes an environment in AWS and keys that it has.
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

from cli.sandbox import engine
from cli.sandbox.state_dir import HOME_VARIABLE, ROOT, StateDir
from cli.sandbox.up_command import ended_by_signals
from cli.terminal.failure import Failure, tell
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
class Place:
    """The target of the load, and its API keys."""

    base_url: str
    api_keys: Sequence[str]


def main() -> int:
    """Run it. 0: all thresholds hold; 1: one does not; 2: it could not be run as asked."""
    asked = _parser().parse_args()
    try:
        with ended_by_signals():
            return _load(asked)
    except Failure as failure:
        tell(failure, as_json=False)
        return MISUSED
    except KeyboardInterrupt:
        print("Stopped; what was started for it was ended.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="make load", description="Load a sandbox and judge it.")
    add = parser.add_argument
    add("--scenario", action="append", choices=[*SCENARIOS, "all"], help="may be repeated; all of them unless said")
    add("--users", type=int, default=8, help="payers at work at once (8)")
    add("--seconds", type=float, default=20, help="how long is measured (20)")
    add("--warm-up", type=float, default=3, help="seconds before that, after a rehearsal; 0 leaves out both (3)")
    add("--shape", choices=["closed", "open"], default="closed", help="users who wait, or arrivals that do not")
    add("--rate", type=float, default=10, help="visits a second, in the open shape (10)")
    add("--merchants", type=int, default=3, help="merchants who are paid (3)")
    add("--thresholds", type=Path, default=ROOT / "load_tests" / "thresholds.toml", help="what must hold")
    add("--out", type=Path, default=ROOT / ".load", help="where the report goes (.load)")
    add("--env", default=LOCAL, help="an environment in AWS, which costs money: with --i-pay")
    add("--i-pay", action="store_true", help="it does, and is meant to")
    return parser


def _load(asked: argparse.Namespace) -> int:
    out = asked.out.absolute()
    with _in_aws(asked) if asked.env != LOCAL else _on_this_machine(asked.merchants) as place:
        # Before the first request rather than in Locust alone: here it is a sentence of its own.
        if why := refusal(place.base_url, environment=asked.env, paid_for=asked.i_pay):
            raise Failure(why)
        shutil.rmtree(out, ignore_errors=True)
        out.mkdir(parents=True)
        if asked.warm_up:
            print("A rehearsal, so that every function has started …", flush=True)
            _rehearse(asked, place, out / "rehearsal.log")
        print(f"{_words(asked)} against {place.base_url}: {asked.seconds:g} s …", flush=True)
        more = [
            "--run-time", f"{asked.warm_up + asked.seconds:g}s", "--warm-up", f"{asked.warm_up:g}",
            "--html", str(out / "report.html"), "--csv", str(out / "load"), "--verdict", str(out / "verdict.txt"),
        ]  # fmt: skip
        code = _locust(asked, place, more, out / "locust.log")
    verdict = out / "verdict.txt"
    if not verdict.exists():
        raise Failure(f"Locust ended with {code} and no verdict.", f"What it said: {out / 'locust.log'}")
    print(verdict.read_text(encoding="utf-8").rstrip())
    print(f"{'Every threshold holds' if code == 0 else 'FAILED'}. The report: {out / 'report.html'}")
    return code


def _rehearse(asked: argparse.Namespace, place: Place, log: Path) -> None:
    """Load it until visits no longer outlast their run.

    Cold starts take longer than any warm-up of a few seconds when a sandbox is new and its machine is busy, and a run
    ends only when its visits have. In AWS each rehearsal is paid for, so there is one.
    """
    for _ in range(REHEARSALS_MAX if asked.env == LOCAL else 1):
        began = time.monotonic()
        _locust(asked, place, ["--run-time", f"{REHEARSAL_S}s", "--read-back", "0"], log)
        if time.monotonic() - began < REHEARSAL_S + OVERTIME_S:
            return


def _words(asked: argparse.Namespace) -> str:
    shape = f"{asked.rate:g} arrivals a second" if asked.shape == "open" else f"{asked.users} users"
    return f"{shape}, {', '.join(_chosen(asked))}"


def _chosen(asked: argparse.Namespace) -> list[str]:
    return list(SCENARIOS) if "all" in (asked.scenario or ["all"]) else list(dict.fromkeys(asked.scenario))


def _locust(asked: argparse.Namespace, place: Place, more: Sequence[str], log: Path) -> int:
    words = [
        str(BIN / "locust"), "--locustfile", str(ROOT / "load_tests" / "locustfile.py"), "--headless", "--only-summary",
        "--host", place.base_url, "--users", str(asked.users), "--spawn-rate", str(asked.users),
        "--shape", asked.shape, "--rate", str(asked.rate), "--thresholds", str(asked.thresholds),
        "--env", asked.env, *(["--i-pay"] if asked.i_pay else []), *more,
        *(SCENARIOS[name] for name in _chosen(asked)),
    ]  # fmt: skip
    # The key is in the environment: any user of the machine can read a command line.
    env = os.environ | {"PAYSANDBOX_API_KEY": ",".join(place.api_keys)}
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
def _on_this_machine(merchants: int) -> Iterator[Place]:
    """The sandbox that runs, or one that lives as long as this. Its merchants' keys are revoked in any case."""
    home = StateDir.find()
    with _running(home) if engine.running(home) is not None else _own_sandbox() as found:
        keys: list[str] = []
        key_ids: list[str] = []
        try:
            for _ in range(merchants):
                made = _paysandbox(found, "keys", "create", "--merchant", f"load-{_random()}", "--plan", "load")
                keys.append(made["api_key"])
                key_ids.append(made["key_id"])
            yield Place(_paysandbox(found, "status")["base_url"], keys)
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
        print(f"No sandbox runs here; one for this test starts on port {port} …", flush=True)
        _paysandbox(home, "up", "--port", str(port))
        yield home
    finally:
        _call(home, "down")
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _in_aws(asked: argparse.Namespace) -> Iterator[Place]:
    """An environment's address, and keys on its `load` plan. None is made: that is for somebody to do on purpose."""
    found = _paysandbox(None, "status", "--env", asked.env)
    keys = [entry["api_key"] for entry in found["merchants"] if entry["plan"] == "load"]
    if not keys:
        raise Failure(
            f"{asked.env} has no key on the load plan.",
            f"Make one: paysandbox keys create --merchant load --plan load --env {asked.env}",
        )
    yield Place(found["base_url"], keys[: asked.merchants])


def _paysandbox(home: Path | None, *words: str) -> dict[str, Any]:
    """Return the output of a command run with --json."""
    done = _call(home, *words, "--json")
    try:
        said = json.loads(done.stdout)
    except ValueError:
        said = {}
    if done.returncode != 0 or not isinstance(said, dict):
        why = said.get("error") if isinstance(said, dict) else None
        raise Failure(why or f"`paysandbox {words[0]}` ended with {done.returncode}: {done.stderr.strip()[-500:]}")
    return said


def _call(home: Path | None, *words: str) -> subprocess.CompletedProcess[str]:
    env = os.environ if home is None else os.environ | {HOME_VARIABLE: str(home)}
    return subprocess.run([str(BIN / "paysandbox"), *words], env=env, text=True, capture_output=True, check=False)


def _random() -> str:
    return secrets.token_hex(4)


if __name__ == "__main__":
    raise SystemExit(main())
