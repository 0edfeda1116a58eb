"""Every file that a person writes or edits, and that may begin with a byte order mark, as Notepad and Excel write it.

Settlement reports and statements, which a person may edit too, are in tests/settlement and tests/disbursements.
"""

import io
import sys
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from cli.connection.request_parts import body_of
from cli.disputes.evidence_fields import read_fields
from cli.lose.mcp_plan import read_plan
from cli.seed.seed import text_of
from cli.seed.seed_file import read_seed
from cli.terminal.secret_input import read_secret, read_secrets

SEED = b'[customers.ada]\nemail = "ada@example.com"\n'
PLAN = b'[[call]]\ntool = "create_refund"\n'
EVIDENCE = b'{"receipt": "file_1"}'
KEYS = b"sk_test_one\nsk_test_two\n"

FILES: dict[str, tuple[bytes, Callable[[Path], Any]]] = {
    "a seed": (SEED, lambda file: read_seed(text_of(file))),
    "a plan of `lose --mcp`": (PLAN, read_plan),
    "evidence": (EVIDENCE, lambda file: read_fields(None, file)),
    "a key": (KEYS, lambda file: read_secret(str(file), "The key", hint="--key-file")),
    "keys": (KEYS, lambda file: read_secrets(str(file), "The keys", hint="--key-file")),
    "a body in JSON": (b'{"amount": 1250}', lambda file: body_of([], [f"@{file}"], form=False)),
}
PIPED = {
    "evidence": (EVIDENCE, lambda: read_fields(None, Path("-"))),
    "a key": (KEYS, lambda: read_secret("-", "The key", hint="--key-file")),
    "keys": (KEYS, lambda: read_secrets("-", "The keys", hint="--key-file")),
}


@pytest.mark.parametrize("name", FILES)
def test_a_file_may_begin_with_a_mark(name: str, tmp_path: Path) -> None:
    content, read = FILES[name]
    plain, marked = tmp_path / "plain", tmp_path / "marked"
    plain.write_bytes(content)
    marked.write_bytes(BOM_UTF8 + content)
    assert read(marked) == read(plain)


@pytest.mark.parametrize("name", PIPED)
def test_standard_input_may_begin_with_a_mark(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    content, read = PIPED[name]
    results: list[Any] = []
    for piped in (content, BOM_UTF8 + content):
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(piped), encoding="utf-8"))
        results.append(read())
    assert results[0] == results[1]


def test_other_bytes_are_sent_as_they_are(tmp_path: Path) -> None:
    file = tmp_path / "page.html"
    file.write_bytes(BOM_UTF8 + b"<html>")
    assert body_of([], [f"@{file}"], form=False) == BOM_UTF8 + b"<html>"
