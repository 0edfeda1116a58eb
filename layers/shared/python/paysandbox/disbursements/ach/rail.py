"""ACH as a rail: a disbursement is an entry of a file, which is frozen at the cut-off of its window.

An entry is in at most one file. Which files it may be in follows from the time of its first request, so that a repeated
request looks through the same ones, in the same order. It joins the first one that takes it, and goes on to the next
only if a file is frozen, or full, without it: then it can never be in that one.

Importing this module loads `cryptography`, so only functions that send payouts import it.
"""

from collections.abc import Callable
from datetime import datetime
from typing import Final

from botocore.exceptions import BotoCoreError, ClientError

from paysandbox.aws import runtime
from paysandbox.aws.settings import AchSettings
from paysandbox.core.record import record, replace
from paysandbox.customers.tables import customers
from paysandbox.disbursements.ach.acknowledgement import read_acknowledgement
from paysandbox.disbursements.ach.answer_files import read_returns
from paysandbox.disbursements.ach.credit_file import MAX_AMOUNT, SANDBOX, Originator, trace_numbers
from paysandbox.disbursements.ach.customer_accounts import CustomerAccounts
from paysandbox.disbursements.ach.destination import Destinations, wrong_part
from paysandbox.disbursements.ach.file_name import MAX_PARTS, OUT, FileName, read_file_name
from paysandbox.disbursements.ach.files import READ, BucketFiles, Files
from paysandbox.disbursements.ach.outcome_rules import Received, outcome
from paysandbox.disbursements.ach.record_layouts import UnreadableFileError
from paysandbox.disbursements.ach.sealed_destination import seal_destination
from paysandbox.disbursements.ach.simulated_bank import Kind
from paysandbox.disbursements.ach.window_items import (
    Collected,
    MalformedAnswerError,
    collect,
    find_collection,
    freeze,
    last_closed,
)
from paysandbox.disbursements.ach.windows import (
    FEDACH_CUTOFFS,
    Cutoffs,
    Window,
    cutoff_of,
    read_cutoffs,
    windows_after,
)
from paysandbox.disbursements.disbursement import Disbursement
from paysandbox.disbursements.rail import ProviderUpdate, Unknown
from paysandbox.disbursements.steps import Step
from paysandbox.disbursements.store import tables
from paysandbox.disbursements.store.disbursements_table import DisbursementsTable

ACH: Final = "ach"

_CURRENCY: Final = "USD"
_BUSY: Final = frozenset({"ThrottlingException", "ProvisionedThroughputExceededException", "SlowDown", "503"})
_BUSY_FOR_S: Final = 60
_FEDACH: Final = read_cutoffs(FEDACH_CUTOFFS)


