"""Tax codes: those of Stripe's that its guides and samples use most. No tax is computed by them.

Source: Stripe, "Tax codes" (API reference) and "Available tax codes"; the texts are those of lists that public programs
have recorded. Stripe has some hundreds more, which are not there.
"""

from collections.abc import Mapping
from typing import Final

from paysandbox.http.answer import Body

TAX_CODE: Final = "tax_code"

_PERSONAL: Final = "The software is intended for personal use, rather than for use by a commercial enterprise."
_BUSINESS: Final = "The software is intended for use by a commercial enterprise."
_CLOUD: Final = (
    "Cloud services software delivered over the internet. The software isn't customized for a specific buyer and they "
    "don't download anything."
)
_ONLY_IN_THE_US: Final = (
    "Note: The distinction between business use and personal use for this product tax category is relevant only if you "
    "have sales in the US."
)

TAX_CODES: Final[Mapping[str, tuple[str, str]]] = {
    "txcd_00000000": (
        "Nontaxable",
        (
            "Any nontaxable good or service which can be used to ensure no tax is applied, even for jurisdictions that "
            "impose a tax."
        ),
    ),
    "txcd_10000000": ("General - Electronically Supplied Services", "Any electronically supplied good or service."),
    "txcd_10103000": (
        "Software as a service (SaaS) - personal use",
        f"{_CLOUD} {_PERSONAL}  {_ONLY_IN_THE_US}",
    ),
    "txcd_10103001": (
        "Software as a service (SaaS) - business use",
        f"{_CLOUD} {_BUSINESS}  {_ONLY_IN_THE_US}",
    ),
    "txcd_10302000": ("e-book", "An electronic book sold with unlimited usage."),
    "txcd_20030000": (
        "General - Services",
        (
            "Miscellaneous services. This code will only treat services as taxable if the jurisdiction taxes services "
            "generally."
        ),
    ),
    "txcd_35010000": (
        "Books",
        "Books or booklets consisting of text or illustrations bound in a stiffer cover than the pages.",
    ),
    "txcd_92010001": (
        "Shipping",
        "A shipping charge for the delivery of physical goods in conjunction with the sale of these goods.",
    ),
    "txcd_99999999": (
        "General - Tangible Goods",
        "Any tangible or physical good. For jurisdictions that impose a tax, the standard rate is applied.",
    ),
}
"""By ID, the name and the description."""


def tax_code_body(code: str) -> Body | None:
    """Return a tax code, or None if it is not one of these."""
    if code not in TAX_CODES:
        return None
    name, description = TAX_CODES[code]
    return {"id": code, "object": TAX_CODE, "description": description, "name": name, "requirements": None}
