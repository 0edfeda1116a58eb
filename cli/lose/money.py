"""The verdict on money: the ledger's amounts against the fault-free run and the application's own books.

Amounts are in minor units, by reference and currency. S is what the ledger holds: captured, less refunded, less lost
disputes. E is S of the fault-free run, and B is what the application believes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Final, NamedTuple


class Subject(NamedTuple):
    """What amounts are of: the merchant's reference, "" without one, and a currency in upper case."""

    reference: str
    currency: str


@dataclass(frozen=True)
class Held:
    """What the ledger holds. `open_holds` is authorized and neither captured nor released, and is not counted."""

    captured: int = 0
    refunded: int = 0
    lost: int = 0
    open_holds: int = 0
    payments: tuple[str, ...] = ()

    @property
    def net(self) -> int:
        """S."""
        return self.captured - self.refunded - self.lost

    def plus(self, other: Held) -> Held:
        """Return the sum of both."""
        return Held(
            self.captured + other.captured,
            self.refunded + other.refunded,
            self.lost + other.lost,
            self.open_holds + other.open_holds,
            (*self.payments, *other.payments),
        )


@dataclass(frozen=True)
class Believed:
    """What the application's books say: paid, refunded, and the value of the goods that were sent."""

    paid: int = 0
    refunded: int = 0
    fulfilled: int = 0

    @property
    def net(self) -> int:
        """B: paid, less refunded."""
        return self.paid - self.refunded

    def plus(self, other: Believed) -> Believed:
        """Return the sum of both."""
        return Believed(self.paid + other.paid, self.refunded + other.refunded, self.fulfilled + other.fulfilled)


Ledger = Mapping[Subject, Held]
Books = Mapping[Subject, Believed]

_HOLDING: Final = frozenset({"approved", "partially_captured"})
_ORDER_FIELDS: Final = ("paid", "refunded", "fulfilled")


class BooksUnreadable(ValueError):  # noqa: N818 - the text is wrong, not the program
    """The output of the state command is not what it should be. The message says where."""


def ledger_of(payments: Sequence[Mapping[str, Any]], order_key: str) -> dict[Subject, Held]:
    """Add up payments as `GET /payments` lists them. A Stripe payment's reference is its metadata at `order_key`."""
    found: dict[Subject, Held] = {}
    for payment in payments:
        reference = payment.get("reference") or (payment.get("metadata") or {}).get(order_key) or ""
        subject = Subject(reference, payment["currency"].upper())
        held = Held(
            captured=payment["captured"],
            refunded=payment["refunded"],
            lost=_lost(payment),
            open_holds=payment["remaining"] if payment["status"] in _HOLDING else 0,
            payments=(payment["auth_id"],),
        )
        found[subject] = found.get(subject, Held()).plus(held)
    return found


def _lost(payment: Mapping[str, Any]) -> int:
    """Return what disputes withdrew for good: the latest is only lost once it says so."""
    withdrawn = payment.get("disputed") or 0
    latest = payment.get("dispute") or {}
    is_open = latest.get("status") not in {"lost", "won"}
    return max(0, withdrawn - (latest.get("amount", 0) if latest and is_open else 0))


def read_books(value: Any) -> dict[Subject, Believed]:
    """Return the books from `{"orders": [{"reference", "currency", "paid", "refunded", "fulfilled"}]}`.

    Amounts that are left out are 0. Raises BooksUnreadable.
    """
    if not isinstance(value, dict) or not isinstance(value.get("orders"), list):
        raise BooksUnreadable('it is not an object with a list "orders"')
    found: dict[Subject, Believed] = {}
    orders: list[Any] = value["orders"]
    for number, order in enumerate(orders):
        where = f"orders[{number}]"
        if not isinstance(order, dict):
            raise BooksUnreadable(f"{where} is not an object")
        texts: dict[str, Any] = order
        unknown = sorted(texts.keys() - {"reference", "currency", *_ORDER_FIELDS})
        if unknown:
            raise BooksUnreadable(f"{where} has an unknown field {unknown[0]!r}")
        reference, currency = texts.get("reference"), texts.get("currency")
        if not isinstance(reference, str) or not isinstance(currency, str):
            raise BooksUnreadable(f"{where} needs a reference and a currency, both texts")
        amounts = {name: texts.get(name, 0) for name in _ORDER_FIELDS}
        for name, amount in amounts.items():
            if type(amount) is not int or amount < 0:
                raise BooksUnreadable(f"{where}.{name} is not a whole number of minor units")
        subject = Subject(reference, currency.upper())
        found[subject] = found.get(subject, Believed()).plus(Believed(**amounts))
    return found


class Kind(StrEnum):
    """In which way money is lost or made."""

    CHARGED_TOO_MUCH = "charged_too_much"
    PAID_NOT_SHOWN = "paid_not_shown"
    SHOWN_NOT_PAID = "shown_not_paid"
    SHIPPED_UNPAID = "shipped_unpaid"
    REFUNDED_TOO_MUCH = "refunded_too_much"


@dataclass(frozen=True)
class Finding:
    """An amount that is wrong, above 0, and the payments in the ledger that it is about."""

    kind: Kind
    subject: Subject
    amount: int
    payments: tuple[str, ...] = ()


def renamed(amounts: Mapping[Subject, Any], text: str, name: str) -> dict[Subject, Any]:
    """Return the amounts with a text that differs between runs renamed in their references."""
    return {
        subject._replace(reference=subject.reference.replace(text, name)): each for subject, each in amounts.items()
    }


def in_total(amounts: Mapping[Subject, Any]) -> dict[Subject, Any]:
    """Return the amounts by currency alone, for a program whose references are new in every run."""
    found: dict[Subject, Any] = {}
    for subject, amount in amounts.items():
        total = Subject("", subject.currency)
        found[total] = found[total].plus(amount) if total in found else amount
    return found


def judge(ledger: Ledger, expected: Ledger, books: Books | None) -> list[Finding]:
    """Return what is wrong, by reference and currency. Empty is green.

    Without books only a charge above the expected amount is judged. Each amount is counted once: a charge above the
    expected amount is not repeated as one that the books lack, nor goods without their money as a payment that only
    they show.
    """
    found: list[Finding] = []
    subjects = dict.fromkeys([*ledger, *expected, *(books or ())])
    for subject in subjects:
        held, wanted = ledger.get(subject, Held()), expected.get(subject, Held()).net
        amounts = {Kind.CHARGED_TOO_MUCH: held.net - wanted}
        if books is not None:
            believed = books.get(subject, Believed())
            missing = max(0, believed.net - held.net)
            returned = min(missing, max(0, held.refunded - believed.refunded))
            shipped = max(0, believed.fulfilled - max(0, held.net) - returned)
            amounts |= {
                Kind.PAID_NOT_SHOWN: min(held.net, max(wanted, believed.net)) - believed.net,
                Kind.REFUNDED_TOO_MUCH: returned,
                Kind.SHIPPED_UNPAID: shipped,
                Kind.SHOWN_NOT_PAID: missing - returned - shipped,
            }
        found += [Finding(kind, subject, amount, held.payments) for kind, amount in amounts.items() if amount > 0]
    return found


def disagreements(ledger: Ledger, books: Books) -> list[Finding]:
    """Return where the books of a run without faults differ from the ledger."""
    return judge(ledger, ledger, books)
