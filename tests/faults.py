"""Puts faults into the code, one at a time, and counts those that no test finds.

    python -m tests.faults [FAULT …]          refund_ignores_pending, …; no FAULT: all of them. `make faults`
    python -m tests.faults --all-tests [FAULT …]        with every test of a tier, which takes hours; all must pass
                                                        without a fault

A fault is a patch in `faults`: a fix reverted, or a mistake that somebody could make. The lines above its diff are its
header: `Kind`, `Loss` (what a user or operator would lose), `Tests` (files and folders that may find it), and `Fix` if
it reverts one (short hash and subject). Each fault is put into a copy of the tree. The fast tier's tests run first, and
all of them if none of those fails. The run fails if a fault is not found, or if its patch does not apply.

Two faults are tried at a time. It takes minutes on two cores, so it is in no tier.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

from tests.support.tools.tiers import TIERS

ROOT: Final = Path(__file__).resolve().parent.parent
FAULTS: Final = ROOT / "tests/faults"
KINDS: Final = (
    "money", "idempotency", "tenancy", "webhooks", "settlement", "disbursements", "disputes", "donations", "wall",
    "templates", "stripe", "log", "cli", "engine",
)  # fmt: skip

AT_ONCE: Final = 2
MAX_SECONDS: Final = 900
"""For the tests of one tier. A fault that makes them take longer is found."""
MAX_SECONDS_OF_ALL: Final = 7_200

# Installed or built, and read only.
LINKED: Final = (
    ".venv", ".venv-engine", "node_modules", "layers/vendor", "api_reference/.built", "lambdas/reference/.built",
    "layers/shared/python/paysandbox/stripe_api/catalog/operations.txt",
)  # fmt: skip
# Where the names of modules begin, in the order in which the editable install has them.
IMPORT_ROOTS: Final = (".", "layers/shared/python", "lambdas")

_HEADER: Final = re.compile(r"^(Kind|Loss|Tests|Fix): (.+)$", re.MULTILINE)
_running: Final = set[subprocess.Popen[str]]()
_stopped: Final = Event()
_FAILED: Final = re.compile(r"^(?:FAILED|ERROR) (.+?)(?: - .*)?$", re.MULTILINE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """A patch, and what its header says."""

    patch: Path
    kind: str
    loss: str
    tests: tuple[str, ...]
    fix: str | None = None

    @property
    def name(self) -> str:
        return self.patch.stem


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The test that found a fault, and its tier; without a test, nobody found it. `trouble`: nothing could be tried."""

    fault: Fault
    seconds: float
    tier: str = ""
    test: str | None = None
    trouble: str | None = None

    def __str__(self) -> str:
        told = f"{self.fault.name:<40} {self.fault.kind:<13}"
        if self.test is None:
            return f"{told} NOT FOUND   {self.seconds:>5.0f} s{f'  {self.trouble}' if self.trouble else ''}"
        return f"{told} found  {self.tier:<4} {self.seconds:>5.0f} s  {self.test}"


class HeaderInvalidError(ValueError):
    """A patch's header lacks a line, or has one that says nothing. The message names both."""


def fault_of(patch: Path) -> Fault:
    """Read a patch. Raises HeaderInvalidError."""
    header = dict(_HEADER.findall(patch.read_text().partition("\ndiff --git ")[0]))
    if missing := {"Kind", "Loss", "Tests"} - header.keys():
        raise HeaderInvalidError(f"{patch.name} has no line {', '.join(sorted(missing))} above its diff.")
    if header["Kind"] not in KINDS:
        raise HeaderInvalidError(f"{patch.name} has the kind {header['Kind']!r}; there are {', '.join(KINDS)}.")
    tests = tuple(header["Tests"].split())
    if absent := [one for one in tests if not (ROOT / one).exists()]:
        raise HeaderInvalidError(f"{patch.name} names tests that there are not: {', '.join(absent)}.")
    return Fault(patch=patch, kind=header["Kind"], loss=header["Loss"], tests=tests, fix=header.get("Fix"))


def all_patches() -> list[Path]:
    return sorted(FAULTS.glob("*.patch"))


@contextmanager
def tree_with(fault: Fault) -> Iterator[Path]:
    """Provide a copy of the tree, as it is now, with a fault in it. Raises CalledProcessError if it does not apply."""
    with tempfile.TemporaryDirectory(prefix="paysandbox-fault-", ignore_cleanup_errors=True) as folder:
        tree = Path(folder)
        # A repository of its own, since some tests ask git. It shares the objects of this one.
        _git("clone", "--quiet", "--shared", "--no-checkout", ROOT, tree)
        listed = _git("ls-files", "-z", "--cached", "--others", "--exclude-standard")
        for file in listed.split("\0"):
            if file and (ROOT / file).is_file():
                (tree / file).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / file, tree / file, follow_symlinks=False)
        for place in LINKED:
            if (ROOT / place).exists():
                (tree / place).parent.mkdir(parents=True, exist_ok=True)
                (tree / place).symlink_to(ROOT / place)
        # Git takes them for files, since .gitignore has them as folders.
        (tree / ".git/info/exclude").write_text("".join(f"/{place}\n" for place in LINKED))
        _git("reset", "--quiet", cwd=tree)
        _git("apply", fault.patch, cwd=tree)
        yield tree


