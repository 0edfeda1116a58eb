"""Changes the rules of money and of saved cards, one small change at a time, and counts those that make no test fail.

    python -m tests.mutants [MODULE …]        fees, settlement, …; no MODULE: all of them. `make mutants`

A changed rule that no test notices has survived. It is mended by a test, or stands in mutants.toml with the reason why
no test can notice it. The run fails if fewer than 95 % of the changes are noticed, if a survivor has no reason there,
and if a reason there is of a change that a test does notice.

The changes are mutmut's, in a copy of the layer; the tests are the domain's, which need no AWS. It takes minutes on two
cores, so it is in no tier.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).resolve().parent.parent
LAYER: Final = ROOT / "layers/shared/python/paysandbox"
SURVIVORS: Final = ROOT / "tests/mutants.toml"
WORKSPACE: Final = ROOT / ".cache/mutants"
MUTMUT: Final = Path(sys.executable).parent / "mutmut"

MODULES: Final = (
    "core.amount_text",
    "core.currency",
    "core.guard",
    "payments.accounting",
    "payments.bank.amount_triggers",
    "payments.change",
    "payments.connect.fee_refunded",
    "payments.connect.rules",
    "payments.connect.share_moved",
    "payments.connect.shares",
    "payments.connect.transfer_reversed",
    "payments.connect.transferred",
    "payments.disputes.step",
    "payments.operations.authentication",
    "payments.operations.authorization",
    "payments.operations.authorization_pending",
    "payments.operations.capture",
    "payments.operations.capture_failed",
    "payments.operations.challenge_requested",
    "payments.operations.dispute_decided",
    "payments.operations.dispute_escalated",
    "payments.operations.dispute_opened",
    "payments.operations.dispute_withdrawn",
    "payments.operations.evidence_submitted",
    "payments.operations.expiry",
    "payments.operations.fraud_warning",
    "payments.operations.intent_created",
    "payments.operations.intent_updated",
    "payments.operations.notes_updated",
    "payments.operations.presentment_delayed",
    "payments.operations.refund",
    "payments.operations.refund_updated",
    "payments.operations.reversal",
    "payments.operations.settlement",
    "payments.operations.void",
    "payments.payment",
    "payments.refusals",
    "payments.rules.authorization",
    "payments.rules.capture",
    "payments.rules.expiry",
    "payments.rules.refund",
    "payments.rules.void",
    "settlement.business_day",
    "settlement.close",
    "settlement.fees",
    "settlement.reports.reconciliation",
    "settlement.reports.report",
    "settlement.settlement",
    "stripe_api.objects.future_usage",
    "stripe_api.objects.stored_method",
    "stripe_api.payment_methods.refusals",
    "stripe_api.setup_intents.rules",
)
TESTED_IN: Final = ("core", "payments", "settlement")
ALSO_TESTED_BY: Final = (
    "stripe_api/test_intent.py",
    "stripe_api/test_dispute_objects.py",
    "stripe_api/test_saved_card_rules.py",
    "stripe_api/test_setup_intent_rules.py",
    "stripe_api/test_stripe_objects.py",
)
"""Files of other features that decide about payments without a table."""
RENDERING: Final = frozenset({"answered", "authentication", "bank_response", "own_facts", "view", "view_after"})
"""Methods of operations that say what an answer or an event shows. Tests of the routes, which need tables, compare
whole answers and events; here their changes are not counted."""
ON_TABLES: Final = {"handlers", "workers"}
"""The folders within them whose tests need tables."""
READ_BY_TESTS: Final = ("docs/explanation",)
"""Pages whose examples the tests compare with the rules."""
NOTICED: Final = 0.95

# How pytest ended under a change: it failed, broke, or took much longer than without (a loop without end).
KILLED: Final = {1, 3, -24, 24, 36, 152, 255}
SURVIVED: Final = 0
NO_TEST: Final = {5, 33}

SETTINGS: Final = """
[tool.mutmut]
source_paths = ["src"]
only_mutate = {modules}
also_copy = {read}
pytest_add_cli_args = ["-p", "no:cacheprovider"]
pytest_add_cli_args_test_selection = {tests}
use_git_change_detection = false

[tool.pytest.ini_options]
markers = ["soak", "full", "e2e"]
addopts = ["--import-mode=importlib", "-m", "not soak", "-p", "no:schemathesis", "-p", "no:locust"]
pythonpath = ["."]
"""


@dataclass(frozen=True, slots=True)
class Survivor:
    """A change that no test noticed: the lines that differ, each with its sign."""

    function: str
    change: tuple[str, ...]
    tested: bool = True

    def __str__(self) -> str:
        lines = "".join(f"\n    {line}" for line in self.change)
        return f"{self.function}{'' if self.tested else ' (no test calls it)'}{lines}"


def prepare(modules: Iterable[str]) -> None:
    """Copy the layer, the tests and what they read, and write mutmut's settings."""
    shutil.rmtree(WORKSPACE, ignore_errors=True)
    skipped = shutil.ignore_patterns("__pycache__")
    shutil.copytree(LAYER, WORKSPACE / "src" / LAYER.name, ignore=skipped)
    for folder in ("tests", *READ_BY_TESTS):
        shutil.copytree(ROOT / folder, WORKSPACE / folder, ignore=skipped)
    paths = [f"src/{LAYER.name}/{module.replace('.', '/')}.py" for module in modules]
    (WORKSPACE / "pyproject.toml").write_text(
        SETTINGS.format(modules=json.dumps(paths), read=json.dumps(READ_BY_TESTS), tests=json.dumps(tests_of_rules()))
    )


