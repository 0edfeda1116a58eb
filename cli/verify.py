"""`paysandbox verify`: a payment's life against a deployed environment, as a user would live it."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.failure import Failure
from cli.options import AsJson, Environment
from cli.output import print_json_text, print_note

if TYPE_CHECKING:
    from rich.table import Table

    from cli.donor_pool import DonorPool
    from cli.keys import MerchantKey
    from cli.steps import Steps
    from cli.target import Target
    from cli.verification import Chapter, Finding
    from cli.verification_report import Report

_CARD_VALID_YEARS: Final = 3
_LABEL_WIDTH: Final = 11

EXAMPLES = """[bold]Examples[/bold]
  paysandbox verify                          the sandbox on this machine
  paysandbox verify --env dev --report v.md  after a deployment to AWS
  paysandbox verify --env dev --json         for a pipeline
"""


class _Unlike(Exception):  # noqa: N818 - marks a chapter in the list, and goes no further
    """A chapter in which something was not as expected."""


@dataclass
class _KeyOfRun:
    """The one key that a run makes, and ends whatever happens."""

    target: Target
    merchant: str
    made: MerchantKey | None = None
    texts: list[str] = field(default_factory=list, repr=False)

    def make(self) -> str:
        from cli.keys import Plan, create_key

        self.made = create_key(self.target, self.merchant, Plan.SANDBOX)
        self.texts.append(self.made.api_key)
        return self.made.api_key

    def revoke(self) -> None:
        from cli.keys import revoke_key

        if self.made is not None:
            revoke_key(self.target, self.made.key_id)
            self.made = None

    def end(self) -> None:
        """Revoke what is left of it. That it cannot be is said, and does not hide what the run found."""
        from cli.failure import from_exception

        try:
            self.revoke()
        except Exception as error:
            if self.made is None or from_exception(error) is None:
                raise
            print_note(f"A key is left: paysandbox keys revoke {self.made.key_id} --env {self.target.environment}")


@dataclass
class _DonorOfRun:
    """The one donor that a run makes, who leaves whatever happens."""

    target: Target
    email: str
    pool: DonorPool | None = None
    texts: list[str] = field(default_factory=list, repr=False)

    def sign_in(self) -> str:
        from cli.donor_pool import DonorPool

        self.pool = DonorPool.of(self.target)
        donor = self.pool.create(self.email, "Vera Verify")
        token = self.pool.token(donor.email, donor.password)
        self.texts += [token, donor.password]
        return token

    def end(self) -> None:
        """Take the donor out of the pool. That it cannot be is said, and does not hide what the run found."""
        from cli.failure import from_exception

        if self.pool is None:
            return
        try:
            self.pool.remove(self.email)
        except Exception as error:
            if from_exception(error) is None:
                raise
            print_note(f"A donor is left in the pool {self.pool.pool_id}: {self.email}")


def verify(
    env: Environment = "local",
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            dir_okay=False,
            help="Write there what was expected and seen of each check: Markdown, or with --json JSON.",
        ),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Try a payment's life on a deployed sandbox, over the API like any user, and say what is not as promised.

    It makes a merchant with a key of its own, a donor, and some payments; key
    and donor are gone at the end. A whole donation is made on this machine
    only. Exit code 1 when something was not as expected.
    """
    from cli.home import Home
    from cli.promises import chapters_of
    from cli.screen import asides
    from cli.steps import steps_on
    from cli.target import resolve

    _writable(report)
    target = resolve(env, Home.find())
    chapters = chapters_of(target)
    with steps_on(asides(), [chapter.name for chapter in chapters]) as steps:
        done = verified(target, chapters, steps)
    if report is not None:
        report.write_text(done.as_json() + "\n" if as_json else done.as_markdown(), encoding="utf-8")
    if as_json:
        print_json_text(done.as_json())
    else:
        _print(done, report)
    if not done.passed:
        raise typer.Exit(1)


