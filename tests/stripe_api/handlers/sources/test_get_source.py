"""GET /v1/sources/{id}: by a secret key, or on a page by the source's client secret."""

import pytest

from paysandbox.stripe_api.routes import CREATE_SOURCE, GET_SOURCE
from tests.support.clients.stripe_merchant import TYPED, StripeMerchant, done, missing, wrong

SHOP, PAGE = StripeMerchant(), StripeMerchant(kind="publishable")
SECRET = "client_secret"


def test_a_page_creates_a_source_and_reads_it_by_its_secret() -> None:
    made = done(PAGE.post(CREATE_SOURCE, type="card", card=TYPED))
    assert "fingerprint" not in made["card"]
    assert done(PAGE.get(GET_SOURCE, made["id"], client_secret=made[SECRET])) == made
    assert wrong(PAGE.get(GET_SOURCE, made["id"])) == (400, "invalid_request_error", "parameter_missing", SECRET)
    for shop in (PAGE, SHOP):
        refused = shop.get(GET_SOURCE, made["id"], client_secret="src_client_secret_x")
        assert wrong(refused) == (400, "invalid_request_error", None, SECRET)


@pytest.mark.parametrize("name", ["src_1", "src_" + "a" * 26, "pm_card_visa", "theirs", "method"])
def test_what_is_no_source_of_the_merchant(name: str) -> None:
    others = {
        "theirs": lambda: done(StripeMerchant("other").post(CREATE_SOURCE, type="card", card=TYPED))["id"],
        "method": lambda: SHOP.card()["id"],
    }
    of = others[name]() if name in others else name
    refused = SHOP.get(GET_SOURCE, of)
    assert wrong(refused) == (404, *missing("source")[1:])
    assert refused.error["message"] == f"No such source: '{of}'"
