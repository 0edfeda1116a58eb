"""Every check of the project, as sessions of nox; `make test`, `make soak` and `make check` call it.

    python noxfile.py [all|soak] [PART …] [OPTION …]        no PART: every part
    --try-outages-again, --leave-out-unchanged, and of soak --minutes=N and --seed=N

There are two tiers. The fast one omits the tests marked `full`, and checks the types of what a change may concern
(tests/typecheck.py); `all` runs every test, those of handlers on moto's DynamoDB instead of ours, checks all types, and
measures the coverage of the tests that the fast one runs. The part `on_change` leaves out tests of packages that have
not changed (tests/on_change.py), unless it is named without `--leave-out-unchanged`. All parts of `all` together leave
out the tests that `make test` passed for the same commit within the last hour, if they do the same in both tiers
(tests/passed_before.py). `soak` runs the long tests: `--minutes=40` those that fit into that time, in an order that the
seed decides, which is printed. Two parts run concurrently and independently; the output of each is printed when it
ends. Of the caller's environment only PATH is needed, and no network. `all` needs the package registries: the packages
for tests are installed into environments of their own (tests/support/tools/node_package.py), and a browser if there is
none (tests/support/tools/chromium.py). The times of the parts are printed at the end. The last line is for machines: `N
passed, N failed`.
"""

import json
import os
import random
import shutil
import signal
import sys
import tempfile
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from xml.etree import ElementTree

import nox
import psutil

from tests.on_change import ON_CHANGE, left_out, record
from tests.outages import try_again
from tests.passed_before import commit, note, noted, ran
from tests.support.tools.tiers import TIERS

ROOT = Path(__file__).resolve().parent
# pytest's reports of the last run of each part, with the duration of each test.
REPORTS = ROOT / ".cache/reports"
# What the last full run of each measured part has covered, a folder each, for `combined_coverage`.
COVERED = ROOT / ".cache/coverage"
MEASURED = ("unit", "handlers")
# In the folder of a run, the tests that need not run again.
PASSED_BEFORE = "passed_before.json"
# Those that fail fastest come first. Then the longest, so that none runs alone at the end, and in the order in which a
# part whose processes often wait, for a browser or a sandbox, runs beside one that uses a core.
PARTS = ("lint", "walls", "secrets", "unit", "on_change", "handlers", "e2e", "infra", "types")
TESTS = ("e2e", "unit", "handlers", "infra", "on_change")
# The parts with long tests, and their share of the minutes: the second and third follow each other.
SOAK = {"e2e": 1, "unit": 0.5, "handlers": 0.5}
# Each feature has a folder with its rules and stores, and subfolders with its workers and handlers.
FEATURES = sorted(
    {test.relative_to(ROOT / "tests").parts[0] for test in ROOT.glob("tests/*/**/test_*.py")} - {"e2e", "infra"}
)
# Factor of the time limit in the full tier, where tracing doubles a fast test's time and the others take longer.
FULL_PATIENCE = 4
LEFTOVER_GRACE_S = 3
STOPPED = 130
AGAIN = "--try-outages-again"
LEAVE_OUT = "--leave-out-unchanged"

# Settings of the caller that would change the tests. Those that pip needs to reach its index (for the layer) are kept.
FOREIGN = (
    "AWS_", "CDK_", "COLUMNS", "COV_", "COVERAGE_", "FORCE_COLOR", "LINES", "MAKE", "MFLAGS", "NODE_OPTIONS", "NOX",
    "NO_COLOR", "PAYSANDBOX_", "POWERTOOLS_", "PYTEST_", "PYTHON", "PY_COLORS", "VIRTUAL_ENV",
)  # fmt: skip

nox.options.default_venv_backend = "none"
nox.options.allow_parallel = True


@nox.session
def lint(session: nox.Session) -> None:
    session.run("ruff", "check", "--quiet", "--output-format=concise", ".")
    session.run("ruff", "format", "--quiet", "--diff", ".")


@nox.session
def types(session: nox.Session) -> None:
    every_file = ["--all"] if "all" in session.posargs[:1] else []
    session.run("python", "-m", "tests.typecheck", *every_file)


@nox.session
def walls(session: nox.Session) -> None:
    session.run("python", "-m", "tests.walls")


