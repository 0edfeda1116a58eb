"""GET /v1/payment_pages/{id}: where the page of a Checkout session is."""

from typing import Any

import pytest

from paysandbox.stripe_api.routes import GET_PAYMENT_PAGE
from tests.stripe_api.handlers.checkout.sessions import expire, item, opened, page, pay, within
from tests.support.clients.stripe_merchant import StripeMerchant, done, missing, wrong

PAGE = StripeMerchant(kind="publishable")
WITHIN: dict[str, Any] = {"ui_mode": "embedded_page", "success_url": None, "return_url": "https://shop.example/back"}


def test_a_hosted_page_is_found_by_its_id() -> None:
    session = opened()
    assert done(PAGE.get(GET_PAYMENT_PAGE, session["id"])) == {
        "id": session["id"],
        "object": "payment_page",
        "cart": None,
        "mode": "payment",
        "payment_status": "unpaid",
        "redirect_on_completion": None,
        "status": "open",
        "ui_mode": "hosted_page",
        "url": session["url"],
    }


def test_the_page_within_a_shop_is_found_by_its_secret() -> None:
    session = within(metadata={"order": "7"})
    found = done(PAGE.get(GET_PAYMENT_PAGE, session["id"], client_secret=session["client_secret"]))
    assert (found["ui_mode"], found["redirect_on_completion"]) == ("embedded_page", "always")
    assert page(found["url"]).status == 200
    assert {"metadata", "client_secret", "customer_details"}.isdisjoint(found)


def test_what_became_of_it_is_shown() -> None:
    paid, ended = opened(), opened()
    pay(paid["url"])
    expire(ended["id"])
    shown = [done(PAGE.get(GET_PAYMENT_PAGE, session["id"])) for session in (paid, ended)]
    assert [(each["status"], each["payment_status"]) for each in shown] == [("complete", "paid"), ("expired", "unpaid")]


@pytest.mark.parametrize(
    "shop, params, sent, refused",
    [
        (PAGE, WITHIN, {}, (400, "invalid_request_error", "parameter_missing", "client_secret")),
        (PAGE, WITHIN, {"client_secret": "cs_test_x_secret_ü"}, (400, "invalid_request_error", None, "client_secret")),
        (PAGE, {}, {"client_secret": "cs_test_x_secret_y"}, (400, "invalid_request_error", None, "client_secret")),
        (StripeMerchant("globex", kind="publishable"), {}, {}, missing("id")),
        (StripeMerchant(), {}, {"expand": ["customer"]}, (400, "invalid_request_error", None, "expand")),
    ],
)
def test_a_page_that_is_not_found(shop: StripeMerchant, params: Any, sent: Any, refused: Any) -> None:
    assert wrong(shop.get(GET_PAYMENT_PAGE, opened(**params)["id"], **sent)) == refused


def test_who_has_the_secret_sees_what_is_paid_for() -> None:
    how = {"fixed_amount": {"amount": 5_00, "currency": "usd"}, "display_name": "Ground", "type": "fixed_amount"}
    session = within(line_items=[item(10_00, 2)], shipping_options=[{"shipping_rate_data": how}])
    cart = done(PAGE.get(GET_PAYMENT_PAGE, session["id"], client_secret=session["client_secret"]))["cart"]
    assert (cart["subtotal"], cart["shipping"], cart["total"], cart["currency"]) == (20_00, 5_00, 25_00, "usd")
    assert [(each["name"], each["quantity"], each["total"]) for each in cart["line_items"]] == [("Hat", 2, 20_00)]
    assert [each["display_name"] for each in cart["shipping_options"]] == ["Ground"]
