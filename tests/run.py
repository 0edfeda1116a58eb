"""Runs every check of the project and says how each part went; `make test` and `make soak` call it.

    python -m tests.run [--soak] [all] [PART …]        no PART: every part

There are two tiers. The fast one leaves out the tests marked `full`; `all` runs every test and measures coverage.
Parts run in two lanes side by side and do not stop each other. The output of a part comes whole, when it ends (as it
comes, if it is the only one). Needs nothing of the caller's environment but PATH, and no network of its own.
The last line is for machines: `N passed, N failed`, pytest's own counts added up.
"""

from __future__ import annotations

import argparse
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from xml.etree import ElementTree

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable

# CI has two cores. The end-to-end tests wait for the engine half of the time, so beside them a part may use both.
LANES = 2
WORKERS = 2
ALL = "all"
EVERY_TEST = "not soak"
FAST = "not soak and not full"
# pytest's report of each part's last run: how long each test took, for whoever looks for the slow ones.
REPORTS = ROOT / ".cache/reports"
# How much longer a test may take in the full tier: it is traced there, which doubles its time, and has more cases.
FULL_PATIENCE = 4
# How long a part may clean up after itself when the run is stopped; the engine needs up to 5 s to save its state.
GRACE_S = 15
LEFTOVER_GRACE_S = 3

PYTEST_COLLECTED_NOTHING = 5

# The caller's settings that would change what is tested. What pip needs to reach its index (for the layer) stays.
FOREIGN = (
    "AWS_", "CDK_", "COLUMNS", "COV_", "COVERAGE_", "FORCE_COLOR", "LINES", "MAKE", "MFLAGS", "NODE_OPTIONS",
    "NO_COLOR", "PAYSANDBOX_", "POWERTOOLS_", "PYTEST_", "PYTHON", "PY_COLORS", "VIRTUAL_ENV",
)  # fmt: skip


@dataclass(frozen=True)
class Part:
    """One row of the table. `commands` run in order, all of them; a part with a folder is pytest over it."""

    name: str
    commands: tuple[tuple[str, ...], ...] = ()
    folder: Path | None = None
    measured: bool = False
    spread: bool = False  # over processes; only where a test shares nothing with the others
    timeout_s: int = 60

    def has_tests(self) -> bool:
        return self.folder is not None and any(self.folder.rglob("test_*.py"))


def program(name: str, *words: str) -> tuple[str, ...]:
    return (str(BIN / name), *words)


PARTS = (
    Part(
        "lint",
        (
            program("ruff", "check", "--quiet", "--output-format=concise", "."),
            program("ruff", "format", "--quiet", "--diff", "."),
        ),
    ),
    Part("types", ((str(ROOT / "node_modules/.bin/pyright"),),)),
    Part("walls", ((PYTHON, "-m", "tests.walls"),)),
    # Of tests/scan.py what asks no registry; `make scan` is all of it.
    Part("secrets", ((PYTHON, "-m", "tests.scan", "--offline"),)),
    Part("unit", folder=ROOT / "tests/unit", measured=True, spread=True),
    Part("infra", folder=ROOT / "tests/infra", spread=True),
    Part("integration", folder=ROOT / "tests/integration", measured=True, spread=True),
    # A fixture deploys here, so one test's time may hold a deployment.
    Part("e2e", folder=ROOT / "tests/e2e", timeout_s=300),
)
# The longest first, in a lane of its own as long as it takes; then what fails fastest. Short ones fill the end.
START_ORDER = ("e2e", "lint", "walls", "secrets", "unit", "integration", "types", "infra")


@dataclass(frozen=True)
class Outcome:
    """How a part went. Counts are pytest's; a part without tests has none."""

    name: str
    result: str  # passed, failed, or why it was left out
    seconds: float = 0.0
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    detail: str = ""

    @property
    def ok(self) -> bool:
        return self.result != "failed"


@dataclass
class Run:
    """What the lanes share: the children that are alive, and one voice."""

    soak: bool
    full: bool
    live: bool
    scratch: Path
    environment: dict[str, str]
    children: set[subprocess.Popen[bytes]] = field(default_factory=set)
    lock: threading.RLock = field(default_factory=threading.RLock)
    stopping: bool = False

    def say(self, text: str) -> None:
        with self.lock:
            print(text, flush=True)

    def call(self, command: Sequence[str], output: Path, **extra: str) -> tuple[int, bool]:
        """Run one command, with `extra` environment, to its end: exit code, and whether it left processes behind."""
        with self.lock:
            if self.stopping:
                return 1, False
            # A session of its own, so that everything it starts can be stopped with it.
            with output.open("ab") as sink:
                child = subprocess.Popen(
                    command, cwd=ROOT, env=self.environment | extra, start_new_session=True,
                    stdin=subprocess.DEVNULL,
                    stdout=None if self.live else sink, stderr=None if self.live else subprocess.STDOUT,
                )  # fmt: skip
            self.children.add(child)
        code = child.wait()
        left = end_leftovers(child.pid) if not self.stopping else False
        with self.lock:
            self.children.discard(child)
        return code, left

    def stop(self) -> None:
        """End every child: asked as by Ctrl-C first, so that fixtures can stop what they started."""
        with self.lock:
            self.stopping = True
            alive = list(self.children)
        for number, grace_s in ((signal.SIGINT, GRACE_S), (signal.SIGTERM, 2), (signal.SIGKILL, 2)):
            for child in alive:
                signal_group(child.pid, number)
            until = time.monotonic() + grace_s
            while time.monotonic() < until and any(child.poll() is None or members(child.pid) for child in alive):
                time.sleep(0.05)


