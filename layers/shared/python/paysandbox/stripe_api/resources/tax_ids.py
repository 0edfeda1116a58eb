# pyright: standard
"""Tax IDs of customers. Source: Stripe, "Customer tax IDs" (API reference), and `TaxIds.d.ts` of stripe-node 23.1.0.

Tax is not simulated: they are stored and shown. A customer has the IDs of its own, so both are written together.
"""

from typing import Any, Final

from paysandbox.stripe_api.objects.tax_id import TAX_ID as OBJECT, tax_id_fields
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field


def _field(name: str, **parts: Any) -> Field:
    return Field(name=name, type=Any, create=False, update=False, **parts)


TAX_ID: Final = kit.Resource(
    object=OBJECT,
    prefix="txi",
    path="/tax_ids",
    noun=OBJECT,
    fields=(_field("customer", names="customer"), _field("type"), _field("value")),
    shown=kit.Shown(derived=tax_id_fields),
    routes=kit.Routes(operations=()),
    events=kit.Events(object=f"customer.{OBJECT}", ends=("created", "deleted")),
)
"""Their routes have the path of their customer, and rows of their own."""