@nox.session
def secrets(session: nox.Session) -> None:
    # The part of tests/scan.py that needs no registry; `make scan` runs all of it.
    session.run("python", "-m", "tests.scan", "--offline" if "all" in session.posargs[:1] else "--new")


@nox.session
def unit(session: nox.Session) -> None:
    """Tests of every feature that need no handler."""
    folders = [f"tests/{feature}" for feature in FEATURES]
    run_tests(session, *folders, "--ignore-glob=*/handlers", measured=True, spread=spread_in_full_tier(session))


@nox.session
def handlers(session: nox.Session) -> None:
    """Tests of every feature's handlers: on our own DynamoDB, in the full tier on moto's."""
    folders = sorted(map(str, Path("tests").glob("*/handlers")))
    run_tests(session, *folders, measured=True, spread=spread_in_full_tier(session), is_same_in_both_tiers=False)


def spread_in_full_tier(session: nox.Session) -> str:
    """Return how the tests of a measured part are spread over two processes: in the fast tier they run in one.

    A second process would collect every test again, and send the results of thousands to a third.
    """
    return "worksteal" if session.posargs[0] == "all" else ""


@nox.session
def infra(session: nox.Session) -> None:
    # In one process: a second one would synthesize every environment again. A fixture synthesizes, which can take more
    # than a minute on a busy machine.
    run_tests(session, "tests/infra", timeout_s=300)


@nox.session
def e2e(session: nox.Session) -> None:
    # In two processes with a sandbox each, which take the files in order: some move the clock, and settle for good what
    # others captured. A fixture deploys, so a test's time may include a deployment.
    run_tests(session, "tests/e2e", spread="loadfile", timeout_s=300)


@nox.session
def on_change(session: nox.Session) -> None:
    """Tests of what is installed elsewhere, except those that the caller leaves out."""
    # In two processes, since they often wait: for registries, for clients that send a request again, for browsers.
    _, *unchanged = session.posargs
    if files := [file for file in ON_CHANGE if file not in unchanged]:
        run_tests(session, *files, spread="loadfile", timeout_s=300, may_be_empty=True)


@nox.session(requires=MEASURED)
def coverage(session: nox.Session) -> None:
    """Check the coverage of all parts together: of the fast cases alone (tests/conftest.py), in total and by file."""
    check_coverage(session, *(Path(os.environ["TMPDIR"], part, "coverage") for part in MEASURED))


@nox.session
def combined_coverage(session: nox.Session) -> None:
    """Check the same with what earlier runs of the measured parts left, such as those of other jobs in CI."""
    check_coverage(session, *(COVERED / part for part in MEASURED))


def check_coverage(session: nox.Session, *folders: Path) -> None:
    """Check the coverage that these folders have together. Each must have some."""
    found = {folder: [str(file) for file in folder.glob(".coverage*")] for folder in folders}
    for folder in (folder for folder, files in found.items() if not files):
        session.error(f"There is no coverage in {folder}: run the part in the full tier first")
    figures = str(Path(os.environ["TMPDIR"], "coverage.json"))
    session.run("coverage", "combine", "--quiet", "--keep", *(file for files in found.values() for file in files))
    session.run("coverage", "json", "--quiet", "--fail-under=0", "-o", figures)
    session.run("python", "-m", "tests.coverage_by_file", figures)
    session.run("coverage", "report")


@nox.session
def nearest(session: nox.Session) -> None:
    """Run the tests affected by the changed files first."""
    run_pytest(session, "-m", "tests.check")


def run_tests(
    session: nox.Session,
    *where: str,
    measured: bool = False,
    spread: str = "",
    timeout_s: int = 60,
    may_be_empty: bool = False,
    is_same_in_both_tiers: bool = True,
) -> None:
    """Run the tests of some folders. `spread` over two processes is one of pytest-xdist's distributions.

    `may_be_empty` allows that the tier has no test there. `is_same_in_both_tiers` allows that those that passed before
    are left out.
    """
    tier, *settings = session.posargs
    # These have a part of their own.
    elsewhere = [f"--ignore={file}" for file in ON_CHANGE if file not in where]
    words = [*where, *elsewhere, "-q", "--tb=short", "--durations=5", "--durations-min=1", *of_tier(tier)]
    if tier == "soak":
        seed, minutes = settings
        words += ["-p", "tests.support.tools.soak", f"--soak-seed={seed}", "-p", "tests.support.tools.stop_after"]
        words += [f"--stop-after={60 * float(minutes) * SOAK[session.name]}", "--timeout=3600"]
        return run_pytest(session, "-m", "pytest", *words, success_codes=(0, 5))
    words.append(f"--timeout={timeout_s * (FULL_PATIENCE if tier == 'all' else 1)}")
    if spread:
        words += ["-n2", f"--dist={spread}", "--no-loadscope-reorder"]
    if measured and tier == "all":
        words += ["--cov", "--cov-report=", "--cov-fail-under=0"]
    passed = Path(os.environ["TMPDIR"], PASSED_BEFORE)
    if is_same_in_both_tiers and passed.exists():
        words.append(f"--passed-before={passed}")
        may_be_empty = True
    return run_pytest(session, "-m", "pytest", *words, success_codes=(0, 5) if may_be_empty else (0,))


