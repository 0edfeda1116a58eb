"""Request bodies of the route that funds a merchant."""

from paysandbox.http.parameter_shape import Shape
from paysandbox.payments.requests import Amount, Currency


class FundMerchant(Shape):
    """Money to add to what the merchant has available."""

    amount: Amount
    currency: Currency
