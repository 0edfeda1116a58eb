"""Random histories of saved cards: a detached or foreign one never pays, and is never another's to see."""

from collections.abc import Callable
from dataclasses import dataclass, field
from random import Random

import pytest

from paysandbox.stripe_api.routes import (
    CREATE_CHARGE,
    DELETE_CUSTOMER_SOURCE,
    DETACH_PAYMENT_METHOD,
    GET_CUSTOMER_SOURCE,
    GET_PAYMENT_METHOD,
)
from tests.support.builders.build import MERCHANT, OTHER_MERCHANT
from tests.support.clients.saved_cards import CUSTOMER, attach, customer, listed, saved, sources
from tests.support.clients.stripe_merchant import VISA, StripeMerchant, done

STEPS = 60
SEEDS = [
    2,
    *(pytest.param(seed, marks=pytest.mark.full) for seed in (0, 1, 3)),
    *(pytest.param(seed, marks=pytest.mark.soak) for seed in range(4, 40)),
]


@dataclass
class Shop:
    """A merchant, and what should be so: its customers, whose each card is (None: nobody's yet), and what is spent.

    `defaults` are the default sources of customers.
    """

    api: StripeMerchant
    customers: list[str] = field(default_factory=list[str])
    owner: dict[str, str | None] = field(default_factory=dict[str, str | None])
    spent: set[str] = field(default_factory=set[str])
    defaults: dict[str, str | None] = field(default_factory=dict[str, str | None])

    def pays(self, card: str, payer: str | None) -> bool:
        """Whether a card pays a payment of a customer."""
        return card in self.owner and card not in self.spent and self.owner[card] in (None, payer)

    def sources(self, owner: str) -> list[str]:
        """Return a customer's sources, the latest first."""
        theirs = [card for card, of in self.owner.items() if of == owner and card not in self.spent]
        return [card for card in theirs if card.startswith("card_")][::-1]

    def spend(self, card: str) -> None:
        """Note that a card never pays again."""
        self.spent.add(card)
        owner = self.owner[card]
        if owner and self.defaults.get(owner) == card:
            self.defaults[owner] = next(iter(self.sources(owner)), None)


def sign_up(shop: Shop, _: Random, __: list[Shop]) -> None:
    shop.customers.append(customer(shop.api))


def make_card(shop: Shop, _: Random, __: list[Shop]) -> None:
    shop.owner[shop.api.card()["id"]] = None


def attach_card(shop: Shop, random: Random, shops: list[Shop]) -> None:
    card, owner = any_card(random, shops), any_customer(random, shops)
    is_allowed = owner in shop.customers and card in shop.owner and card not in shop.spent and not shop.owner[card]
    assert (attach(shop.api, card, owner).status == 200) is is_allowed
    if is_allowed:
        shop.owner[card] = owner


def detach_card(shop: Shop, random: Random, shops: list[Shop]) -> None:
    card = any_card(random, shops)
    is_allowed = bool(shop.owner.get(card)) and card not in shop.spent
    assert (shop.api.post(DETACH_PAYMENT_METHOD, card).status == 200) is is_allowed
    if is_allowed:
        shop.spend(card)


def save_source(shop: Shop, random: Random, shops: list[Shop]) -> None:
    owner = any_customer(random, shops)
    if owner in shop.customers:
        card = saved(shop.api, owner)
        shop.owner[card] = owner
        shop.defaults[owner] = shop.defaults.get(owner) or card


def replace_source(shop: Shop, random: Random, _: list[Shop]) -> None:
    if shop.customers:
        owner = random.choice(shop.customers)
        changed = done(shop.api.post(CUSTOMER["update_stripe_customer"], owner, source="tok_visa"))
        if before := shop.defaults.get(owner):
            shop.spent.add(before)
        shop.owner[changed["default_source"]] = owner
        shop.defaults[owner] = changed["default_source"]


