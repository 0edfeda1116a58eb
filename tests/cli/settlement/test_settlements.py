"""`paysandbox settlements` on the wire: requests, output, and writing of verified bytes only."""

import hashlib
import json
from pathlib import Path

import pytest

from paysandbox.settlement import schemas as settlements
from tests.support.clients.program import KEY_FROM_STDIN, paysandbox
from tests.support.fakes.wire import Reply, served

AT = "2026-11-21T00:00:00.000000Z"
TOTAL = {
    "currency": "USD", "count": 2, "gross": 1000, "refunds": 250, "fees": 59, "net": 691, "opening_balance": -91,
    "payout": 600, "closing_balance": 0, "payout_id": "stl_x",
}  # fmt: skip
LISTED = {"batch": "2026-11-20", "status": "closed", "cutoff": AT, "business_date": "2026-11-20", "totals": [TOTAL]}
FILE = "record_type,é\n"
SHA256 = hashlib.sha256(FILE.encode()).hexdigest()


def shown(base_url: str, **parts):
    url = f"{base_url}/bucket/2026-11-20/demo.csv?X-Amz-Signature=s%2Fx"
    report = {"format": "csv", "url": url, "expires_at": AT, "rows": 2, "sha256": SHA256} | parts.pop("report", {})
    return LISTED | {"set_aside": [{"payment_id": "auth_1", "reason": "no story"}], "reports": [report]} | parts


@pytest.mark.parametrize("shape, body", [
    (settlements.SettlementList, {"data": [LISTED], "next_cursor": None}),
    (settlements.SettlementBody, shown("http://localhost")),
])  # fmt: skip
def test_responses_match_the_contract(shape, body):
    shape.model_validate_json(json.dumps(body))


@pytest.fixture(autouse=True)
def quiet_shell(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in ("PAYSANDBOX_BASE_URL", "PAYSANDBOX_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def run(*words, body=None, file=FILE, status=200, **parts):
    """Run the command, and return its result and requests. The API and the bucket share a port here."""

    def answer(request):
        if request.path.startswith("/bucket/"):
            return Reply(status, file)
        return Reply(body=shown(wire.base_url, **parts) if body is None else body)

    with served(answer) as wire:
        said = paysandbox("settlements", *words, "--base-url", wire.base_url, *KEY_FROM_STDIN, piped="sk_test_demo_x\n")
        return said, [(request.path, dict(request.query)) for request in wire.requests]


def test_list_settlements():
    body = {"data": [LISTED], "next_cursor": "here"}
    said, asked = run("list", "--from", "2026-11-01", "--to", "2026-12-01", "--limit", "1", body=body)
    assert asked == [("/settlements", {"from": "2026-11-01", "to": "2026-12-01", "limit": "1"})]
    assert said.stdout.splitlines() == [
        "BATCH       STATUS  COUNT  GROSS      REFUNDS   FEES      NET       PAYOUT",
        "2026-11-20  closed  2      10.00 USD  2.50 USD  0.59 USD  6.91 USD  6.00 USD",
    ]
    assert "--cursor here" in said.words
    assert json.loads(run("list", "--limit", "1", "--json", body=body)[0].stdout) == body


def test_disputes_have_columns_of_their_own():
    """Of all rows, if one of them has any."""
    of_disputes = {"chargebacks": 1000, "dispute_fees": 1500, "net": -1809, "payout": 0}
    body = {"data": [LISTED | {"totals": [TOTAL | of_disputes, TOTAL | {"currency": "EUR"}]}], "next_cursor": None}
    said, _ = run("list", body=body)
    assert said.stdout.splitlines() == [
        "BATCH       STATUS  COUNT  GROSS      REFUNDS   CHARGEBACKS  DISPUTE FEES  FEES      NET         PAYOUT",
        "2026-11-20  closed  2      10.00 USD  2.50 USD  10.00 USD    15.00 USD     0.59 USD  -18.09 USD  0.00 USD",
        "2026-11-20  closed  2      10.00 EUR  2.50 EUR  0.00 EUR     0.00 EUR      0.59 EUR  6.91 EUR    6.00 EUR",
    ]
    said, _ = run("show", "2026-11-20", totals=[TOTAL | {"dispute_fees": 1500}])
    assert "REFUNDS   DISPUTE FEES  FEES" in said.stdout
    assert "CHARGEBACKS" not in said.stdout


def test_an_empty_list_says_how_to_settle():
    said, _ = run("list", body={"data": [], "next_cursor": None})
    assert (said.exit_code, said.stdout) == (0, "")
    assert "paysandbox settlements run --now --wait" in said.words


def test_show_one_settlement():
    said, asked = run("show", "2026-11-20")
    assert asked == [("/settlements/2026-11-20", {})]
    for text in ("closed", "-0.91 USD", "6.00 USD", "stl_x", "auth_1  no story", SHA256, "/bucket/2026-11-20/demo.csv"):
        assert text in said.stdout


def test_downloads_are_exact_and_repeatable(tmp_path: Path):
    said, asked = run("download", "2026-11-20")
    assert (said.exit_code, (tmp_path / "settlement_2026-11-20.csv").read_text()) == (0, FILE)
    assert asked[1] == ("/bucket/2026-11-20/demo.csv", {"X-Amz-Signature": "s/x"})
    assert run("download", "2026-11-20")[0].exit_code == 0
    facts = json.loads(run("download", "2026-11-20", "-o", "x.csv", "--json")[0].stdout)
    assert facts == {"file": "x.csv", "bytes": len(FILE.encode()), "rows": 2, "sha256": SHA256}


def test_download_to_stdout():
    assert run("download", "2026-11-20", "-o", "-")[0].stdout == FILE


def test_download_the_answer_key(tmp_path: Path):
    said, _ = run("download", "2026-11-20", "--format", "breaks", report={"format": "breaks"})
    assert (
        said.stdout == f"settlement_2026-11-20.breaks.json: 2 breaks, {len(FILE.encode())} bytes, SHA-256 verified.\n"
    )
    assert (tmp_path / "settlement_2026-11-20.breaks.json").read_text() == FILE
    said, _ = run("download", "2026-11-20", "--format", "breaks")
    assert (said.exit_code, "has no planted breaks" in said.words) == (1, True)


def test_existing_files_are_not_overwritten(tmp_path: Path):
    file = tmp_path / "settlement_2026-11-20.csv"
    file.write_text("mine")
    said, _ = run("download", "2026-11-20")
    assert (said.exit_code, file.read_text()) == (1, "mine")
    assert "--force" in said.words
    assert run("download", "2026-11-20", "--force")[0].exit_code == 0
    assert file.read_text() == FILE


@pytest.mark.parametrize("parts, told", [
    ({"file": FILE + "x"}, "Checksum mismatch"),
    ({"status": 403, "file": "<Error/>"}, "returned 403"),
    ({"reports": [], "status": 200}, "has no report yet: its status is closed"),
    ({"report": {"format": "json"}}, "has no report yet"),
    ({"report": {"url": "http://127.0.0.1:1/x"}}, "could not be downloaded from 127.0.0.1"),
])  # fmt: skip
def test_nothing_is_written_on_error(parts, told, tmp_path: Path):
    said, _ = run("download", "2026-11-20", **parts)
    assert (said.exit_code, [*tmp_path.iterdir()]) == (1, [])
    assert told in said.words


def test_a_missing_folder():
    said, _ = run("download", "2026-11-20", "-o", "nowhere/x.csv")
    assert said.exit_code == 1
    assert "nowhere/x.csv cannot be written" in said.words
