"""Agreement of the generated documents with the code."""

import json
import sys

import pytest

from api_reference.postman import COLLECTED, postman_json
from api_reference.routes import ROUTES, Access
from docs import generate


def test_the_committed_documents_are_up_to_date(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(sys, "argv", ["generate.py", "--check"])
    assert (generate.main(), capsys.readouterr().err) == (0, "")


def test_collection_has_every_route_with_generated_keys() -> None:
    collection = json.loads(postman_json())
    items = [item for folder in collection["item"] for item in folder["item"]]
    assert [item["name"] for item in items] == [
        route.summary
        for group in dict.fromkeys(r.group for r in COLLECTED)
        for route in COLLECTED
        if route.group == group
    ]
    assert {route.name for route in {*ROUTES} - {*COLLECTED}} == {
        "show_challenge",
        "complete_challenge",
        "show_setup_challenge",
        "complete_setup_challenge",
        "show_checkout_page",
        "pay_checkout_session",
        "receive_webhook",
    }
    by_name = {item["name"]: item["request"] for item in items}
    for route in COLLECTED:
        request = by_name[route.summary]
        headers = {header["key"]: header["value"] for header in request["header"]}
        assert request["method"] == route.method
        assert headers.get("X-Idempotency-Key") == ("{{$guid}}" if route.idempotency else None)
        of_its_own = {Access.PUBLIC: "noauth", Access.OPERATOR: "apikey", Access.DONOR: "bearer"}.get(route.access)
        assert request.get("auth", {}).get("type") == of_its_own, "the others take the collection's key"
        assert ("body" in request) is (route.body is not None)
