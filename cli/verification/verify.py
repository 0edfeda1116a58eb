"""`paysandbox verify`: end-to-end checks against a deployed environment, over the API."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, Annotated, Final

import typer

from cli.terminal.failure import Failure
from cli.terminal.options import AsJson, Environment
from cli.terminal.output import print_json_text, print_note, runnable

if TYPE_CHECKING:
    import httpx
    from rich.table import Table

    from cli.connection.keys import MerchantKey
    from cli.connection.target import Target
    from cli.donations.donor_pool import DonorPool
    from cli.terminal.steps import Steps
    from cli.verification.checks import Finding, Place, Suite, Visit
    from cli.verification.report import Report

_CARD_VALID_YEARS: Final = 3
_LABEL_WIDTH: Final = 11

app = typer.Typer()

EXAMPLES = """[bold]Examples[/bold]
  paysandbox verify                          check the sandbox on this machine
  paysandbox verify --env dev --report v.md  check a deployment in AWS and write a report
  paysandbox verify --env dev --json         print JSON for a CI pipeline
  paysandbox verify --env dev --strict       fail if a check could not run

[bold]Exit codes[/bold]
  0  no check failed; some may not have run
  1  a check failed, or with --strict did not run, or the run could not start
  2  invalid usage
"""


class _Unlike(Exception):  # noqa: N818 - marks a chapter as failed and is caught
    """Marks a chapter with a failed check."""


@dataclass
class _Made:
    """The API key and the donor that a suite creates. `texts` are secrets that must not appear in a report."""

    target: Target
    merchant: str
    email: str
    key: MerchantKey | None = None
    pool: DonorPool | None = None
    texts: list[str] = field(default_factory=list[str], repr=False)

    def make_key(self) -> str:
        from cli.connection.keys import Plan, create_key

        self.key = create_key(self.target, self.merchant, Plan.SANDBOX)
        self.texts.append(self.key.api_key)
        return self.key.api_key

    def revoke_key(self) -> None:
        from cli.connection.keys import revoke_own_key

        if self.key is not None:
            revoke_own_key(self.target, self.key.key_id)
            self.key = None

    def sign_in(self) -> str:
        from cli.donations.donor_pool import DonorPool

        self.pool = DonorPool.of(self.target)
        donor = self.pool.create(self.email, "Vera Verify")
        token = self.pool.token(donor.email, donor.password)
        self.texts += [token, donor.password]
        return token

    def clean_up(self) -> None:
        """Delete the key and the donor. A failure prints what is left, and does not affect the report."""
        if self.key is not None:
            revoke = f"paysandbox keys revoke {self.key.key_id} --env {self.target.environment}"
            left = f"An API key is left. Revoke it: {revoke}"
            _or_warn(self.revoke_key, left)
        if self.pool is not None:
            left = f"A donor is left in user pool {self.pool.pool_id}: {self.email}"
            _or_warn(partial(self.pool.remove, self.email), left)


def _or_warn(end: Callable[[], None], left: str) -> None:
    from cli.terminal.failure import from_exception

    try:
        end()
    except Exception as error:
        if from_exception(error) is None:
            raise
        print_note(left)


@app.command(epilog=EXAMPLES)
def verify(
    env: Environment = "local",
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            dir_okay=False,
            help="Write a report of every check to this file: Markdown, or JSON with --json.",
        ),
    ] = None,
    strict: Annotated[bool, typer.Option("--strict", help="Exit with 1 if a check did not run.")] = False,
    as_json: AsJson = False,
) -> None:
    """Run end-to-end checks against a deployed sandbox and report every failure.

    The checks create three merchants with an API key each, a donor, a customer
    and some payments. The keys and the donor are deleted at the end. A complete
    donation and disbursements are made on a local sandbox only. In AWS, checks that
    need Stripe's secrets or PayPal's credentials do not run until they are set.
    """
    from cli.connection.target import resolve
    from cli.sandbox.state_dir import StateDir
    from cli.terminal.console import asides
    from cli.terminal.steps import steps_on
    from cli.verification.payment_checks import suites_of

    _writable(report)
    target = resolve(env, StateDir.find())
    suites = suites_of(target)
    with steps_on(asides(), [name for suite in suites for name in suite.chapters]) as steps:
        done = verified(target, suites, steps, strict=strict)
    if report is not None:
        report.write_text(done.as_json() + "\n" if as_json else done.as_markdown(), encoding="utf-8")
    if as_json:
        print_json_text(done.as_json())
    else:
        _print(done, report)
    if not done.passed:
        raise typer.Exit(1)


def verified(target: Target, suites: Sequence[Suite], steps: Steps, *, strict: bool = False) -> Report:
    """Run the suites in parallel, with each chapter as a step. Keys are revoked even if the run is interrupted."""
    from cli.connection.api import client_of
    from cli.verification.report import Report

    at, started = datetime.now(UTC), time.monotonic()
    with client_of(target.base_url) as http, _side_by_side(len(suites)) as (pool, stop):
        place = _place(target, at)
        futures = [pool.submit(_tried, suite, target, http, place, stop, steps) for suite in suites]
        for future in as_completed(futures):
            future.result()  # an error in one suite ends the others
        tried = [future.result() for future in futures]
    health = next((visit.kept["health"].body for visit, _ in tried if "health" in visit.kept), {})
    return Report(
        environment=target.environment,
        base_url=target.base_url,
        version=health.get("version"),
        at=at,
        took_s=time.monotonic() - started,
        findings=[finding for visit, _ in tried for finding in visit.findings],
        secrets=[text for _, texts in tried for text in texts],
        strict=strict,
    )


@contextmanager
def _side_by_side(threads: int) -> Iterator[tuple[ThreadPoolExecutor, Event]]:
    """Yield a thread pool, and an event that is set to stop its threads when the block raises an exception."""
    stop = Event()
    with ThreadPoolExecutor(threads) as pool:
        try:
            yield pool, stop
        except BaseException:
            stop.set()
            raise


def _place(target: Target, at: datetime) -> Place:
    from cli.connection.keys import find_key
    from cli.verification.checks import Place
    from paysandbox.donations.donation import MERCHANT

    return Place(
        run_id=secrets.token_hex(5),
        environment=target.environment,
        stripe_base_url=target.outputs("v1")["StripeApiBase"].rstrip("/"),
        stripe_account=f"Bearer {find_key(target, MERCHANT).api_key}" if target.is_local else "",
        expiry_year=at.year + _CARD_VALID_YEARS,
        dashboard_url="" if target.is_local else _dashboard_url(target),
    )


def _dashboard_url(target: Target) -> str:
    """Return the URL of the dashboard, or "" for an environment without one (docs/how-to/deploy.md, "Regions")."""
    try:
        return target.outputs("dashboard")["DashboardUrl"]
    except Failure:
        return ""


def _tried(
    suite: Suite, target: Target, http: httpx.Client, place: Place, stop: Event, steps: Steps
) -> tuple[Visit, list[str]]:
    """Run a suite, and delete the key and the donor that it created."""
    from paysandbox.core.errors import Code

    merchant = f"verify-{place.run_id}-{suite.name}"
    made = _Made(target, merchant, f"{merchant}@donate-now.example")
    # On a local sandbox, `up` configures Stripe and PayPal.
    codes = () if target.is_local else (Code.STRIPE_NOT_CONFIGURED, Code.PAYPAL_NOT_CONFIGURED)
    unconfigured = frozenset(map(str, codes))
    outside = (made.make_key, made.revoke_key, made.sign_in)
    visit = suite.visit(http, place, merchant, *outside, unconfigured, stop)
    try:
        for name, checks in suite.chapters.items():
            with suppress(_Unlike), steps.step(name) as step:
                visit.began = partial(step.say, passing=True)
                _report(step.result, visit.chapter(name, checks))
    finally:
        made.clean_up()
    return visit, made.texts


def _report(result: Callable[..., None], found: list[Finding]) -> None:
    """Set the chapter's result line. Raises _Unlike for a failed or skipped chapter."""
    from cli.terminal.text import counted
    from cli.verification.checks import Outcome

    tried = [finding for finding in found if finding.outcome is not Outcome.NOT_TRIED]
    failed = [finding for finding in found if finding.outcome is Outcome.FAILED]
    if not tried:
        result("not run")
        raise _Unlike
    slowest_ms = max(finding.took_ms for finding in tried)
    if failed:
        result(f"{len(tried) - len(failed)} of {counted(len(found), 'check')} passed")
        raise _Unlike
    left = f", {len(found) - len(tried)} not run" if len(tried) < len(found) else ""
    result(f"{counted(len(tried), 'check')} passed, slowest {slowest_ms:.0f} ms{left}")


