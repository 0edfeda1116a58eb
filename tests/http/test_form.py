"""Form parsing: nested names to maps and lists, refused names, and a round trip through the official SDK's encoder."""

from contextlib import suppress
from typing import Any
from urllib.parse import urlencode

import pytest
from hypothesis import given, strategies as st
from stripe._encode import _api_encode

from paysandbox.core.errors import Code, Refused
from paysandbox.http.form import MAX_PARAMETERS, read_form, read_query


@pytest.mark.parametrize(
    "text, form",
    [
        ("", {}),
        ("&", {}),
        ("a=1", {"a": "1"}),
        ("a=", {"a": ""}),
        ("a", {"a": ""}),
        ("a=1&b=2&", {"a": "1", "b": "2"}),
        ("a=b=c", {"a": "b=c"}),
        ("card[number]=4242", {"card": {"number": "4242"}}),
        ("card%5Bnumber%5D=4242", {"card": {"number": "4242"}}),
        ("a[b][c][d][e]=1", {"a": {"b": {"c": {"d": {"e": "1"}}}}}),
        ("expand[]=x&expand[]=y", {"expand": ["x", "y"]}),
        ("expand[0]=x&expand[1]=y", {"expand": ["x", "y"]}),
        ("expand[0]=x&expand[]=y", {"expand": ["x", "y"]}),
        ("a[0][b]=1&a[0][c]=2&a[1][b]=3", {"a": [{"b": "1", "c": "2"}, {"b": "3"}]}),
        ("a[0][0]=1&a[0][1]=2", {"a": [["1", "2"]]}),
        # Under metadata the caller chooses the names, whatever they look like.
        ("metadata[0]=x&metadata[7]=y", {"metadata": {"0": "x", "7": "y"}}),
        ("payment_method_data[metadata][1]=x", {"payment_method_data": {"metadata": {"1": "x"}}}),
        ("metadata=", {"metadata": ""}),
        ("a=x+y%20z%2B", {"a": "x y z+"}),
        ("a=%C3%A9%F0%9F%98%80", {"a": "é😀"}),
        ("a=é", {"a": "é"}),
        ("a.b=1", {"a.b": "1"}),
    ],
)
def test_valid_forms(text: str, form: dict[str, Any]) -> None:
    assert read_form(text) == form


@pytest.mark.parametrize(
    "text, code, param",
    [
        ("a=1&a=1", Code.PARAMETER_INVALID, "a"),
        ("a[b]=1&a[b]=2", Code.PARAMETER_INVALID, "a[b]"),
        ("a=1&a[b]=2", Code.PARAMETER_INVALID, "a[b]"),
        ("a[b]=2&a=1", Code.PARAMETER_INVALID, "a"),
        ("a[]=2&a=1", Code.PARAMETER_INVALID, "a"),
        ("a=1&a[]=2", Code.PARAMETER_INVALID, "a[]"),
        ("a[]=1&a[b]=2", Code.PARAMETER_INVALID, "a[b]"),
        ("a[b]=1&a[]=2", Code.PARAMETER_INVALID, "a[]"),
        ("a[b]=1&a[0]=2", Code.PARAMETER_INVALID, "a[0]"),
        ("a[1]=x", Code.PARAMETER_INVALID, "a[1]"),
        ("a[0]=x&a[0]=y", Code.PARAMETER_INVALID, "a[0]"),
        ("a[0]=x&a[2]=y", Code.PARAMETER_INVALID, "a[2]"),
        ("a[0][b]=x&a[1][b]=y&a[0][c]=z", Code.PARAMETER_INVALID, "a[0][c]"),
        ("a[999]=x", Code.PARAMETER_INVALID, "a[999]"),
        ("a[99999999999]=x", Code.PARAMETER_INVALID, "a[99999999999]"),
        ("a[00]=x", Code.PARAMETER_INVALID, "a[00]"),
        ("a[][b]=x", Code.PARAMETER_INVALID, "a[][b]"),
        ("metadata[]=x", Code.PARAMETER_INVALID, "metadata[]"),
        ("a[b][c][d][e][f][g][h]=1", Code.PARAMETER_INVALID, "a[b][c][d][e][f][g][h]"),
        ("a[=1", Code.PARAMETER_INVALID, "a["),
        ("a]=1", Code.PARAMETER_INVALID, "a]"),
        ("[a]=1", Code.PARAMETER_INVALID, "[a]"),
        ("a[b]c=1", Code.PARAMETER_INVALID, "a[b]c"),
        ("a[[b]]=1", Code.PARAMETER_INVALID, "a[[b]]"),
        ("=1", Code.PARAMETER_INVALID, ""),
        ("a=%C3", Code.REQUEST_INVALID, None),
        ("a=%ff", Code.REQUEST_INVALID, None),
        ("a=%ED%A0%80", Code.REQUEST_INVALID, None),
        ("a=\ud800", Code.REQUEST_INVALID, None),
        ("a=%zz", Code.REQUEST_INVALID, None),
        ("a=100%", Code.REQUEST_INVALID, None),
        ('{"amount": 1}', Code.REQUEST_INVALID, None),
        ("&".join(f"a{n}=1" for n in range(MAX_PARAMETERS + 1)), Code.REQUEST_INVALID, None),
    ],
)
def test_invalid_forms(text: str, code: Code, param: str | None) -> None:
    with pytest.raises(Refused) as caught:
        read_form(text)
    assert (caught.value.code, caught.value.param) == (code, param)


