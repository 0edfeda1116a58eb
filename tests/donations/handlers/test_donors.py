"""Donors: the claims that a donor's route accepts from an identity token, beyond the authorizer that has verified it.

Amazon Cognito, "Verifying JSON web tokens": the application must check use, issuer, audience and expiry.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from paysandbox.donations.routes import LIST_MY_DONATIONS
from paysandbox.http.donor import MAX_NAME
from tests.support.builders import build
from tests.support.builders.build import ABSENT
from tests.support.clients.call import event, send, send_event
from tests.support.clients.donation_requests import ADA, Account, Giver, rows

OTHER_POOL = "https://cognito-idp.us-east-1.amazonaws.com/us-east-1_OtherPool"


def seconds(later: int) -> str:
    """Return the token's expiry as the local engine writes it."""
    return str(int(datetime.now(UTC).timestamp()) + later)


def words(later: int) -> str:
    """Return the token's expiry as API Gateway writes it."""
    return f"{datetime.now(UTC) + timedelta(seconds=later):%a %b %d %H:%M:%S UTC %Y}"


REFUSED = [
    ({"token_use": "access"}, 401, "token_invalid"),
    ({"token_use": ABSENT}, 401, "token_invalid"),
    ({"iss": OTHER_POOL}, 401, "token_invalid"),
    ({"iss": f"http://cognito-idp.us-east-1.amazonaws.com/{build.DONOR_POOL}"}, 401, "token_invalid"),
    ({"iss": ABSENT}, 401, "token_invalid"),
    ({"aud": "another-client"}, 401, "token_invalid"),
    # An access token has its client in another claim.
    ({"aud": ABSENT, "client_id": build.DONOR_CLIENT}, 401, "token_invalid"),
    ({"exp": "soon"}, 401, "token_invalid"),
    ({"exp": "9" * 30}, 401, "token_invalid"),
    ({"exp": ABSENT}, 401, "token_invalid"),
    ({"sub": ABSENT}, 401, "token_invalid"),
    ({"email": ABSENT}, 401, "token_invalid"),
    ({"email": ""}, 401, "token_invalid"),
    ({"name": ABSENT}, 401, "token_invalid"),
    ({"name": " \n\u202e "}, 401, "token_invalid"),
    ({"email_verified": "false"}, 403, "forbidden"),
    ({"email_verified": ABSENT}, 403, "forbidden"),
]


@pytest.mark.parametrize("claims, status, code", REFUSED, ids=str)
def test_invalid_tokens(claims: dict[str, Any], status: int, code: str, stripe: Account) -> None:
    for reply in (Giver(claims).give(), Giver(claims).mine()):
        assert (reply.status, reply.code) == (status, code)
    assert (rows(), stripe.asked) == ([], [])


@pytest.mark.parametrize("written", [seconds, words])
@pytest.mark.parametrize("later, status", [(-1, 401), (60, 200)])
def test_expired_tokens_are_rejected(written: Callable[[int], str], later: int, status: int) -> None:
    assert Giver({"exp": written(later)}).mine().status == status


def test_authorizer_results_are_cacheable() -> None:
    assert Giver({"email_verified": True}).mine().status == 200


@pytest.mark.parametrize("context", [{}, {"authorizer": None}, {"authorizer": {}}, {"authorizer": {"claims": None}}])
def test_without_an_authorizer_there_is_no_donor(context: dict[str, Any]) -> None:
    sent = event(LIST_MY_DONATIONS)
    del sent["requestContext"]["authorizer"]
    reply = send_event(LIST_MY_DONATIONS, sent | {"requestContext": sent["requestContext"] | context})
    assert (reply.status, reply.code) == (401, "token_invalid")


def test_authentication_precedes_validation() -> None:
    """As at the gateway, which checks the token first."""
    assert Giver({"token_use": "access"}).give("nonsense").code == "token_invalid"
    assert send(LIST_MY_DONATIONS, claims=build.claims(aud="x"), query={"limit": "x"}).code == "token_invalid"


@pytest.mark.parametrize(
    "said, shown",
    [
        ("Ada Lovelace", "Ada Lovelace"),
        (" Ada\r\n\tLovelace\u2028", "Ada Lovelace"),
        ("Ada\x00\x1b[31m", "Ada [31m"),
        ("\u202eecalevoL adA", "ecalevoL adA"),
        ("<script>Ada</script>", "<script>Ada</script>"),  # a text is only text until it is rendered into a page
        ("A" * 2_048, "A" * MAX_NAME),
        ("Анна \U0001f469\u200d\U0001f4bb", "Анна \U0001f469\u200d\U0001f4bb"),
    ],
)
def test_names_are_one_line(said: str, shown: str, stripe: Account) -> None:
    assert Giver({"name": said}).given().donor.name == shown


def test_long_addresses_are_distinguished(stripe: Account) -> None:
    long = "a" * 150
    Giver({"email": f"{long}1@example.com"}).given()
    assert Giver({"email": f"{long}2@example.com"}).mine().json["data"] == []
    assert len(Giver({"email": f"{long}1@EXAMPLE.com"}).mine().json["data"]) == 1


def test_moving_the_clock_does_not_expire_tokens(stripe: Account, clock: Any) -> None:
    """Tokens expire by wall time, whatever the sandbox's clock says."""
    clock.advance(timedelta(days=2))
    assert ADA.mine().status == 200