def signal_group(group: int, number: signal.Signals) -> None:
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(group, number)


def members(group: int) -> list[int]:
    """The living processes of a group; dead ones that nobody collected do not count. Without /proc none is seen."""
    found: list[int] = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            # After the name, which may hold spaces and brackets: state, parent, group.
            state, _, its_group = stat.read_text(errors="replace").rpartition(")")[2].split()[:3]
            if int(its_group) == group and state not in "ZX":
                found.append(int(stat.parent.name))
    return found


def end_leftovers(group: int) -> bool:
    until = time.monotonic() + LEFTOVER_GRACE_S
    while members(group):
        if time.monotonic() > until:
            signal_group(group, signal.SIGKILL)
            return True
        time.sleep(0.05)
    return False


def clean_environment() -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(FOREIGN)}
    here = ",".join(filter(None, [kept.get("NO_PROXY") or kept.get("no_proxy"), "localhost", "127.0.0.1"]))
    return kept | {
        "PATH": os.pathsep.join([str(BIN), os.environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "NO_PROXY": here,
        "no_proxy": here,
        # Nobody's account: a test that forgot its fake must fail, not find the developer's credentials.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def run_part(part: Part, run: Run) -> Outcome:
    run.say(f"   {part.name} …")
    output = run.scratch / f"{part.name}.out"
    output.touch()
    started = time.monotonic()
    outcome = run_tests(part, run, output) if part.folder else run_check(part, run, output)
    outcome = Outcome(**{**vars(outcome), "seconds": time.monotonic() - started})
    with run.lock:
        title = f"── {part.name}: {outcome.result} in {outcome.seconds:.1f} s "
        print(f"\n{title:─<100}", flush=True)
        sys.stdout.write(output.read_text(errors="replace"))
        sys.stdout.flush()
    return outcome


def run_check(part: Part, run: Run, output: Path) -> Outcome:
    codes = [run.call(command, output)[0] for command in part.commands]
    return Outcome(part.name, "failed" if any(codes) else "passed")


def run_tests(part: Part, run: Run, output: Path) -> Outcome:
    if not part.has_tests():
        return Outcome(part.name, "no tests", detail="its folder has none")
    report = run.scratch / f"{part.name}.xml"
    code, left = run.call(pytest_command(part, run, report), output, **coverage_settings(part, run))
    keep_report(report)
    passed, failed, skipped = counts(report)
    if code == PYTEST_COLLECTED_NOTHING and run.soak:
        return Outcome(part.name, "no tests", detail="none is marked soak")
    troubles: list[str] = []
    if code == PYTEST_COLLECTED_NOTHING:
        troubles.append("no test was collected")
    elif code not in (0, 1):
        troubles.append(f"pytest ended with {code}")
    if left:
        troubles.append("it left processes behind; they were ended")
    good = code == 0 and failed == 0 and not troubles
    # What broke before or after its tests is a failure too, and must show in the count.
    failed = failed if good or failed else 1
    return Outcome(part.name, "passed" if good else "failed", 0, passed, failed, skipped, "; ".join(troubles))


def keep_report(report: Path) -> None:
    with suppress(OSError):
        REPORTS.mkdir(parents=True, exist_ok=True)
        shutil.copy(report, REPORTS)


def pytest_command(part: Part, run: Run, report: Path) -> list[str]:
    words = [PYTHON, "-m", "pytest", str(part.folder), "-q", "--tb=short", "--durations=5", "--durations-min=1"]
    words.append(f"--junitxml={report}")
    if run.soak:
        words += ["-m", "soak", "--timeout=3600"]
    else:
        patience_s = part.timeout_s * (FULL_PATIENCE if run.full else 1)
        words += ["-m", EVERY_TEST if run.full else FAST, f"--timeout={patience_s}"]
        words += ["-n", str(WORKERS), "--dist=worksteal"] if part.spread else []
    if part.measured and run.full:
        # Judged once, over all parts together.
        words += ["--cov", "--cov-report=", "--cov-fail-under=0"]
    if sys.stdout.isatty():
        words.append("--color=yes")
    return words


def coverage_settings(part: Part, run: Run) -> dict[str, str]:
    """A folder for each part, since pytest-cov combines every data file that lies beside its own."""
    folder = run.scratch / "coverage" / part.name
    folder.mkdir(parents=True, exist_ok=True)
    return {"COVERAGE_FILE": str(folder / ".coverage")}


def counts(report: Path) -> tuple[int, int, int]:
    """Passed, failed, skipped, from pytest's own report. Errors of fixtures and of collection are failures."""
    try:
        suites = ElementTree.parse(report).getroot().iter("testsuite")  # noqa: S314, pytest wrote it a second ago
    except (OSError, ElementTree.ParseError):
        return 0, 0, 0
    total = {"tests": 0, "failures": 0, "errors": 0, "skipped": 0}
    for suite in suites:
        for name in total:
            total[name] += int(suite.get(name, "0"))
    failed = total["failures"] + total["errors"]
    return total["tests"] - failed - total["skipped"], failed, total["skipped"]


def measure_coverage(run: Run, *, judged: bool) -> Outcome:
    files = [str(file) for file in (run.scratch / "coverage").glob("*/.coverage*")]
    if not files:
        return Outcome("coverage", "not measured")
    started = time.monotonic()
    output = run.scratch / "coverage.out"
    run.call([PYTHON, "-m", "coverage", "combine", "--quiet", *files], output)
    report = [PYTHON, "-m", "coverage", "report", *([] if judged else ["--fail-under=0"])]
    code, _ = run.call(report, output)
    run.say(f"\n{'── coverage ':─<100}\n{output.read_text(errors='replace').rstrip()}")
    result = ("failed" if code else "passed") if judged else "shown"
    detail = "" if judged else "judged over all parts only"
    return Outcome("coverage", result, time.monotonic() - started, detail=detail)


def table(outcomes: Sequence[Outcome]) -> str:
    rows = [("part", "result", "seconds", "tests")]
    for outcome in outcomes:
        tests = f"{outcome.passed} passed, {outcome.failed} failed" if outcome.passed or outcome.failed else ""
        tests += f", {outcome.skipped} skipped" if outcome.skipped else ""
        seconds = f"{outcome.seconds:.1f}" if outcome.seconds else ""
        rows.append((outcome.name, outcome.result, seconds, "; ".join(filter(None, [tests, outcome.detail]))))
    lines = (f"{name:<12} | {result:<12} | {seconds:>7} | {rest}" for name, result, seconds, rest in rows)
    return "\n".join(line.rstrip(" |") for line in lines)


def choose(names: Sequence[str], *, soak: bool) -> list[Part]:
    chosen = [part for part in PARTS if (part.name in names if names else True)]
    return [part for part in chosen if part.folder] if soak else chosen


def run_all(parts: Sequence[Part], run: Run, *, whole: bool) -> list[Outcome]:
    with ThreadPoolExecutor(max_workers=LANES) as lanes:
        queue = sorted(parts, key=lambda part: START_ORDER.index(part.name))
        futures = {part.name: lanes.submit(run_part, part, run) for part in queue}
        try:
            outcomes = [futures[part.name].result() for part in parts]
        except BaseException:
            lanes.shutdown(wait=False, cancel_futures=True)
            run.stop()
            raise
    if any(part.measured for part in parts) and run.full:
        outcomes.append(measure_coverage(run, judged=whole))
    return outcomes


class Stopped(BaseException):
    """Someone wants this run to end: Ctrl-C, a closed terminal, a CI that ran out of time."""


def listen_for_stop() -> None:
    def stop(number: int, frame: FrameType | None) -> None:
        # Once is enough: a second signal would interrupt the cleaning up.
        for other in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(other, signal.SIG_IGN)
        raise Stopped(number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.run", description="Run the checks of the project.")
    names = ", ".join(part.name for part in PARTS)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{names}; `{ALL}` beside them: every test of them")
    parser.add_argument("--soak", action="store_true", help="only the tests that are marked soak")
    arguments = parser.parse_args()
    chosen = [name for name in arguments.parts if name != ALL]
    unknown = set(chosen) - {part.name for part in PARTS}
    if unknown:
        parser.error(f"no such part: {', '.join(sorted(unknown))}; there are {names}, and `{ALL}`")
    parts = choose(chosen, soak=arguments.soak)
    full = len(chosen) < len(arguments.parts) and not arguments.soak
    listen_for_stop()
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="paysandbox-tests-") as scratch:
        run = Run(arguments.soak, full, len(parts) == 1, Path(scratch), clean_environment())
        try:
            outcomes = run_all(parts, run, whole=not chosen)
        except Stopped as stopped:
            run.say("\nStopped; what the parts had started was ended.")
            return 128 + stopped.args[0]
    return conclude(outcomes, time.monotonic() - started)


def conclude(outcomes: Sequence[Outcome], seconds: float) -> int:
    passed = sum(outcome.passed for outcome in outcomes)
    failed = sum(outcome.failed for outcome in outcomes)
    skipped = sum(outcome.skipped for outcome in outcomes)
    print(f"\n{table(outcomes)}\n\nall of it: {seconds:.1f} s")
    tests_were_due = any(part.folder for part in PARTS if part.name in {outcome.name for outcome in outcomes})
    nothing_ran = tests_were_due and passed + failed == 0
    if nothing_ran:
        print("No test ran, and a run without tests proves nothing: this counts as failed.")
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""), flush=True)
    return 0 if all(outcome.ok for outcome in outcomes) and not nothing_ran else 1


if __name__ == "__main__":
    sys.exit(main())
