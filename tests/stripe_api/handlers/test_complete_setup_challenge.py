"""POST /authenticate/setup/{merchant}/{challenge_id}/{token}: the answer to a setup intent's challenge."""

import pytest

from tests.stripe_api.handlers.setup_intents.setups import SHOP, challenged, complete, page_of, shown
from tests.support.clients.challenges import BROWSER


@pytest.mark.parametrize("result, status", [("succeeded", "succeeded"), ("failed", "failed"), ("U", "succeeded")])
@pytest.mark.parametrize("accept", ["*/*", BROWSER])
def test_the_cardholder_returns_to_the_merchant(result: str, status: str, accept: str) -> None:
    """The same answer again leads there again."""
    setup = challenged()
    to = (
        f"{SHOP}&setup_intent={setup['id']}&setup_intent_client_secret={setup['client_secret']}"
        f"&redirect_status={status}"
    )
    for _ in range(2):
        reply = complete(page_of(setup), result, accept=accept)
        assert (reply.status, reply.headers["Location"]) == (303, to)


def test_a_program_gets_the_result() -> None:
    setup = challenged(return_url="")
    reply = complete(page_of(setup))
    assert (reply.status, reply.json) == (
        200,
        {
            "setup_intent": setup["id"],
            "challenge_id": setup["latest_attempt"],
            "result": "Y",
            "status": "succeeded",
        },
    )


@pytest.mark.parametrize("result", ["failed", "D", "C"])
def test_another_answer_is_refused(result: str) -> None:
    """Nor can a challenge be left open by an answer."""
    setup = challenged()
    complete(page_of(setup))
    reply = complete(page_of(setup), result)
    assert (reply.status, reply.json["code"]) == (409, "simulation_not_allowed")
    assert complete(page_of(setup), result, accept=BROWSER).status == 409
    assert shown(setup["id"])["status"] == "succeeded"
