"""The arguments of tools: the command line that they become, and those that are refused before anything runs."""

from typing import Any

import pytest

from cli.main import whole_program
from cli.mcp.arguments import BadArgument, words_of
from cli.mcp.program import Program
from cli.mcp.tools import BY_NAME

PROGRAM = Program(whole_program())
PAID: dict[str, Any] = {"amount": 1250, "idempotency_key": "k"}
HERE: dict[str, str] = {}


def words(name: str, arguments: dict[str, Any], connection: dict[str, str] = HERE) -> list[str]:
    tool = BY_NAME[name]
    return words_of(tool, PROGRAM.command(tool.command), arguments, connection)


@pytest.mark.parametrize("name, arguments, expected", [
    ("get_clock", {}, "clock show --json"),
    ("authorize_payment", PAID, "pay authorize --minor --json --idempotency-key=k -- 1250"),
    ("authorize_payment", {**PAID, "metadata": {"a": "1", "b": "2"}, "allow_partial": True},
     "pay authorize --minor --json --allow-partial --idempotency-key=k --metadata=a=1 --metadata=b=2 -- 1250"),
    ("capture_payment", {"auth_id": "auth_1", "amount": 5, "idempotency_key": "k", "final": False},
     "pay capture --minor --json --idempotency-key=k -- auth_1 5"),
    ("simulate", {"object_id": "auth_1", "action": "dispute", "arguments": {"kind": "inquiry"}, "idempotency_key": "k"},
     "simulate --json --idempotency-key=k -- auth_1 dispute kind=inquiry"),
    ("list_requests", {"failed": True, "limit": 3}, "requests list --json --failed --limit=3"),
    ("list_requests", {"failed": False, "limit": None}, "requests list --json --succeeded"),
    ("read_logs", {"failed": True}, "logs --limit=50 --json --failed"),
    ("get_payment", {"transaction_id": "--help"}, "pay show --json -- --help"),
    ("list_payments", {"reference": "--all"}, "pay list --json --reference=--all"),
    ("trigger_event", {"event": "payment_captured", "override": {"amount": 5, "metadata.order": "7"}},
     "trigger --json --override=amount=5 --override=metadata.order=7 -- payment_captured"),
    ("stripe_get", {"path": "/v1/events", "params": {"limit": 3, "types": ["a", "b"], "created": {"gte": 1}}},
     "get --json -- /v1/events?limit=3&types%5B0%5D=a&types%5B1%5D=b&created%5Bgte%5D=1"),
    ("stripe_get", {"path": "/v1/events", "params": {}}, "get --json -- /v1/events"),
    ("stripe_post", {"path": "/v1/refunds", "params": {"metadata": {"a": True}}, "idempotency_key": "k"},
     "post --json --idempotency-key=k -- /v1/refunds metadata[a]=true"),
    ("run_settlement", {"now": True}, "settlements run --wait --json --now"),
    ("lose_answers", {"command": ["python", "-m", "shop"], "loss": ["reset", "before"]},
     "lose --loss=reset --loss=before -- python -m shop"),
])  # fmt: skip
def test_words(name: str, arguments: dict[str, Any], expected: str) -> None:
    # Options of the same rank are in the command's order, which a reader does not need to know.
    found = words(name, arguments)
    operands = expected.partition(" -- ")[2]
    assert sorted(found) == sorted(expected.split())
    assert " ".join(found).endswith(operands)


def test_an_argument_replaces_what_is_always_given() -> None:
    """The program takes the last of several."""
    given, limit = (word for word in words("read_logs", {"limit": 7}) if word.startswith("--limit"))
    assert (given, limit) == ("--limit=50", "--limit=7")


@pytest.mark.parametrize("name, passed", [
    ("get_payment", ["--env=dev", "--merchant=acme"]),
    ("get_clock", ["--env=dev"]),
    ("list_test_cards", []),
])  # fmt: skip
def test_the_connection_is_passed_to_commands_that_have_it(name: str, passed: list[str]) -> None:
    arguments = {"transaction_id": "auth_1"} if name == "get_payment" else {}
    found = words(name, arguments, {"env": "dev", "merchant": "acme"})
    assert [word for word in found if word.startswith(("--env", "--merchant"))] == passed


@pytest.mark.parametrize("name, arguments, param, message", [
    ("authorize_payment", {"amount": 1250}, "idempotency_key", "idempotency_key is missing"),
    ("authorize_payment", {**PAID, "amount": None}, "amount", "amount is missing"),
    ("authorize_payment", {**PAID, "amount": "12.50"}, "amount", "not of type integer"),
    ("authorize_payment", {**PAID, "amount": 12.5}, "amount", "not of type integer"),
    ("authorize_payment", {**PAID, "amount": True}, "amount", "not of type integer"),
    ("authorize_payment", {**PAID, "amount": 0}, "amount", "not within 1 to 99999999"),
    ("authorize_payment", {**PAID, "idempotency_key": ""}, "idempotency_key", "has 0 characters"),
    ("authorize_payment", {**PAID, "idempotency_key": "k\n"}, "idempotency_key", "does not match"),
    ("authorize_payment", {**PAID, "capture": "late"}, "capture", "none of: manual, automatic"),
    ("authorize_payment", {**PAID, "ammount": 5}, "ammount", "Did you mean amount?"),
    ("authorize_payment", {**PAID, "merchant": "acme"}, "merchant", "There is no argument merchant"),
    ("search_docs", {"query": "webhooks", "words": "x"}, "words", "no argument words. It takes: query, limit."),
    ("search_docs", {"qery": "webhooks"}, "query", "query is missing."),
    ("authorize_payment", {**PAID, "key_file": "/etc/passwd"}, "key_file", "There is no argument key_file"),
    ("authorize_payment", {**PAID, "metadata": {"a": 1}}, "metadata.a", "not of type string"),
    ("authorize_payment", {**PAID, "metadata": ["a=1"]}, "metadata", "not of type object"),
    ("authorize_payment", {**PAID, "reference": "a\0b"}, "reference", "U+0000"),
    ("authorize_payment", {**PAID, "reference": "\ud800"}, "reference", "half of a pair"),
    ("list_payments", {"limit": 0}, "limit", "not within 1 to any"),
    ("read_logs", {"limit": 0}, "limit", "not within 1 to 500"),
    ("read_logs", {"limit": 501}, "limit", "not within 1 to 500"),
    ("stripe_get", {"path": "/payments"}, "path", "does not match"),
    ("stripe_get", {"path": "/v1/../payments"}, "path", "does not match"),
    ("stripe_get", {"path": "https://example.com/v1/a"}, "path", "does not match"),
    ("stripe_get", {"path": "/v1/events?limit=3"}, "path", "does not match"),
    ("lose_answers", {"command": []}, "command", "command is empty"),
    ("lose_answers", {"command": "python a.py"}, "command", "not of type array"),
])  # fmt: skip
def test_refused_arguments(name: str, arguments: dict[str, Any], param: str, message: str) -> None:
    with pytest.raises(BadArgument) as refused:
        words(name, arguments)
    assert refused.value.name == param
    assert message in str(refused.value)