def _git(*words: str | Path, cwd: Path = ROOT) -> str:
    return subprocess.run(["git", *words], cwd=cwd, text=True, capture_output=True, check=True).stdout


def try_fault(fault: Fault, *, all_tests: bool) -> Result:
    """Run the tests of one tier after the other in a tree with the fault, until one fails."""
    started = time.monotonic()
    # Of a tree with a fault, the patches of other faults are not the question, and that of this one is applied.
    tests = ("tests", "--ignore=tests/project/suite/test_faults.py") if all_tests else fault.tests
    try:
        with tree_with(fault) as tree:
            for tier, expression in (("fast", TIERS["fast"]), ("full", TIERS["all"])):
                code, output = _run(tree, tests, expression, MAX_SECONDS_OF_ALL if all_tests else MAX_SECONDS)
                spent = time.monotonic() - started
                if code is None:
                    return Result(fault=fault, seconds=spent, tier=tier, test="(the tests took too long)")
                if found := _FAILED.search(output):
                    return Result(fault=fault, seconds=spent, tier=tier, test=found[1])
                if code not in (0, 5):  # 5: all of these tests are of the other tier
                    last = output.strip().splitlines()[-1:] or ["nothing"]
                    return Result(fault=fault, seconds=spent, trouble=f"pytest ended with {code}: {last[0]}")
    except subprocess.CalledProcessError as error:
        trouble = f"the patch does not apply: {error.stderr.strip()}"
        return Result(fault=fault, seconds=time.monotonic() - started, trouble=trouble)
    return Result(fault=fault, seconds=time.monotonic() - started)


def _run(tree: Path, tests: Sequence[str], expression: str, seconds: int) -> tuple[int | None, str]:
    """Run tests in a tree. Returns how pytest ended (None: it was ended, since it took too long), and its output."""
    if _stopped.is_set():
        return None, ""
    # Before the editable install, whose modules are those of this tree.
    found_first = os.pathsep.join(str(tree / root) for root in IMPORT_ROOTS)
    # By a signal, a test that takes too long fails by its name; the thread would end pytest without one.
    words = ["-x", "-q", "--tb=no", "-rfE", "-p", "no:cacheprovider", "--timeout-method=signal", "-m", expression]
    pytest = subprocess.Popen(
        [sys.executable, "-m", "pytest", *words, *tests],
        cwd=tree, env=os.environ | {"PYTHONPATH": found_first, "COLUMNS": "1000"}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, start_new_session=True,
    )  # fmt: skip
    _running.add(pytest)
    try:
        output, _ = pytest.communicate(timeout=seconds)
    except subprocess.TimeoutExpired:
        _end(pytest)
        pytest.communicate()
        return None, ""
    finally:
        _running.discard(pytest)
    return pytest.returncode, output


def _end(pytest: subprocess.Popen[str]) -> None:
    """End pytest as Ctrl-C does, so that its fixtures end what they started, and then what is left of its group."""
    with suppress(ProcessLookupError):
        os.killpg(pytest.pid, signal.SIGTERM)
        with suppress(subprocess.TimeoutExpired):
            pytest.wait(timeout=30)
        os.killpg(pytest.pid, signal.SIGKILL)


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description="Put faults in, run the tests.")
    parser.add_argument("faults", nargs="*", metavar="FAULT", help="name of a patch in tests/faults; none: all of them")
    parser.add_argument("--all-tests", action="store_true", help="run every test of a tier, not those in the header")
    options = parser.parse_args()
    patches = {patch.stem: patch for patch in all_patches()}
    if unknown := set(options.faults) - patches.keys():
        parser.error(f"no such fault: {', '.join(sorted(unknown))}; there are {', '.join(patches)}")
    faults = [fault_of(patches[name]) for name in options.faults or patches]
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"Trying {len(faults)} faults, {AT_ONCE} at a time …", flush=True)
    missed: list[Result] = []
    with ThreadPoolExecutor(AT_ONCE) as threads:
        trials = [threads.submit(try_fault, fault, all_tests=options.all_tests) for fault in faults]
        try:
            for number, trial in enumerate(as_completed(trials), start=1):
                result = trial.result()
                missed += [result] if result.test is None else []
                print(f"{number:>3}/{len(faults)}  {result}", flush=True)
        except KeyboardInterrupt:
            threads.shutdown(wait=False, cancel_futures=True)
            _stopped.set()
            for pytest in [*_running]:
                _end(pytest)
            return 130
    for one in missed:
        print(f"\nNo test finds {one.fault.name}, and with it: {one.fault.loss}")
    print(f"\n{len(faults) - len(missed)} of {len(faults)} faults were found.")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
