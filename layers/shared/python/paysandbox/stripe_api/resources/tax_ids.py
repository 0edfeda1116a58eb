# pyright: standard
"""Tax IDs of customers. Source: Stripe, "Customer tax IDs" (API reference), and `TaxIds.d.ts` of stripe-node 23.1.0.

Tax is not simulated: they are stored and shown. A customer has the IDs of its own, so both are written together.
"""

from typing import Final

from paysandbox.aws.resources import STRIPE_OBJECTS, Grant
from paysandbox.core.errors import Code
from paysandbox.stripe_api.objects.tax_id import TAX_ID as OBJECT, tax_id_fields
from paysandbox.stripe_api.requests import CreateCustomerTaxId, ListCustomerTaxIds, Retrieve
from paysandbox.stripe_api.resource_kit import declaration as kit

_ACTIONS: Final = "paysandbox.stripe_api.tax_ids.tax_id_actions"
_OF_CUSTOMER: Final = "/customers/{id}/tax_ids"

TAX_ID: Final = kit.Resource(
    object=OBJECT,
    prefix="txi",
    path="/tax_ids",
    noun=OBJECT,
    fields=(kit.given("customer", names="customer"), kit.given("type"), kit.given("value")),
    shown=kit.Shown(derived=tax_id_fields),
    routes=kit.Routes(
        operations=(),
        actions=(
            kit.Action(
                name="list_tax_ids",
                route="list_customer_tax_ids",
                module=_ACTIONS,
                method="GET",
                path=_OF_CUSTOMER,
                summary="List the tax IDs of a customer",
                query=ListCustomerTaxIds,
                by=kit.READ_OBJECTS,
                grants=(Grant(STRIPE_OBJECTS, ("GetItem", "BatchGetItem")),),
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
            kit.Action(
                name="create",
                route="create_customer_tax_id",
                module=_ACTIONS,
                path=_OF_CUSTOMER,
                summary="Create a tax ID of a customer",
                body=CreateCustomerTaxId,
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
            kit.Action(
                name="get",
                route="get_customer_tax_id",
                module=_ACTIONS,
                method="GET",
                path=f"{_OF_CUSTOMER}/{{tax_id}}",
                summary="Get a tax ID of a customer",
                query=Retrieve,
                by=kit.READ_OBJECTS,
                grants=kit.READ_OBJECT,
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
            kit.Action(
                name="delete",
                route="delete_customer_tax_id",
                module=_ACTIONS,
                method="DELETE",
                path=f"{_OF_CUSTOMER}/{{tax_id}}",
                summary="Delete a tax ID of a customer",
                grants=kit.DELETE_OBJECT,
                refusals=(Code.RESOURCE_NOT_FOUND,),
            ),
        ),
    ),
    events=kit.Events(object=f"customer.{OBJECT}", ends=("created", "deleted")),
)
