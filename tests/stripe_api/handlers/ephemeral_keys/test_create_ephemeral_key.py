"""POST /v1/ephemeral_keys, and what the key opens: its customer and that customer's payment methods, for an hour."""

import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from paysandbox.http.keys.api_keys import ApiKeys, delete_keys, put_key
from paysandbox.http.keys.credential import WRONG_KEY, key_digest, publishable_key
from paysandbox.http.route import Route
from paysandbox.stripe_api.ids import merchant_of_account
from paysandbox.stripe_api.routes import (
    ATTACH_PAYMENT_METHOD,
    DETACH_PAYMENT_METHOD,
    LIST_CUSTOMER_PAYMENT_METHODS,
    LIST_CUSTOMER_SOURCES,
    LIST_PAYMENT_METHODS,
    ROUTES,
)
from stripe_api.authorize_v1 import ON_NO_PLAN
from tests.stripe_api.handlers.ephemeral_keys.conftest import KEY, STAGE, Authorized, sent, stored_key
from tests.stripe_api.scenarios import RESOURCE
from tests.support.builders.build import OTHER_MERCHANT
from tests.support.clients.saved_cards import attached, customer
from tests.support.clients.stripe_call import OF_MOBILE_SDK, StripeReply
from tests.support.clients.stripe_merchant import Of, StripeMerchant, done, wrong
from tests.support.worlds import table_snapshot
from tests.support.worlds.handlers import Clock, Lines

GET_CUSTOMER = RESOURCE["get_stripe_customer"]
OPENED = (LIST_PAYMENT_METHODS, LIST_CUSTOMER_PAYMENT_METHODS, ATTACH_PAYMENT_METHOD, DETACH_PAYMENT_METHOD)
FORBIDDEN = (403, "invalid_request_error", "secret_key_required", None)


def create(shop: StripeMerchant, name: str, *, key: str | None = None, **headers: str) -> StripeReply:
    return shop.ask(
        RESOURCE["create_ephemeral_key"], params={"customer": name}, key=key, headers={**OF_MOBILE_SDK, **headers}
    )


def secret(shop: StripeMerchant, name: str) -> str:
    return done(create(shop, name))["secret"]


def opens(answer: Authorized) -> bool:
    """Whether the key is known. Every other one is metered by none, so that API Gateway refuses it."""
    if answer["usageIdentifierKey"] == ON_NO_PLAN:
        assert answer["context"].keys() == {WRONG_KEY}
        return False
    return True


def send(secret: str, route: Route, of: Of = None, params: Mapping[str, Any] | None = None) -> StripeReply:
    """Send a request as API Gateway passes it on, also where the policy does not allow it."""
    context = sent(secret)["context"]
    return StripeMerchant(kind="ephemeral").ask(route, of, params, authorizer=context)


def test_a_key_is_shown_with_its_secret_for_an_hour(shop: StripeMerchant, jenny: str) -> None:
    body = done(create(shop, jenny))

    assert body["associated_objects"] == [{"id": jenny, "type": "customer"}]
    assert body["expires"] - body["created"] == 60 * 60
    assert body["id"].startswith("ephkey_")
    assert re.fullmatch(rf"ek_test_{shop.name}_{body['id'].removeprefix('ephkey_')}[a-z2-7]{{32}}", body["secret"])


def test_the_secret_is_neither_stored_nor_logged_and_a_key_gets_it_again(
    shop: StripeMerchant, jenny: str, lines: Lines
) -> None:
    first = create(shop, jenny, key="k")
    done(shop.ask(RESOURCE["delete_stripe_customer"], jenny))
    assert create(shop, jenny, key="k").text == first.text
    assert create(shop, customer(shop)).json["secret"] != first.json["secret"]

    hidden = first.json["secret"][-32:]
    assert hidden not in repr(table_snapshot.everything())
    assert hidden not in json.dumps([*map(repr, lines())])