def test_maximum_number_of_parameters() -> None:
    assert len(read_form("&".join(f"a{n}=1" for n in range(MAX_PARAMETERS)))) == MAX_PARAMETERS


def test_card_numbers_in_parameter_names_are_not_repeated() -> None:
    with pytest.raises(Refused) as caught:
        read_form("4242424242424242[=1")
    assert "4242424242424242" not in f"{caught.value} {caught.value.param}"


def test_order_of_query_parameters_does_not_matter() -> None:
    several = {f"expand[{n}]": [f"x{n}"] for n in reversed(range(12))}
    assert read_query({**several, "limit": ["3"], "created[gte]": ["1"], "types[]": ["a", "b"]}) == {
        "expand": [f"x{n}" for n in range(12)],
        "limit": "3",
        "created": {"gte": "1"},
        "types": ["a", "b"],
    }


def test_repeated_query_parameters_are_refused() -> None:
    with pytest.raises(Refused) as caught:
        read_query({"limit": ["1", "2"]})
    assert caught.value.code is Code.PARAMETER_INVALID


NAMES = st.from_regex(r"[a-z_]{1,12}", fullmatch=True).filter(lambda name: name != "metadata")
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
LEAVES = TEXTS | st.integers()
METADATA = st.dictionaries(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="[]"), min_size=1), TEXTS, min_size=1
)
VALUES = st.recursive(
    LEAVES,
    lambda inner: (
        st.lists(inner, min_size=1, max_size=4)
        | st.dictionaries(NAMES, inner, min_size=1, max_size=4)
        | st.fixed_dictionaries({"metadata": METADATA})
    ),
    max_leaves=8,
)


def levels(value: Any) -> int:
    if isinstance(value, dict):
        return 1 + max(levels(entry) for entry in value.values())
    if isinstance(value, list):
        return 1 + max(levels(member) for member in value)
    return 0


def sent(value: Any) -> Any:
    """Return a value as it reads after being sent as text."""
    match value:
        case dict():
            return {name: sent(entry) for name, entry in value.items()}
        case list():
            return [sent(member) for member in value]
        case _:
            return str(value)


@pytest.mark.full
@given(st.dictionaries(NAMES, VALUES, max_size=5) | st.fixed_dictionaries({"metadata": METADATA}))
def test_encoding_of_the_official_sdk_round_trips(params: dict[str, Any]) -> None:
    if params and levels(params) > 5:
        return
    encoded = urlencode(list(_api_encode(params)))
    assert read_form(encoded) == sent(params)
    assert read_form(encoded.replace("%5B", "[").replace("%5D", "]")) == sent(params)


def test_booleans_of_the_sdk_are_strings() -> None:
    encoded = urlencode(list(_api_encode({"confirm": True, "automatic_payment_methods": {"enabled": False}})))
    assert read_form(encoded) == {"confirm": "true", "automatic_payment_methods": {"enabled": "false"}}


@given(st.text(max_size=200) | st.from_regex(r"([a-c\[\]0-9%=&+]{0,40})", fullmatch=True))
def test_any_input_is_parsed_or_refused(text: str) -> None:
    with suppress(Refused):
        assert isinstance(read_form(text), dict)