def _writable(report: Path | None) -> None:
    """Raise Failure before the run if the report cannot be written."""
    if report is not None and not report.absolute().parent.is_dir():
        raise Failure(f"There is no folder {report.absolute().parent}.", "Create it, or choose another --report file.")


def _print(report: Report, file: Path | None) -> None:
    from cli.terminal.console import Text, answers
    from cli.terminal.text import counted
    from cli.verification.checks import Outcome

    console = answers()
    failed = [finding for finding in report.findings if finding.outcome is Outcome.FAILED]
    for finding in failed:
        console.print(Text.assemble(("✗ ", "bold red"), (f"{finding.chapter}: {finding.name}", "bold")))
        facts = {
            "difference": "; ".join(finding.differences),
            "expected": finding.expected,
            "actual": finding.seen,
            "request id": finding.request_id or "none",
        }
        shown = {name: report.shown(value) for name, value in facts.items()}
        if console.is_terminal:
            console.print(_hanging(shown), soft_wrap=False)
            continue
        for name, value in shown.items():
            console.print(Text(f"  {name:{_LABEL_WIDTH}}{value}"))
    for reason, count in report.not_tried.items():
        console.print(Text.assemble(("· ", "bold"), f"{counted(count, 'check')} {report.shown(reason)}"))
    style = "bold green" if report.passed else "bold red"
    console.print(Text(f"{report.summary}.", style=style))
    where = f"{report.environment} at {report.base_url}, version {report.version or 'unknown'}"
    console.print(Text(where, style="dim"))
    request_id = next((finding.request_id for finding in failed if finding.request_id), None)
    if request_id is not None:
        env = "" if report.environment == "local" else f" --env {report.environment}"
        console.print(Text(runnable(f"Function log: paysandbox logs --request {request_id}{env}"), style="dim"))
    if file is not None:
        console.print(Text(f"Report: {file}", style="dim"))


def _hanging(facts: Mapping[str, str]) -> Table:
    """Return a table of labels and values. A long value wraps in its own column."""
    from rich.table import Table

    from cli.terminal.console import Text

    table = Table.grid()
    table.add_column(width=_LABEL_WIDTH + 2)
    table.add_column(overflow="fold")
    for name, value in facts.items():
        table.add_row(Text(f"  {name}", style="dim"), Text(value))
    return table
