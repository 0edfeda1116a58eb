"""Down and up again: payments and keys are kept, and nothing that is left behind holds a card number."""

from tests.e2e.conftest import Sandbox
from tests.support.api import CARD, Api
from tests.support.card_numbers import found_below


def test_payments_and_keys_survive_down_and_up(sandbox: Sandbox, api: Api) -> None:
    first = api.authorize(10_00, key="before the restart")
    sandbox.run("down")
    sandbox.up()
    again = api.authorize(10_00, key="before the restart")
    assert again.content == first.content
    assert again.headers["Idempotent-Replayed"] == "true"


def test_no_card_number_is_left_anywhere(sandbox: Sandbox, api: Api) -> None:
    number = "6011981111111113"
    card = CARD | {"number": number}
    auth_id = api.authorize(card=card, key="card search", name="x").json().get("auth_id")
    assert auth_id is None, "an unknown field is refused, with the card in the same body"
    auth_id = api.authorize(card=card, key="card search").json()["auth_id"]
    api.capture(auth_id)
    api.refund(auth_id)
    api.post("/payments/authorize", {"card": card | {"number": number + "0"}, "amount": 5})
    sandbox.run("down")
    # The functions' code is there too, and it names every published test card.
    found = found_below(sandbox.home, [number, auth_id], leave_out=holds_code)
    sandbox.up()
    assert found, "the payment itself is somewhere, or the search looks in the wrong place"
    assert all(numbers == {auth_id} for numbers in found.values())


def holds_code(name: str) -> bool:
    """Whether a file is a deployed asset, a layer's content or a build of one: code, not something recorded."""
    return any(part in name for part in ("cdk.out", "s3/", "layers", "ministack-lambda", "lambda_code"))