def tests_of_rules() -> list[str]:
    """The files of tests that need no table: a change is tried by hundreds of tests, and moto takes its time."""
    files = [file for feature in TESTED_IN for file in sorted((ROOT / "tests" / feature).rglob("test_*.py"))]
    files += [ROOT / "tests" / name for name in ALSO_TESTED_BY]
    files = [file for file in files if not ON_TABLES & {*file.relative_to(ROOT).parts}]
    table = re.compile(r"\btables\b|ledger: Ledger")
    return [str(file.relative_to(ROOT)) for file in files if not table.search(file.read_text())]


def run() -> None:
    """Every change, on all cores; mutmut shows how far it is on a terminal."""
    live = sys.stdout.isatty()
    with (WORKSPACE / "mutmut.log").open("wb") as log:
        done = subprocess.run(
            [MUTMUT, "run", "--max-children", str(os.cpu_count())], cwd=WORKSPACE, check=False,
            stdout=None if live else log, stderr=None if live else subprocess.STDOUT,
        )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"mutmut ended with {done.returncode}; what it said: {WORKSPACE / 'mutmut.log'}")


def outcomes(module: str) -> dict[str, int | None]:
    """How pytest ended, by change."""
    written = WORKSPACE / f"mutants/src/{LAYER.name}/{module.replace('.', '/')}.py.meta"
    found: dict[str, int | None] = json.loads(written.read_text())["exit_code_by_key"]
    return {name: code for name, code in found.items() if method_of(name) not in RENDERING}


def method_of(name: str) -> str:
    """The method that a change is in, or the function: mutmut's names end in `xǁRefundǁview__mutmut_7`."""
    return name.rpartition("__mutmut_")[0].rpartition("ǁ")[2]


def survivor(name: str, *, tested: bool) -> Survivor:
    """A change by the lines that differ: its number would be another after any edit of the function."""
    shown = subprocess.run([MUTMUT, "show", name], cwd=WORKSPACE, text=True, capture_output=True, check=True).stdout
    lines = [line for line in shown.splitlines() if line[:1] in {"-", "+"} and line[:3] not in {"---", "+++"}]
    module, _, mangled = name.removeprefix(f"{LAYER.name}.").rpartition(".")
    function = mangled.rpartition("__mutmut_")[0].removeprefix("x_").removeprefix("xǁ").replace("ǁ", ".")
    return Survivor(f"{module}.{function}", tuple(f"{line[0]} {line[1:].strip()}" for line in lines), tested)


def survivors(found: dict[str, int | None]) -> Iterator[Survivor]:
    for name, code in found.items():
        if code not in KILLED:
            if code != SURVIVED and code not in NO_TEST:
                raise SystemExit(f"{name} was not tried: mutmut says {code}")
            yield survivor(name, tested=code == SURVIVED)


def excused() -> dict[tuple[str, tuple[str, ...]], str]:
    """Why no test can notice a change: by function and lines."""
    listed = tomllib.loads(SURVIVORS.read_text())["survivor"] if SURVIVORS.exists() else []
    return {(one["function"], tuple(one["change"])): one["reason"] for one in listed}


def judge(modules: Sequence[str]) -> bool:
    """Print the table and whatever stands in the way; whether the rules are held."""
    alive: list[Survivor] = []
    total = killed = 0
    print(f"{'module':<20} {'changes':>8} {'noticed':>8}")
    for module in modules:
        found = outcomes(module)
        remaining = list(survivors(found))
        alive += remaining
        total += len(found)
        killed += len(found) - len(remaining)
        print(f"{module:<20} {len(found):>8} {len(found) - len(remaining):>8}")
    share = killed / total if total else 0.0
    print(f"{'all':<20} {total:>8} {killed:>8}   {share:.1%}, and {NOTICED:.0%} at least are wanted")

    reasons = excused()
    unexplained = [one for one in alive if (one.function, one.change) not in reasons]
    listed = Counter((one.function, one.change) for one in alive)
    noticed = [key for key in reasons if key not in listed and any(key[0].startswith(f"{one}.") for one in modules)]
    for one in unexplained:
        print(f"\nNo test notices this, and {SURVIVORS.name} gives no reason: {one}")
    for function, change in noticed:
        print(f"\nA test notices this now; take it out of {SURVIVORS.name}: {Survivor(function, change)}")
    print(f"\n{len(alive)} survived, {len(unexplained)} of them without a reason.")
    return share >= NOTICED and not unexplained and not noticed


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description="Change the rules, run their tests.")
    parser.add_argument("modules", nargs="*", metavar="MODULE", help=f"{', '.join(MODULES)}; none: all of them")
    modules = parser.parse_args().modules or list(MODULES)
    if unknown := set(modules) - set(MODULES):
        parser.error(f"no such module: {', '.join(sorted(unknown))}; there are {', '.join(MODULES)}")
    prepare(modules)
    print(f"Changing {', '.join(modules)} …", flush=True)
    run()
    return 0 if judge(modules) else 1


if __name__ == "__main__":
    sys.exit(main())
