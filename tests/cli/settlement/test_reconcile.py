"""`paysandbox settlements reconcile`: a report compared with its batch's entries in a deployed environment."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.core.cards.brand import Brand
from paysandbox.payments.ledger.store import put_payment
from paysandbox.payments.payment import LineKind
from paysandbox.settlement.batch import StoredBatch
from paysandbox.settlement.entries import entry_key
from paysandbox.settlement.settlement import Entry
from tests.support.builders import build
from tests.support.builders.reports import contents, csv_of
from tests.support.clients.program import paysandbox
from tests.support.worlds import settlement_night
from tests.support.worlds.deployed_account import Account, deployed

BATCH = "2026-11-16"
KEPT = settlement_night.kept(BATCH)
ENTRIES = [
    Entry(
        batch=BATCH,
        merchant="demo",
        currency="USD",
        operation_id=build.operation_id(prefix, number),
        payment_id=build.PAYMENT_ID,
        kind=kind,
        occurred_at=build.MONDAY,
        gross=gross,
        fee=fee,
        brand=Brand.VISA,
        last4="4242",
    )
    for prefix, kind, number, gross, fee in [
        ("cap", LineKind.CAPTURE, 1, 10_00, 59),
        ("ref", LineKind.REFUND, 2, -2_00, 0),
    ]
]
CAPTURE, REFUND = (entry.operation_id for entry in ENTRIES)


@pytest.fixture
def account() -> Iterator[Account]:
    with deployed("dev") as account:
        settlement_night.deploy(account)
        put(account, ENTRIES)
        yield account


def put(account: Account, entries: list[Entry], *, kept: StoredBatch = KEPT) -> None:
    settlement_night.put_entries(account, kept, entries)


def written(tmp_path: Path, entries: list[Entry], *, merchant: str = "demo", kept: StoredBatch = KEPT) -> str:
    file = tmp_path / "report.csv"
    file.write_bytes(csv_of(contents(kept.batch, merchant, entries)))
    return str(file)


def reconcile(*words: str):
    return paysandbox("settlements", "reconcile", *words, "--env", "dev")


def test_a_matching_report_exits_0(account: Account, tmp_path: Path) -> None:
    said = reconcile(written(tmp_path, ENTRIES), "--batch", BATCH)
    assert said.exit_code == 0
    assert said.stdout == "The report matches the ledger: batch 2026-11-16 of merchant demo, 2 matching lines.\n"


BREAKS = [
    (ENTRIES[:1], [("missing_in_file", REFUND, None)]),
    ([replace(ENTRIES[0], gross=9_99), ENTRIES[1]], [("amount_mismatch", CAPTURE, 1)]),
    ([replace(ENTRIES[0], fee=1), ENTRIES[1]], [("fee_mismatch", CAPTURE, 1)]),
    ([replace(ENTRIES[0], currency="EUR"), ENTRIES[1]], [("currency_mismatch", CAPTURE, 1)]),
    ([*ENTRIES, ENTRIES[1]], [("duplicate", REFUND, 3)]),
    ([replace(ENTRIES[0], late=True), ENTRIES[1]], [("late_presentment", CAPTURE, 1)]),
    (
        [*ENTRIES, replace(ENTRIES[0], operation_id=build.operation_id("cap", 9))],
        [("missing_in_ledger", build.operation_id("cap", 9), 2)],
    ),
]


@pytest.mark.full
@pytest.mark.parametrize("lines, breaks", BREAKS, ids=lambda value: value[0][0] if isinstance(value[0], tuple) else "")
def test_differences_exit_1_and_are_listed(
    lines: list[Entry], breaks: list[tuple[str, str, int | None]], account: Account, tmp_path: Path
) -> None:
    file = written(tmp_path, lines)
    said = reconcile(file, "--json")
    facts = json.loads(said.stdout)
    assert (said.exit_code, facts["sound"], facts["batch"], facts["merchant"]) == (1, False, BATCH, "demo")
    assert [(one["type"], one["key"], one["line_no"]) for one in facts["breaks"]] == breaks
    shown = reconcile(file)
    assert shown.exit_code == 1
    for kind, key, _ in breaks:
        assert f"✗ {kind:18}{key}" in shown.stdout
    assert "1 difference in batch 2026-11-16 of merchant demo" in shown.stdout


def test_a_line_of_another_batch_is_a_duplicate(account: Account, tmp_path: Path) -> None:
    """The payment records its batch."""
    payment = build.lived(10_00, captures=[4_00], payment_id=build.ANOTHER_PAYMENT_ID)
    (capture_id,) = payment.captures
    settled = build.settlement(build.Settled(capture_id, 7), batch="2026-11-15", payment_id=payment.id)
    put_payment(
        Ledger(account.client("dynamodb"), settlement_night.LEDGER, 90 * 86_400),
        replace(payment, operations=(*payment.operations, settled), version=payment.version + 1),
    )
    line = replace(ENTRIES[0], operation_id=capture_id, payment_id=payment.id)
    (found,) = json.loads(reconcile(written(tmp_path, [*ENTRIES, line]), "--json").stdout)["breaks"]
    assert (found["type"], found["detail"]) == ("duplicate", "already in batch 2026-11-15")


def test_an_edited_file_is_detected(account: Account, tmp_path: Path) -> None:
    file = Path(written(tmp_path, ENTRIES))
    file.write_text(file.read_text().replace(",4242,", ",4243,", 1))
    assert "total_mismatch" in reconcile(str(file)).stdout


@pytest.mark.parametrize("text, told", [
    ("", "It does not begin with the columns"),
    ("\xff\x00", "is not a settlement report"),
    ('{"batch": "2026-11-16"}', "is not a settlement report"),
])  # fmt: skip
def test_invalid_reports(text: str, told: str, account: Account, tmp_path: Path) -> None:
    file = tmp_path / "x.csv"
    file.write_bytes(text.encode("latin-1"))
    said = reconcile(str(file))
    assert (said.exit_code, said.stdout) == (1, "")
    assert told in said.words


def test_incomparable_reports(account: Account, tmp_path: Path) -> None:
    assert (
        "is the report of batch 2026-11-16, not 2026-11-17"
        in reconcile(written(tmp_path, []), "--batch", "2026-11-17").words
    )
    assert "has no entries for merchant 'globex'" in reconcile(written(tmp_path, [], merchant="globex")).words
    assert reconcile(str(tmp_path / "none.csv")).exit_code == 2


@pytest.mark.parametrize("purged", [ENTRIES[:1], ENTRIES])
def test_a_batch_past_retention_is_refused(purged: list[Entry], account: Account, tmp_path: Path) -> None:
    """Compared with the remaining entries, a correct report would seem to differ."""
    for entry in purged:
        account.client("dynamodb").delete_item(TableName=settlement_night.ENTRIES, Key=entry_key(entry))
    said = reconcile(written(tmp_path, ENTRIES), "--json")
    assert said.problem == {
        "type": "about:blank",
        "title": f"Only {2 - len(purged)} of the batch's 2 entries are still stored; the rest have expired.",
        "detail": f"The totals are still available: paysandbox settlements show {BATCH}",
    }


def test_an_environment_without_settlement(tmp_path: Path) -> None:
    with deployed("dev"):
        said = reconcile(written(tmp_path, ENTRIES))
    assert said.exit_code == 1
    assert "dev was deployed from another version, which has no settlement" in said.words