def delete_source(shop: Shop, random: Random, shops: list[Shop]) -> None:
    card, owner = any_card(random, shops), any_customer(random, shops)
    is_theirs = card in shop.sources(owner) and owner in shop.customers
    is_repeated = card in shop.spent and card.startswith("card_") and shop.owner[card] == owner
    answered = shop.api.ask(DELETE_CUSTOMER_SOURCE, (owner, card)).status
    assert answered == 200 if is_theirs else answered in ((200, 404) if is_repeated else (404,))
    if is_theirs:
        shop.spend(card)


def charge_customer(shop: Shop, random: Random, shops: list[Shop]) -> None:
    payer, card = any_customer(random, shops), random.choice([None, any_card(random, shops)])
    named = {"source": card} if card else {}
    paid = shop.api.post(CREATE_CHARGE, amount=10_00, currency="usd", customer=payer, **named)
    pays = card in shop.sources(payer) if card else shop.defaults.get(payer) is not None
    assert (paid.status == 200) is (pays and payer in shop.customers)
    if paid.status == 200:
        assert paid.json["source"]["id"] == (card or shop.defaults[payer])


def pay(shop: Shop, random: Random, shops: list[Shop]) -> None:
    card, payer = any_card(random, shops), random.choice([None, *shop.customers])
    of = {"customer": payer} if payer else {}
    is_allowed = shop.pays(card, payer)
    assert (shop.api.create(payment_method=card, confirm=True, **of).status == 200) is is_allowed
    if is_allowed and not shop.owner[card]:
        shop.spent.add(card)


def save_while_paying(shop: Shop, random: Random, _: list[Shop]) -> None:
    if shop.customers:
        payer = random.choice(shop.customers)
        paid = shop.api.paid(customer=payer, payment_method=VISA, setup_future_usage="off_session")
        shop.owner[paid["payment_method"]] = payer


def delete_customer(shop: Shop, random: Random, _: list[Shop]) -> None:
    if len(shop.customers) > 1:
        gone = shop.customers.pop(random.randrange(len(shop.customers)))
        done(shop.api.ask(CUSTOMER["delete_stripe_customer"], gone))
        shop.spent.update(card for card, owner in shop.owner.items() if owner == gone)


ACTIONS: list[Callable[[Shop, Random, list[Shop]], None]] = [
    sign_up,
    make_card,
    attach_card,
    attach_card,
    detach_card,
    pay,
    pay,
    pay,
    save_while_paying,
    save_source,
    replace_source,
    delete_source,
    charge_customer,
    charge_customer,
    delete_customer,
]


def any_card(random: Random, shops: list[Shop]) -> str:
    return random.choice([card for shop in shops for card in shop.owner])


def any_customer(random: Random, shops: list[Shop]) -> str:
    return random.choice([name for shop in shops for name in shop.customers])


@pytest.mark.parametrize("seed", SEEDS)
def test_a_card_pays_only_for_whom_it_is_attached_to(seed: int) -> None:
    random = Random(seed)
    shops = [Shop(StripeMerchant(name)) for name in (MERCHANT, OTHER_MERCHANT)]
    for shop in shops:
        sign_up(shop, random, shops)
        make_card(shop, random, shops)
    for _ in range(STEPS):
        random.choice(ACTIONS)(random.choice(shops), random, shops)
    for shop in shops:
        for name in shop.customers:
            theirs = {card for card, owner in shop.owner.items() if owner == name and card not in shop.spent}
            assert set(listed(shop.api, name, limit=100)) == theirs
            assert set(sources(shop.api, name)) == set(shop.sources(name))
            assert done(shop.api.get(CUSTOMER["get_stripe_customer"], name))["default_source"] == shop.defaults.get(
                name
            )
        for card in (card for other in shops if other is not shop for card in other.owner):
            assert shop.api.get(GET_PAYMENT_METHOD, card).status == 404
            assert shop.api.get(GET_CUSTOMER_SOURCE, (shop.customers[0], card)).status == 404
