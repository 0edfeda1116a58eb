# pyright: standard
"""Read subscriptions and invoices for an audit, and compare them with each other and with payments. It reads only.

A scan is no snapshot: what is written meanwhile may be in one part of it and not in another. So the billing of a
customer in which something differs is read again, with its payments.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from paysandbox.aws.dynamodb.batch_get import items_by_id
from paysandbox.aws.dynamodb.conditional_write import Ledger
from paysandbox.aws.dynamodb.sharded_index import oldest
from paysandbox.aws.schema import PARTITION_KEY, STRIPE_OBJECTS_KEY
from paysandbox.core.ids import AUTHORIZATION
from paysandbox.core.record import replace
from paysandbox.payments.audit import Break
from paysandbox.payments.ledger.items import UNREADABLE, payment_in
from paysandbox.payments.payment import Payment
from paysandbox.stripe_api.billing.auditing.rules import (
    Billed,
    InvoicePayment,
    breaks_of,
    invoice_payment,
    without_invoice,
)
from paysandbox.stripe_api.billing.invoice import CUSTOMER, INTENT, INVOICE
from paysandbox.stripe_api.billing.subscription import SUBSCRIPTION
from paysandbox.stripe_api.objects.stored_object import StoredObject
from paysandbox.stripe_api.resource_kit.objects_table import (
    ObjectsTable,
    get_object,
    get_objects,
    object_in,
    objects_of_customer,
)

Of = tuple[str, str]
"""A merchant, and the ID of one of its customers or invoices."""

_AT_ONCE: Final = 100


@dataclass(slots=True)
class BillingAudit:
    """The payments of invoices that were taken so far, by merchant and invoice. `now` (UTC) is before the first read.

    Payments are kept for `retention`. `subscriptions` and `invoices` count what is stored.
    """

    now: datetime
    retention: timedelta
    subscriptions: int = 0
    invoices: int = 0
    _payments: dict[Of, dict[str, InvoicePayment]] = field(
        default_factory=lambda: defaultdict[Of, dict[str, InvoicePayment]](dict)
    )

    def take(self, payment: Payment | None) -> None:
        """Note a payment, if it is one that can be read and that pays an invoice. One that is read again replaces
        itself."""
        try:
            found = invoice_payment(payment) if payment is not None else None
        except UNREADABLE:
            return  # the audit of the ledger reports that its operations cannot be folded
        if found is not None:
            self._payments[found.merchant, found.invoice][found.id] = found

    def close(self, ledger: Ledger, table: ObjectsTable, *, look_again: Callable[[], bool]) -> list[Break]:
        """Read the table, and return the differences. Call it once, after the last payment.

        While something differs, `look_again` waits, and returns whether to read that again.
        """
        groups, unreadable = self._scan(table)
        known = {(each.merchant, each.id) for group in groups.values() for each in group if each.object == INVOICE}
        customers = _customers(table, groups)
        found = {of: self._breaks(of, customers.get(of), groups[of]) for of in sorted(groups)}
        strays = self._strays(of for of in self._payments if of not in known)
        while (wrong := [of for of, breaks in found.items() if breaks]) + [*strays] and look_again():
            for of in wrong:
                found[of] = self._read_again(ledger, table, of)
            strays = self._strays(self._still_stray(ledger, table, strays))
        return [*unreadable, *(each for breaks in found.values() for each in breaks), *strays.values()]

    def _scan(self, table: ObjectsTable) -> tuple[dict[Of, list[StoredObject]], list[Break]]:
        groups, unreadable = defaultdict[Of, list[StoredObject]](list), list[Break]()
        for item in _every(table):
            try:
                stored = object_in(item)
                of = (stored.merchant, stored.attributes[CUSTOMER])
            except UNREADABLE as error:
                unreadable.append(_unreadable(item[STRIPE_OBJECTS_KEY]["S"], error))
                continue
            if not stored.deleted:
                self.subscriptions += stored.object == SUBSCRIPTION
                self.invoices += stored.object == INVOICE
                # The changes are most of an object, and no rule needs them.
                groups[of].append(replace(stored, changes=()))
        return groups, unreadable

    def _breaks(self, of: Of, customer: StoredObject | None, objects: Iterable[StoredObject]) -> list[Break]:
        merchant, name = of
        ordered = sorted(objects, key=lambda each: (each.created_at, each.id))
        invoices = [each for each in ordered if each.object == INVOICE]
        billed = Billed(
            customer=customer,
            subscriptions=[each for each in ordered if each.object == SUBSCRIPTION],
            invoices=invoices,
            payments={
                each.id: [*self._payments[merchant, each.id].values()]
                for each in invoices
                if (merchant, each.id) in self._payments
            },
        )
        try:
            return breaks_of(billed, self.now, self.retention)
        except UNREADABLE as error:
            return [_unreadable(name, error)]

    def _read_again(self, ledger: Ledger, table: ObjectsTable, of: Of) -> list[Break]:
        """Read the billing of a customer, and then its payments, and return what differs."""
        merchant, name = of
        objects = [each for kind in (SUBSCRIPTION, INVOICE) for each in _of_customer(table, kind, of)]
        invoices = [each for each in objects if each.object == INVOICE]
        known = [payment for each in invoices for payment in self._payments.pop((merchant, each.id), ())]
        self._take_again(ledger, [*known, *_of_intents(invoices)])
        return self._breaks(of, get_object(table, "customer", merchant, name), objects)

    def _take_again(self, ledger: Ledger, payment_ids: Iterable[str]) -> None:
        for item in items_by_id(ledger.client, ledger.table, PARTITION_KEY, payment_ids).values():
            try:
                self.take(payment_in(item))
            except UNREADABLE:
                continue  # the audit of the ledger reports it

    def _strays(self, of: Iterable[Of]) -> dict[InvoicePayment, Break]:
        payments = [payment for each in sorted(of) for payment in self._payments[each].values()]
        found = {payment: without_invoice(payment, self.now) for payment in payments}
        return {payment: each for payment, each in found.items() if each is not None}

    def _still_stray(self, ledger: Ledger, table: ObjectsTable, strays: Iterable[InvoicePayment]) -> list[Of]:
        """Return those of these payments' invoices that do not exist by now. A payment that was purged has none."""
        payments = [*strays]
        missing = list[Of]()
        for merchant in sorted({each.merchant for each in payments}):
            names = {each.invoice for each in payments if each.merchant == merchant}
            there = {name for name, each in get_objects(table, merchant, INVOICE, names).items() if not each.deleted}
            missing += [(merchant, name) for name in sorted(names - there)]
        again = [each.id for each in payments if (each.merchant, each.invoice) in missing]
        for of in missing:
            self._payments.pop(of)
        self._take_again(ledger, again)
        return [of for of in missing if of in self._payments]


