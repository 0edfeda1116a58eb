"""Which answers of a tool are successes: those with the form of the answers without faults."""

import json
from typing import Any

import pytest

from cli.lose.mcp_answer import ToolAnswer, read_answer


def answer(value: Any, **more: Any) -> ToolAnswer:
    text = value if isinstance(value, str) else json.dumps(value)
    return read_answer({"id": 1, "result": {"content": [{"type": "text", "text": text}], **more}})


REFUND = {"id": "re_abcdefghijkl", "status": "succeeded", "amount": 3000, "sent": True}
USUAL = [answer(REFUND), answer(REFUND | {"id": "re_mnopqrstuvwx"})]


@pytest.mark.parametrize(
    "given, succeeds",
    [
        (answer(REFUND | {"id": "re_1", "amount": 2}), True),
        (answer(REFUND, isError=True), False),
        (answer("Failed to create refund"), False),
        (answer(REFUND | {"status": "failed"}), False),
        (answer(REFUND | {"sent": False}), False),
        (answer(REFUND | {"error": "reset"}), False),
        (answer({"id": "re_abcdefghijkl"}), False),
        (read_answer({"error": {"code": -32603, "message": "Internal error"}}), False),
        (read_answer({"result": None}), False),
    ],
)
def test_success(given: ToolAnswer, succeeds: bool) -> None:
    assert given.succeeds_as(USUAL) == succeeds


def test_what_differs_without_faults_may_differ() -> None:
    usual = [answer({"id": "re_abcdefghijkl", "mood": "fine"}), answer({"id": "re_abcdefghijkl", "mood": "good"})]
    assert answer({"id": "re_abcdefghijkl", "mood": "great"}).succeeds_as(usual)


@pytest.mark.parametrize(
    "text, succeeds",
    [("Refunded 31.00 USD as re_zyxwvutsrqpo.", True), ("Could not refund 30.00 USD.", False)],
)
def test_texts_are_compared_without_numbers_and_ids(text: str, succeeds: bool) -> None:
    usual = [answer("Refunded 30.00 USD as re_abcdefghijkl.")] * 2
    assert answer(text).succeeds_as(usual) == succeeds


def test_the_first_answer_succeeds_unless_it_says_not() -> None:
    assert answer("Failed to create refund").succeeds_as([])
    assert not answer("Failed to create refund", isError=True).succeeds_as([])


def test_structured_content_is_read_and_long_texts_are_cut() -> None:
    structured = read_answer({"result": {"content": [], "structuredContent": {"id": "re_1"}}})
    assert structured.shown == '{"id": "re_1"}'
    assert len(answer("word " * 100).shown) == 161