def verified(target: Target, chapters: tuple[Chapter, ...], steps: Steps) -> Report:
    """Try the chapters in order, each shown as a step. The key is revoked even where the run is cut short."""
    from cli.api import client_of
    from cli.keys import find_key
    from cli.verification import Verification
    from cli.verification_report import Report
    from paysandbox.domain.donation import MERCHANT

    at, started = datetime.now(UTC), time.monotonic()
    key = _KeyOfRun(target, f"verify-{secrets.token_hex(5)}")
    donor = _DonorOfRun(target, f"{key.merchant}@donate-now.example")
    findings: list[Finding] = []
    facts = {
        "environment": target.environment,
        "merchant": key.merchant,
        "expiry_year": at.year + _CARD_VALID_YEARS,
        "stripe_base_url": target.outputs("v1")["StripeApiBase"].rstrip("/"),
    }
    if target.is_local:
        facts["stripe_account"] = f"Bearer {find_key(target, MERCHANT).api_key}"
    try:
        with client_of(target.base_url) as http:
            run = Verification(http, facts, key.make, key.revoke, donor.sign_in)
            for chapter in chapters:
                with suppress(_Unlike), steps.step(chapter.name) as step:
                    found: list[Finding] = []
                    for finding in run.chapter(chapter, lambda check, step=step: step.say(check.name, passing=True)):
                        found.append(finding)
                        findings.append(finding)
                    _tell(step.result, found)
    finally:
        key.end()
        donor.end()
    health = run.kept.get("health")
    version = str(health.body["version"]) if health else None
    took_s = time.monotonic() - started
    return Report(target.environment, target.base_url, version, at, took_s, findings, (*key.texts, *donor.texts))


def _tell(result: Callable[..., None], found: list[Finding]) -> None:
    """The chapter in one line. Raises _Unlike, which marks it, where something was not as expected."""
    from cli.verification import Outcome
    from cli.words import counted

    tried = [finding for finding in found if finding.outcome is not Outcome.NOT_TRIED]
    failed = [finding for finding in found if finding.outcome is Outcome.FAILED]
    if not tried:
        result("not tried")
        raise _Unlike
    slowest_ms = max(finding.took_ms for finding in tried)
    if len(found) == len(tried) and not failed:
        result(f"{counted(len(found), 'check')}, the slowest took {slowest_ms:.0f} ms")
        return
    result(f"{len(tried) - len(failed)} of {counted(len(found), 'check')} as expected")
    raise _Unlike


def _writable(report: Path | None) -> None:
    """A report that cannot be written is told before a payment is made, not after."""
    if report is not None and not report.absolute().parent.is_dir():
        raise Failure(f"There is no folder {report.absolute().parent}.", "Make it, or name another --report.")


def _print(report: Report, file: Path | None) -> None:
    from cli.screen import Text, answers
    from cli.verification import Outcome

    console = answers()
    failed = [finding for finding in report.findings if finding.outcome is Outcome.FAILED]
    for finding in failed:
        console.print(Text.assemble(("✗ ", "bold red"), (f"{finding.chapter}: {finding.name}", "bold")))
        facts = {
            "wrong": "; ".join(finding.differences),
            "expected": finding.expected,
            "seen": finding.seen,
            "request id": finding.request_id or "none",
        }
        shown = {name: report.shown(value) for name, value in facts.items()}
        if console.is_terminal:
            console.print(_hanging(shown), soft_wrap=False)
            continue
        for name, value in shown.items():
            console.print(Text(f"  {name:{_LABEL_WIDTH}}{value}"))
    style = "bold green" if report.passed else "bold red"
    console.print(Text(f"{report.summary}.", style=style))
    where = f"{report.environment} at {report.base_url}, version {report.version or 'unknown'}"
    console.print(Text(where, style="dim"))
    request_id = next((finding.request_id for finding in failed if finding.request_id), None)
    if request_id is not None:
        env = "" if report.environment == "local" else f" --env {report.environment}"
        console.print(Text(f"What the function said: paysandbox logs --request {request_id}{env}", style="dim"))
    if file is not None:
        console.print(Text(f"The report is in {file}.", style="dim"))


def _hanging(facts: Mapping[str, str]) -> Table:
    """Facts of which a long one goes on under itself."""
    from rich.table import Table

    from cli.screen import Text

    table = Table.grid()
    table.add_column(width=_LABEL_WIDTH + 2)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(Text(f"  {name}", style="dim"), Text(value))
    return table
