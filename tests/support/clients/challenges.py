"""Requests about 3-D Secure challenges: a payment that waits for its cardholder, and the cardholder's answer."""

from typing import Any, Final
from urllib.parse import urlsplit

from paysandbox.payments.routes import COMPLETE_CHALLENGE, SHOW_CHALLENGE
from tests.support.builders import build
from tests.support.clients.call import Merchant, Reply, Values, send

CHALLENGED: Final = "4000000000003220"
"""A card that requires a challenge, and is approved afterwards."""
CHALLENGED_THEN_DECLINED: Final = "4000008260003178"

FORM: Final = "application/x-www-form-urlencoded"
BROWSER: Final = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"

Body = dict[str, Any]


def challenged(demo: Merchant, key: Values = None, *, number: str = CHALLENGED, **body: Any) -> Body:
    """Authorize a payment on a card that requires a challenge, and return the answer."""
    reply = demo.authorize(key, card=build.card_details(number=number), **body)
    assert reply.status == 200, reply.text
    assert reply.json["status"] == "requires_action", reply.text
    return reply.json


def url_of(answer: Body) -> str:
    """Return the URL of the page to which an answer redirects the cardholder."""
    return answer["next_action"]["redirect_to_url"]["url"]


def place_of(url: str) -> dict[str, str]:
    """Return the path parameters in the URL of a challenge's page."""
    _, _, challenge_id, token = urlsplit(url).path.rsplit("/", 3)
    return {"challenge_id": challenge_id, "token": token}


def show(url: str, **parts: Any) -> Reply:
    """Open the page as a browser does."""
    return send(SHOW_CHALLENGE, path=place_of(url), headers={"Accept": BROWSER}, **parts)


def complete(url: str, result: str | None = "succeeded", *, accept: str = "*/*", **parts: Any) -> Reply:
    """Answer the challenge, by default as curl does."""
    body = parts.pop("body", f"result={result}")
    content_type = parts.pop("content_type", FORM)
    path = place_of(url) | parts.pop("path", {})
    return send(
        COMPLETE_CHALLENGE, path=path, body=body, content_type=content_type, headers={"Accept": accept}, **parts
    )