def test_a_key_needs_a_version_and_a_customer(shop: StripeMerchant, jenny: str) -> None:
    without = shop.ask(
        RESOURCE["create_ephemeral_key"],
        params={"customer": jenny},
        headers={"Authorization": OF_MOBILE_SDK["Authorization"]},
    )
    assert "Stripe-Version" in without.error["message"]
    theirs = customer(StripeMerchant(OTHER_MERCHANT))
    assert wrong(create(shop, theirs)) == (400, "invalid_request_error", "resource_missing", "customer")
    for name in ("issuing_card", "nonce", "verification_session"):
        reply = shop.ask(RESOURCE["create_ephemeral_key"], params={"customer": jenny, name: "x"}, headers=OF_MOBILE_SDK)
        assert (reply.status, reply.error["param"]) == (400, name)
        assert "simulate" in reply.error["message"]


def test_the_policy_of_a_key_is_of_its_customer(shop: StripeMerchant, jenny: str) -> None:
    made = done(create(shop, jenny))
    answer = sent(made["secret"])

    assert answer["principalId"] == made["id"]
    assert answer["usageIdentifierKey"] == publishable_key(KEY), "a key of API Gateway whose text is no secret"
    assert answer["policyDocument"]["Statement"][0]["Resource"] == [
        f"{STAGE}/GET/customers/{jenny}",
        f"{STAGE}/GET/customers/{jenny}/payment_methods",
        f"{STAGE}/GET/payment_methods",
        f"{STAGE}/POST/payment_methods/*/attach",
        f"{STAGE}/POST/payment_methods/*/detach",
    ]
    assert made["secret"] not in repr(answer)


def test_a_key_that_was_issued_elsewhere_is_metered_by_its_digest(
    keys: ApiKeys, shop: StripeMerchant, jenny: str
) -> None:
    elsewhere = "sk_test_51HxAbCdEfGhIjKlM" + "z" * 78
    put_key(keys, stored_key(elsewhere))
    made = done(create(shop, jenny, Authorization=f"Bearer {elsewhere}"))
    assert sent(made["secret"])["usageIdentifierKey"] == key_digest(elsewhere)
    assert elsewhere not in repr(table_snapshot.everything())


def test_a_key_opens_its_customer_and_its_payment_methods(shop: StripeMerchant, jenny: str) -> None:
    key, card = secret(shop, jenny), shop.card()["id"]

    assert done(send(key, ATTACH_PAYMENT_METHOD, card, {"customer": jenny}))["customer"] == jenny
    assert done(send(key, GET_CUSTOMER, jenny))["id"] == jenny
    for listed in (
        send(key, LIST_PAYMENT_METHODS, None, {"customer": jenny}),
        send(key, LIST_CUSTOMER_PAYMENT_METHODS, jenny),
    ):
        assert [method["id"] for method in done(listed)["data"]] == [card]
    assert done(send(key, DETACH_PAYMENT_METHOD, card))["customer"] is None


def test_a_key_opens_nothing_of_another_customer(shop: StripeMerchant, jenny: str) -> None:
    key, ada = secret(shop, jenny), customer(shop)
    theirs, loose = attached(shop, ada), shop.card()["id"]
    for reply in (
        send(key, GET_CUSTOMER, ada),
        send(key, LIST_CUSTOMER_PAYMENT_METHODS, ada),
        send(key, LIST_PAYMENT_METHODS, None, {"customer": ada}),
        send(key, LIST_PAYMENT_METHODS),
        send(key, ATTACH_PAYMENT_METHOD, loose, {"customer": ada}),
        send(key, DETACH_PAYMENT_METHOD, theirs),
        send(key, DETACH_PAYMENT_METHOD, loose),
    ):
        assert wrong(reply) == FORBIDDEN
    assert [each["id"] for each in done(shop.get(LIST_CUSTOMER_PAYMENT_METHODS, ada))["data"]] == [theirs]
    taken = send(key, ATTACH_PAYMENT_METHOD, theirs, {"customer": jenny})
    assert taken.status == 400, "another customer's payment method stays its own"


def test_a_detachment_is_repeated_by_a_key_of_the_same_customer_alone(shop: StripeMerchant, jenny: str) -> None:
    card = attached(shop, jenny)
    mine, adas = sent(secret(shop, jenny))["context"], sent(secret(shop, customer(shop)))["context"]
    ask = StripeMerchant(kind="ephemeral").ask
    first = ask(DETACH_PAYMENT_METHOD, card, key="k", authorizer=mine)
    assert done(first) == done(ask(DETACH_PAYMENT_METHOD, card, key="k", authorizer=mine))
    assert wrong(ask(DETACH_PAYMENT_METHOD, card, key="k", authorizer=adas)) == FORBIDDEN