def of_tier(tier: str) -> list[str]:
    """Return pytest's options that select the tests of a tier, and the DynamoDB that they run on."""
    return ["-m", TIERS[tier], *(["--dynamodb=moto"] if tier == "all" else [])]


def run_pytest(session: nox.Session, *words: str, success_codes: tuple[int, ...] = (0,)) -> None:
    """Run with a temporary folder of its own, which identifies the processes that the tests start."""
    scratch = Path(os.environ["TMPDIR"], session.name)
    # pytest-cov combines all data files in the same folder.
    (scratch / "coverage").mkdir(parents=True)
    env = {"TMPDIR": str(scratch), "COVERAGE_FILE": str(scratch / "coverage/.coverage")}
    report = f"--junitxml={scratch.parent / session.name}.xml"
    try:
        session.run("python", *words, report, env=env, success_codes=success_codes)
    finally:
        if end_processes(scratch):
            session.error("The tests left processes behind, which were ended.")


def end_processes(scratch: Path) -> bool:
    """End all processes whose TMPDIR is this folder, including sandboxes. Return whether there were any."""

    def is_ours(process: psutil.Process) -> bool:
        try:
            return Path(process.environ().get("TMPDIR", "/")).is_relative_to(scratch)
        except psutil.Error:
            return False

    _, left = psutil.wait_procs(filter(is_ours, psutil.process_iter()), timeout=LEFTOVER_GRACE_S)
    for process in left:
        with suppress(psutil.NoSuchProcess):
            process.kill()
    return bool(left)


def settle_environment(scratch: Path) -> None:
    """Return the caller's settings without those that would change the tests."""
    for name in [name for name in os.environ if name.startswith(FOREIGN)]:
        del os.environ[name]
    here = ",".join(filter(None, [os.environ.get("NO_PROXY") or os.environ.get("no_proxy"), "localhost", "127.0.0.1"]))
    os.environ |= {
        "PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]),
        "PYTHONUNBUFFERED": "1",
        "TMPDIR": str(scratch),
        "NO_PROXY": here,
        "no_proxy": here,
        # Invalid credentials: a test without its fake must fail instead of using the developer's account.
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def run_nox(parts: Sequence[str], tier: str, settings: Iterable[str], report: Path) -> int:
    """Run nox with two concurrent sessions. Return 0 if all passed. `report` gets the result of each.

    `settings` are those of the tier: the seed and the minutes of `soak`, or else the files that on_change leaves out.
    """
    # A CI time-out and a closed terminal are treated like Ctrl-C.
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)
    # A single session shows its output at once.
    lanes = ["--parallel=2"] if len(parts) > 1 else []
    sys.argv[1:] = [*lanes, f"--report={report}", "--sessions", *parts, "--", tier, *settings]
    try:
        nox.main()
    except SystemExit as ended:
        return int(ended.code or 0)
    return 0


def results_in(report: Path) -> dict[str, tuple[str, float]]:
    """Return the result of each part, and its seconds."""
    if not report.exists():  # nox did not begin
        return {}
    sessions = json.loads(report.read_text(encoding="utf-8"))["sessions"]
    return {session["name"]: (session["result"], session["duration"]) for session in sessions}