def _of_intents(invoices: Iterable[StoredObject]) -> list[str]:
    """Return the payments that invoices name by their intents (`pi_…` for `auth_…`)."""
    intents = (each.attributes.get(INTENT) for each in invoices)
    return [f"{AUTHORIZATION}_{intent.partition('_')[2]}" for intent in intents if intent]


def _of_customer(table: ObjectsTable, kind: str, of: Of) -> Iterator[StoredObject]:
    merchant, customer = of
    source = objects_of_customer(table, kind, merchant, customer, None, None)
    more: str | None = ""
    while more is not None:
        found, more = oldest(replace(source, since=more) if more else source, limit=_AT_ONCE)
        yield from (each for each in found if not each.deleted)


def _customers(table: ObjectsTable, of: Iterable[Of]) -> dict[Of, StoredObject]:
    by_merchant = defaultdict[str, list[str]](list)
    for merchant, customer in of:
        by_merchant[merchant].append(customer)
    return {
        (merchant, name): customer
        for merchant, names in by_merchant.items()
        for name, customer in get_objects(table, merchant, "customer", names).items()
    }


def _every(table: ObjectsTable) -> Iterator[Any]:
    pages: Any = table.client.get_paginator("scan").paginate(
        TableName=table.table,
        ConsistentRead=True,
        FilterExpression="#0 IN (:0, :1)",
        ExpressionAttributeNames={"#0": "object"},
        ExpressionAttributeValues={":0": {"S": SUBSCRIPTION}, ":1": {"S": INVOICE}},
    )
    for page in pages:
        yield from page["Items"]


def _unreadable(where: str, error: Exception) -> Break:
    return Break(rule="layout", where=where, detail=f"it cannot be read: {type(error).__name__}: {error}")
