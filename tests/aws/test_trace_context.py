"""W3C Trace Context: what is read of a `traceparent`, what is stored of it, and IDs that are derived."""

import re

import pytest

from paysandbox.aws.trace_context import (
    Parent,
    Trace,
    parent_in,
    span_id,
    stored_trace,
    trace_in,
    trace_of,
    traceparent,
    xray_id_in,
)

TRACE, SPAN = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"
SAMPLED, UNSAMPLED = f"00-{TRACE}-{SPAN}-01", f"00-{TRACE}-{SPAN}-00"
XRAY = "1-581cf771-a006649127e371903a2de979"


@pytest.mark.parametrize(
    "values, parent",
    [
        ([SAMPLED], Parent(Trace(TRACE), SPAN)),
        ([UNSAMPLED], Parent(Trace(TRACE, is_sampled=False), SPAN)),
        ([f"00-{TRACE}-{SPAN}-03"], Parent(Trace(TRACE), SPAN)),  # other flags are ignored
        ([f"00-{TRACE}-{SPAN}-02"], Parent(Trace(TRACE, is_sampled=False), SPAN)),
        ([f"cc-{TRACE}-{SPAN}-01"], Parent(Trace(TRACE), SPAN)),  # a later version
        ([f"cc-{TRACE}-{SPAN}-01-what-follows"], Parent(Trace(TRACE), SPAN)),
        ([], None),
        ([SAMPLED, SAMPLED], None),
        ([""], None),
        ([f" {SAMPLED}"], None),
        ([f"{SAMPLED}-more"], None),
        ([f"{SAMPLED}0"], None),
        ([f"cc-{TRACE}-{SPAN}-01.more"], None),
        ([f"ff-{TRACE}-{SPAN}-01"], None),
        ([SAMPLED.upper()], None),
        ([f"00-{'0' * 32}-{SPAN}-01"], None),
        ([f"00-{TRACE}-{'0' * 16}-01"], None),
        ([f"00-{TRACE[1:]}-{SPAN}-01"], None),
        ([f"00-{TRACE}-{SPAN}"], None),
        ([f"00-{TRACE}-{SPAN}-0g"], None),
        ([f"{SAMPLED}\n"], None),
    ],
)
def test_what_a_traceparent_says(values: list[str], parent: Parent | None) -> None:
    assert parent_in(values) == parent


@pytest.mark.parametrize("text", [SAMPLED, UNSAMPLED])
def test_a_traceparent_is_written_as_it_was_read(text: str) -> None:
    parent = parent_in([text])
    assert parent is not None
    assert traceparent(parent) == text


@pytest.mark.parametrize(
    "xray_id, trace, stored",
    [
        (None, None, None),
        (XRAY, None, XRAY),
        (None, Trace(TRACE), f"{TRACE}-01"),
        (None, Trace(TRACE, is_sampled=False), f"{TRACE}-00"),
        (XRAY, Trace(TRACE), f"{XRAY},{TRACE}-01"),
    ],
)
def test_what_is_stored_is_read_again(xray_id: str | None, trace: Trace | None, stored: str | None) -> None:
    assert stored_trace(xray_id, trace) == stored
    assert (xray_id_in(stored), trace_in(stored)) == (xray_id, trace)


def test_a_trace_takes_as_much_space_as_one_of_x_ray() -> None:
    assert len(stored_trace(None, Trace(TRACE)) or "") == len(XRAY)


def test_ids_are_derived_and_differ_by_kind_and_object() -> None:
    assert trace_of("auth_1") == trace_of("auth_1")
    assert re.fullmatch("[0-9a-f]{32}", trace_of("auth_1").id)
    spans = [span_id("write", "a"), span_id("event", "a"), span_id("write", "b"), span_id("attempt", "a", "1")]
    assert len({trace_of("auth_1").id[:16], trace_of("auth_2").id[:16], *spans}) == 6
    assert all(re.fullmatch("[0-9a-f]{16}", each) for each in spans)
