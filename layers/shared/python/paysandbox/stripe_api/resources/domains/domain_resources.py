# pyright: standard
"""Domains on which wallets are shown: payment method domains, and Apple Pay's, which they have replaced.

Source: Stripe, "Payment Method Domains" and "Apple Pay Domains" (API reference), and the types of its SDKs. Nobody
visits a domain: each method is active as soon as an enabled one is registered, as at Stripe since registration alone is
enough for Apple Pay (woocommerce-gateway-stripe#4371). That those of a disabled domain are inactive is ours. The
stand-in for Stripe.js shows no wallet. Stripe has no events of domains.
"""

from typing import Annotated, Final

from pydantic import Field as Limits

from paysandbox.core.errors import Code
from paysandbox.stripe_api.objects.stored_object import Attributes, StoredObject
from paysandbox.stripe_api.requests import ValidatePaymentMethodDomain, Yes
from paysandbox.stripe_api.resource_kit import declaration as kit
from paysandbox.stripe_api.resource_kit.declaration import Field

_LABEL: Final = "[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
DomainName = Annotated[str, Limits(max_length=253, pattern=rf"^{_LABEL}(?:\.{_LABEL})*$")]
"""A host name (RFC 1123, section 2.1), without a scheme, port or path."""

METHODS: Final = ("amazon_pay", "apple_pay", "google_pay", "klarna", "link", "paypal")


def _derived(domain: StoredObject) -> Attributes:
    enabled = domain.attributes.get("enabled", True)
    return {name: {"status": "active" if enabled else "inactive"} for name in METHODS}


PAYMENT_METHOD_DOMAIN: Final = kit.Resource(
    object="payment_method_domain",
    prefix="pmd",
    path="/payment_method_domains",
    noun="payment method domain",
    fields=(
        Field(name="domain_name", type=DomainName, required=True, update=False, filters=True),
        Field(name="enabled", type=Yes, default=True, filters=True),
    ),
    shown=kit.Shown(derived=_derived),
    routes=kit.Routes(
        actions=(
            kit.Action(
                name="validate",
                module=f"{__package__}.domain_actions",
                path="/payment_method_domains/{id}/validate",
                summary="Check a payment method domain again",
                body=ValidatePaymentMethodDomain,
                by=kit.WRITE_OBJECTS,
                grants=kit.CHANGE_OBJECT,
                refusals=(Code.RESOURCE_NOT_FOUND, Code.TOO_MANY_CHANGES),
            ),
        ),
    ),
)

APPLE_PAY_DOMAIN: Final = kit.Resource(
    object="apple_pay_domain",
    prefix="apwc",
    path="/apple_pay/domains",
    noun="Apple Pay domain",
    fields=(Field(name="domain_name", type=DomainName, required=True, update=False, filters=True),),
    routes=kit.Routes(operations=("create", "list", "get", "delete"), deletion=kit.Deletion()),
)