def test_every_other_route_is_refused(shop: StripeMerchant, jenny: str) -> None:
    key, opened = secret(shop, jenny), (GET_CUSTOMER, *OPENED)
    for route in (route for route in ROUTES if route not in opened):
        reply = send(key, route, tuple(jenny for _ in re.findall(r"{\w+}", route.path)))
        assert wrong(reply) == FORBIDDEN, route.name
        assert "ephemeral key" in reply.error["message"]


def test_a_key_expires_for_the_authorizer_and_for_the_handlers(
    shop: StripeMerchant, jenny: str, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    key = secret(shop, jenny)
    clock.advance(timedelta(minutes=59))
    assert done(send(key, GET_CUSTOMER, jenny))
    clock.advance(timedelta(minutes=1, seconds=1))
    late = send(key, GET_CUSTOMER, jenny)
    assert wrong(late) == (401, "invalid_request_error", "api_key_expired", None)
    assert opens(sent(key)), "by the clock on the wall it has not: the sandbox's is ahead"

    from paysandbox.stripe_api.ephemeral import keys as ephemeral_keys

    ended = ephemeral_keys.wall_now() + timedelta(hours=1)
    monkeypatch.setattr(ephemeral_keys, "wall_now", lambda: ended)
    assert not opens(sent(key))


def test_forged_and_foreign_keys_open_nothing(keys: ApiKeys, shop: StripeMerchant, jenny: str) -> None:
    made = done(create(shop, jenny))
    key: str = made["secret"]
    body = made["id"].removeprefix("ephkey_")
    for forged in (
        key[:-1] + ("a" if key[-1] != "a" else "b"),
        key.replace(f"_{shop.name}_", f"_{OTHER_MERCHANT}_"),
        key.replace(body, "a" * len(body)),
        key + "a",
        key[:-1],
        made["id"],
    ):
        assert not opens(sent(forged)), forged
    assert not opens(sent(key, key)), "two headers"
    assert opens(sent(key))


@pytest.mark.parametrize("change", ["revoked", "moved"])
def test_a_key_ends_with_the_key_that_created_it(keys: ApiKeys, shop: StripeMerchant, jenny: str, change: str) -> None:
    key = secret(shop, jenny)
    assert opens(sent(key))
    if change == "revoked":
        delete_keys(keys, [key_digest(KEY)])
    else:
        put_key(keys, stored_key(KEY, OTHER_MERCHANT))
    assert not opens(sent(key))


def test_another_kind_of_key_creates_none(shop: StripeMerchant, jenny: str) -> None:
    page = StripeMerchant(kind="publishable").ask(
        RESOURCE["create_ephemeral_key"], params={"customer": jenny}, headers=OF_MOBILE_SDK
    )
    assert wrong(page) == FORBIDDEN
    mine = done(create(shop, jenny))
    for route, of in (
        (RESOURCE["create_ephemeral_key"], None),
        (RESOURCE["delete_ephemeral_key"], mine["id"]),
        (LIST_CUSTOMER_SOURCES, jenny),
    ):
        assert wrong(send(mine["secret"], route, of)) == FORBIDDEN


def test_a_platforms_key_creates_one_for_a_customer_of_its_account(shop: StripeMerchant, jenny: str) -> None:
    account = done(shop.post(RESOURCE["create_account"]))["id"]
    rosa = done(shop.ask(RESOURCE["create_stripe_customer"], headers={"Stripe-Account": account}))["id"]
    of_account = done(create(shop, rosa, **{"Stripe-Account": account}))["secret"]

    assert opens(sent(of_account))
    assert sent(of_account)["context"]["merchant"] == merchant_of_account(account)
    assert done(send(of_account, GET_CUSTOMER, rosa))["id"] == rosa
    context = sent(secret(shop, jenny))["context"]
    mobile, headers = StripeMerchant(kind="ephemeral"), {"Stripe-Account": account}
    assert mobile.ask(GET_CUSTOMER, jenny, authorizer=context, headers=headers).status == 403
