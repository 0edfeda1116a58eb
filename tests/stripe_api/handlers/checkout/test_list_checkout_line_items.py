"""GET /v1/checkout/sessions/{id}/line_items: what a session sells."""

from tests.stripe_api.handlers.checkout.sessions import item, line_items, opened
from tests.support.clients.stripe_merchant import done, wrong


def test_items_are_listed_by_page() -> None:
    session = opened(line_items=[item(1_00), item(2_00), item(3_00)])
    first = done(line_items(session["id"], limit=2))
    assert ([each["amount_total"] for each in first["data"]], first["has_more"]) == ([1_00, 2_00], True)
    rest = done(line_items(session["id"], starting_after=first["data"][1]["id"]))
    assert ([each["amount_total"] for each in rest["data"]], rest["has_more"]) == ([3_00], False)
    assert rest["url"] == f"/v1/checkout/sessions/{session['id']}/line_items"
    assert wrong(line_items(session["id"], starting_after="li_none"))[2] == "resource_missing"


def test_products_of_items_are_expanded() -> None:
    (shown,) = done(line_items(opened()["id"], expand=["data.price.product"]))["data"]
    assert (shown["price"]["product"]["name"], shown["price"]["product"]["active"]) == ("Hat", False)


def test_a_session_that_does_not_exist() -> None:
    assert wrong(line_items("cs_test_none"))[0] == 404