@record(kw_only=True)
class AchRail:
    """The originator's account at its bank. `clock` returns the sandbox's time (UTC)."""

    table: DisbursementsTable
    files: Files
    destinations: Destinations
    originator: Originator
    cutoffs: Cutoffs
    clock: Callable[[], datetime]

    @property
    def name(self) -> str:
        """`ach`."""
        return ACH

    def send(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Let an entry join the next file, or find the file that it has joined before.

        A refusal is final only if it answers the first request.
        """
        return _answered(lambda: self._send(disbursement))

    def ask(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Read what the bank has said of the entry."""
        return _answered(lambda: self._ask(disbursement))

    def cancel(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        """Ask the bank to cancel an unclaimed entry. If it is not unclaimed any more, its status is returned."""
        return _answered(lambda: self._cancel(disbursement))

    def _send(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        entry = self._entry(disbursement)
        refused = entry if isinstance(entry, str) else None
        if refused is not None and disbursement.attempts <= 1:
            return ProviderUpdate(step=Step.FAIL, code=refused)
        name = self._joined(disbursement, None if isinstance(entry, str) else entry)
        return Unknown(reason=f"refused_later: {refused}") if name is None else ProviderUpdate(reference=str(name))

    def _entry(self, disbursement: Disbursement) -> Collected | str:
        """Return the entry of a disbursement, or the code with which it is refused."""
        if disbursement.currency != _CURRENCY:
            return "CURRENCY_NOT_SUPPORTED"
        if disbursement.amount > MAX_AMOUNT:
            return "AMOUNT_TOO_LARGE"
        destination = self.destinations.find(disbursement)
        if destination is None:
            return "NO_BANK_ACCOUNT"
        if wrong_part(destination) is not None:
            return "BANK_ACCOUNT_INVALID"
        return Collected(
            id=disbursement.batch_id,
            amount=disbursement.amount,
            merchant=disbursement.merchant,
            customer_id=disbursement.customer_id,
            disbursement_id=disbursement.id,
            sealed=seal_destination(destination, disbursement.batch_id),
        )

    def _joined(self, disbursement: Disbursement, entry: Collected | None) -> FileName | None:
        """Return the file that an entry is in, after it joined one.

        Without an entry, it only looks for it, and returns None if it is in no file yet.
        """
        since = disbursement.sent_at or disbursement.created_at
        closed: str | None = None
        # By FedACH's own cut-offs, so that the same windows follow after a setting was changed.
        for window in windows_after(since, disbursement.amount, _FEDACH):
            if closed is not None and window.name <= closed:
                continue
            # Those of a holiday are frozen too: it may be one by this version's calendar only.
            is_open = window.collects and self.clock() < cutoff_of(window, self.cutoffs)
            name, goes_on = self._searched(window, disbursement.batch_id, entry, is_open=is_open)
            if not goes_on:
                return name
            if is_open and closed is None and disbursement.attempts <= 1:
                # It was closed before the clock was set back, and so were others, which a first request is in none of.
                closed = last_closed(self.table) or ""
        raise AssertionError("there is always another window")

    def _searched(
        self, window: Window, entry_id: str, entry: Collected | None, *, is_open: bool
    ) -> tuple[FileName | None, bool]:
        """Return the file of a window that an entry is in, after it joined one of an open window.

        The second value says whether it is in none of them, and never can be.
        """
        for part in range(1, MAX_PARTS + 1):
            name = FileName(day=window.day, window=window.number, part=part)
            if not is_open:
                # Nothing may join it, also not by a request that is still under way.
                found = freeze(self.table, name, self.clock())
            elif entry is None:
                found = find_collection(self.table, name)
            else:
                found = collect(self.table, name, entry)
                if found is None:
                    return name, False
            if found is not None and entry_id in found.entries:
                return name, False
            if found is None or not (found.frozen_at or found.is_full):
                return None, False
            if not found.is_full:
                break
        return None, True

    def _ask(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        reference = disbursement.reference or ""
        try:
            name = read_file_name(reference)
        except ValueError:
            return Unknown(reason="no_such_file")
        found = find_collection(self.table, name)
        if found is None or disbursement.batch_id not in found.entries:
            return Unknown(reason="not_in_the_file")
        if found.frozen_at is None:
            return ProviderUpdate(reference=reference)
        trace = trace_numbers(name, found.entries, self.originator)[disbursement.batch_id]
        update = outcome(self._received(name), reference, trace)
        if update.step is Step.UNCLAIM and self.files.get(_cancel_key(name, trace)) is not None:
            return replace(update, step=Step.RETURN)
        return update

    def _cancel(self, disbursement: Disbursement) -> ProviderUpdate | Unknown:
        update = self._ask(disbursement)
        if isinstance(update, Unknown) or update.step is not Step.UNCLAIM or update.item_reference is None:
            return update
        # The bank keeps what is unclaimed until it is asked for it, and has no answer to that.
        name = read_file_name(disbursement.reference or "")
        self.files.put(_cancel_key(name, update.item_reference), disbursement.batch_id)
        return replace(update, step=Step.CANCEL)

    def _received(self, name: FileName) -> Received:
        """Return what was read of the bank's answers to a file."""
        keys = self.files.keys(f"{READ}{name}.")
        return Received(
            acknowledgements=tuple(
                read_acknowledgement(self.files.get(key) or "") for key in keys if key.endswith(Kind.ACKNOWLEDGEMENT)
            ),
            returns=tuple(
                answer
                for key in keys
                if key.endswith(Kind.RETURNS)
                for answer in read_returns(self.files.get(key) or "").answers
            ),
        )


def rail() -> AchRail:
    """Return the rail that this function's settings name."""
    return AchRail(
        table=tables.disbursements(),
        files=BucketFiles(),
        destinations=CustomerAccounts(table=customers, clock=runtime.now),
        originator=SANDBOX,
        cutoffs=read_cutoffs(runtime.settings_of(AchSettings).ach_cutoffs),
        clock=runtime.now,
    )


def _cancel_key(name: FileName, trace: str) -> str:
    return f"{OUT}{name}.{trace}.cancel"


def _answered(request: Callable[[], ProviderUpdate | Unknown]) -> ProviderUpdate | Unknown:
    """Return the answer to a request, or that there was none that could be read."""
    try:
        return request()
    except ClientError as error:
        code = str(error.response.get("Error", {}).get("Code", ""))
        return Unknown(reason=f"aws: {code}", retry_after_s=_BUSY_FOR_S if code in _BUSY else None)
    except BotoCoreError as error:
        return Unknown(reason=f"aws: {type(error).__name__}")
    except MalformedAnswerError:
        return Unknown(reason="malformed_answer")
    except UnreadableFileError as error:
        return Unknown(reason=f"unreadable: {error}")
