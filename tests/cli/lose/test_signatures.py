"""Signatures of calls: what is read of a request, which differences are masked, and which requests are one call."""

import json

import pytest

from cli.lose.signatures import Calls, Names, Request, differences, masks, read_request, signature

FORM = {"content-type": "application/x-www-form-urlencoded"}
JSON = {"content-type": "application/json; charset=utf-8"}


@pytest.mark.parametrize(
    "headers, target, body, fields",
    [
        pytest.param(FORM, "/v1/charges", b"amount=5&metadata[order]=1", {"amount": "5", "metadata[order]": "1"}),
        pytest.param(FORM, "/v1/charges", b"a=1&a=2&a=3", {"a": "1", "a#2": "2", "a#3": "3"}, id="a name repeated"),
        pytest.param({}, "/v1/charges?limit=3&empty=", b"", {"limit": "3", "empty": ""}, id="query"),
        pytest.param(
            JSON,
            "/payments",
            b'{"card": {"number": "4"}, "of": [1, true]}',
            {"card[number]": "4", "of[0]": "1", "of[1]": "true"},
        ),
        pytest.param(JSON, "/payments", b"{", {"(body)": "{"}, id="no JSON"),
        pytest.param(JSON, "/payments", b"[]", {}, id="empty list"),
        pytest.param(JSON, "/payments", b'"text"', {"(body)": "text"}),
        pytest.param(
            {"content-type": "multipart/form-data; boundary=random"},
            "/v1/files",
            b"--random",
            {"(body)": "multipart/form-data"},
        ),
    ],
)
def test_fields(headers: dict[str, str], target: str, body: bytes, fields: dict[str, str]) -> None:
    request = read_request("post", target, headers, body)
    assert (request.method, request.path, request.fields) == ("POST", target.partition("?")[0], fields)


@pytest.mark.parametrize("name", ["idempotency-key", "x-idempotency-key"])
def test_idempotency_keys(name: str) -> None:
    assert read_request("POST", "/", {name: "k"}, b"").key == "k"
    assert read_request("POST", "/", {}, b"").key is None


def request(path: str = "/v1/charges", key: str | None = None, method: str = "POST", **fields: str) -> Request:
    return Request(method, path, fields, key)


def answer(**fields: str) -> bytes:
    return json.dumps(fields).encode()


def test_issued_ids_are_renamed_by_first_use() -> None:
    names = Names()
    names.learn(answer(id="cus_aaaaaaaaaa", other="cus_bbbbbbbbbb", charge="ch_cccccccccc"))
    first = names.renamed(
        request("/v1/customers/cus_bbbbbbbbbb", customer="cus_aaaaaaaaaa", q="customer:'cus_bbbbbbbbbb'")
    )
    assert first.fields == {"customer": "{cus 1}", "q": "customer:'{cus 2}'"}
    assert first.path == "/v1/customers/{cus 2}"


def test_values_that_the_program_chose_are_not_renamed() -> None:
    names = Names()
    names.renamed(request(payment_method="pm_card_visa_debit", order="order_20261127"))
    names.learn(answer(payment_method="pm_card_visa_debit", order="order_20261127"))
    again = names.renamed(request(payment_method="pm_card_visa_debit", order="order_20261127"))
    assert again.fields == {"payment_method": "pm_card_visa_debit", "order": "order_20261127"}


def test_known_texts_are_renamed_the_longest_first() -> None:
    names = Names({"7-1": "{run}", "7-1-first": "{longer}"})
    assert names.renamed(request(order="order 7-1-first of 7-1")).fields == {"order": "order {longer} of {run}"}


@pytest.mark.parametrize("body", [b"", b"<html>", b"\xff", b"[]", b'"x"'])
def test_answers_without_ids_are_read(body: bytes) -> None:
    Names().learn(body)


@pytest.mark.parametrize(
    "one, other, masked",
    [
        pytest.param([request(a="1", at="10:00")], [request(a="1", at="10:01")], {"at"}, id="differs"),
        pytest.param([request(a="1")], [request(a="1", b="2")], {"b"}, id="in one of them only"),
        pytest.param([request(a="1")], [request(a="1")], set(), id="equal"),
        pytest.param([request(a="1"), request(a="2")], [request(a="1"), request(a="3")], {"a"}, id="the second one"),
        pytest.param([request(a="1")], [request("/v1/refunds", a="2")], set(), id="another path"),
    ],
)
def test_masks(one: list[Request], other: list[Request], masked: set[str]) -> None:
    found = masks(one, other)
    assert found == ({("POST", "/v1/charges"): frozenset(masked)} if masked else {})
    assert [signature(each, found) for each in one if each.path == other[0].path] == [
        signature(each, found) for each in other if each.path == one[0].path
    ]


@pytest.mark.parametrize(
    "requests, calls",
    [
        pytest.param([request(key="a"), request(key="a")], [1, 1], id="the same key: a retry"),
        pytest.param([request(key="a"), request(key="b")], [1, 2], id="another key: another call"),
        pytest.param([request(), request()], [1, 2], id="no key"),
        pytest.param([request(key="a"), request(key="a", amount="2")], [1, 1], id="the same key, another body"),
        pytest.param([request(method="GET"), request(method="GET")], [1, 1], id="a read in a row"),
        pytest.param(
            [request(method="GET"), request(), request(method="GET")], [1, 1, 2], id="a read after another call"
        ),
        pytest.param([request(key="a"), request("/v1/refunds"), request(key="a")], [1, 1, 1], id="a retry later"),
    ],
)
def test_calls(requests: list[Request], calls: list[int]) -> None:
    taken = Calls({})
    assert [taken.take(each).call.occurrence for each in requests] == calls


def test_a_call_whose_keys_change_is_repeated_in_a_row_only() -> None:
    taken = Calls({})
    first = taken.take(request(key="a"))
    again = taken.take(request(key="b"), repeats=first.call)
    taken.take(request("/v1/refunds"), repeats=first.call)
    later = taken.take(request(key="c"), repeats=first.call)
    assert (again.call, again.number) == (first.call, 2)
    assert (later.call.occurrence, later.number) == (2, 1)


def test_differences_name_the_calls() -> None:
    def made(*requests: Request) -> Calls:
        taken = Calls({})
        for each in requests:
            taken.take(each)
        return taken

    one, other = made(request(), request("/v1/refunds")), made(request("/v1/refunds"), request(), request())
    assert differences(one.made, other.made) == ["POST /v1/charges"]
    assert differences(one.made, one.made[::-1]) == []
