"""The table of refusals: complete, and told the same way everywhere."""

import json

import pytest

from api_reference.routes import ROUTES
from paysandbox.core.errors import PROBLEMS, Code, Fault, Refused, problem, problem_type
from paysandbox.http.problems import ProblemBody
from paysandbox.stripe_api import routes as stripe_api


def test_every_code_has_a_row_and_every_row_a_code() -> None:
    assert set(PROBLEMS) == set(Code)


def test_types_are_unique_and_do_not_resolve() -> None:
    types = [problem_type(code) for code in Code]

    assert len(set(types)) == len(types)
    assert all(uri.startswith("https://sandbox.invalid/problems/") and "_" not in uri for uri in types)


def test_status_type_and_retry_of_every_code(subtests: pytest.Subtests) -> None:
    for code in Code:
        with subtests.test(str(code)):
            row = PROBLEMS[code]

            assert code == code.lower()
            assert 400 <= row.status < 600
            assert row.title[0].isupper()
            assert not row.title.endswith(".")
            assert row.retryable or row.retry_after_s is None
            assert row.retryable == (row.status == 429 or row.status >= 500)


@pytest.mark.parametrize(
    "status, codes",
    [
        (401, {Code.API_KEY_INVALID, Code.TOKEN_INVALID, Code.SESSION_INVALID}),
        (404, {Code.RESOURCE_NOT_FOUND}),
        (422, {Code.IDEMPOTENCY_KEY_REUSED}),
        (429, {Code.RATE_LIMITED, Code.QUOTA_EXCEEDED}),
    ],
)
def test_codes_that_are_the_only_ones_of_their_status(status: int, codes: set[Code]) -> None:
    assert {code for code, row in PROBLEMS.items() if row.status == status} == codes


def test_a_problem_has_the_documented_shape(subtests: pytest.Subtests) -> None:
    for code in Code:
        with subtests.test(str(code)):
            body = problem(code, request_id="r")

            assert ProblemBody.model_validate_json(json.dumps(body)).code == code
            assert body["status"] == PROBLEMS[code].status
            assert body["detail"].endswith(".")
            assert "instance" not in body
            assert "param" not in body
            assert "errors" not in body


def test_a_problem_with_all_members() -> None:
    assert problem(
        Code.REFUND_EXCEEDS_CAPTURED,
        detail="3.00 USD of the payment can still be refunded.",
        instance="/payments/refund",
        request_id="r",
        param="amount",
        possible={"refundable": 3_00},
        errors=(Fault(Code.AMOUNT_INVALID, "no", "amount"), Fault(Code.PARAMETER_UNKNOWN, "what")),
    ) == {
        "type": "https://sandbox.invalid/problems/refund-exceeds-captured",
        "title": "The refund exceeds the amount left to refund",
        "status": 409,
        "detail": "3.00 USD of the payment can still be refunded.",
        "code": "refund_exceeds_captured",
        "retryable": False,
        "doc_url": "/docs/errors/refund_exceeds_captured",
        "instance": "/payments/refund",
        "request_id": "r",
        "param": "amount",
        "refundable": 3_00,
        "errors": [
            {"code": "amount_invalid", "detail": "no", "param": "amount"},
            {"code": "parameter_unknown", "detail": "what"},
        ],
    }


def test_error_pages_are_at_the_base_url() -> None:
    body = problem(Code.RATE_LIMITED, base_url="https://a.example/live")
    assert body["doc_url"] == "https://a.example/live/docs/errors/rate_limited"


@pytest.mark.parametrize("detail, said", [("", "The authorization was voided"), ("Too late.", "Too late.")])
def test_an_error_as_text(detail: str, said: str) -> None:
    assert str(Refused(Code.ALREADY_VOIDED, detail)) == f"already_voided: {said}"


def test_every_conflict_code_is_declared_by_a_route() -> None:
    """A code that no route names, of either API, is one that no document explains."""
    named = {code for route in (*ROUTES, *stripe_api.ROUTES) for code in route.refusals}

    assert {code for code, row in PROBLEMS.items() if row.status == 409} <= named