def try_outages_again(scratch: Path, report: Path, tier: str, settings: Iterable[str]) -> int:
    """Run failed tests once more if the machine may be at fault, then the parts that waited. Return 0 if all pass."""
    results = {part: result for part, (result, _) in results_in(report).items()}
    only_tests_failed = all(part in TESTS for part, result in results.items() if result == "failed")
    if not only_tests_failed or not try_again(scratch, *of_tier(tier)):
        return 1
    waiting = [part for part, result in results.items() if result not in ("success", "failed")]
    return run_nox(waiting, tier, settings, scratch / "waiting.json") if waiting else 0


def conclude(scratch: Path, code: int, *, tested: bool) -> int:
    """Store the reports and the coverage, and print the last line: the sums of pytest's counts."""
    for part in MEASURED:
        if any((covered := scratch / part / "coverage").glob(".coverage*")):
            shutil.rmtree(COVERED / part, ignore_errors=True)
            shutil.copytree(covered, COVERED / part)
    REPORTS.mkdir(parents=True, exist_ok=True)
    reports = [shutil.copy(report, REPORTS) for report in scratch.glob("*.xml")]
    cases = [case for report in reports for case in ElementTree.parse(report).iter("testcase")]  # noqa: S314, pytest's
    skipped = sum(case.find("skipped") is not None for case in cases)
    failed = sum(case.find("failure") is not None or case.find("error") is not None for case in cases)
    passed = len(cases) - failed - skipped
    if tested and not passed + failed:
        print("No test ran, and a run without tests proves nothing: this counts as failed.")
        code = 1
    if code:
        # Errors outside of the tests are failures too, and must be in the count.
        failed = failed or 1
    if code and any(scratch.iterdir()):
        print(f"What the tests left is in {scratch}")
    else:
        shutil.rmtree(scratch, ignore_errors=True)
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return code


def print_parts(report: Path, unchanged: Mapping[str, str]) -> None:
    """Print the result and the time of each part, and the files of tests that were left out."""
    for part, (result, seconds) in results_in(report).items():
        print(f"{part:<10} {result:<8} {seconds:6.0f} s")
    for test, reason in unchanged.items():
        print(f"left out   {test}: {reason}")


def take_note(tier: str, checkout: str, reports: Path) -> None:
    """Note that every part of a tier passed: of the fast one the tests, for the full one that follows it."""
    if tier == "all":
        record()
    elif tier == "fast" and checkout and checkout == commit():
        note(checkout, reports.glob("*.xml"))


def option(name: str, default: str) -> str:
    """Return the value of an option of the command line: `--seed=7`."""
    return next((word.partition("=")[2] for word in sys.argv if word.startswith(f"--{name}=")), default)


def main() -> int:
    tier = next((word for word in sys.argv[1:] if word in TIERS), "fast")
    chosen = [word for word in sys.argv[1:] if word not in TIERS and not word.startswith("--")]
    tries_again = AGAIN in sys.argv
    parts = chosen or [*(SOAK if tier == "soak" else PARTS), *(["coverage"] if tier == "all" else [])]
    unchanged = {} if "on_change" in chosen and LEAVE_OUT not in sys.argv else left_out()
    seed = option("seed", str(random.randrange(10**6)))
    settings = [seed, option("minutes", "inf")] if tier == "soak" else [*unchanged]
    scratch = Path(tempfile.mkdtemp(prefix="tests-"))
    report = scratch / "parts.json"
    settle_environment(scratch)
    checkout = commit()
    passed_before = noted(checkout) if tier == "all" and not chosen else []
    if passed_before:
        (scratch / PASSED_BEFORE).write_text(json.dumps(passed_before), encoding="utf-8")
    try:
        code = run_nox(parts, tier, settings, report)
        if tries_again and code not in (0, STOPPED):
            code = try_outages_again(scratch, report, tier, settings)
    finally:
        end_processes(scratch)
    if code == STOPPED:
        print("Stopped. Everything that the parts had started was ended.")
        shutil.rmtree(scratch, ignore_errors=True)
        return code
    print_parts(report, {} if "on_change" not in parts else unchanged)
    if tier == "soak":
        print(f"soak seed: {seed}")
    if passed_before:
        (scratch / PASSED_BEFORE).unlink()
        count = len({*passed_before} - {*ran(scratch.glob("*.xml"))})
        print(f"left out   {count} tests that `make test` passed for {checkout[:9]}, and that do the same here")
    if not chosen and not code:
        take_note(tier, checkout, scratch)
    return conclude(scratch, code, tested=any(part in TESTS for part in parts))


if __name__ == "__main__":
    sys.exit(main())
