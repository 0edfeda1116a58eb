"""Request bodies of the route that funds a merchant."""

from paysandbox.http.parameter_shape import Shape
from paysandbox.payments.requests import Amount, Currency


class FundMerchant(Shape):
    """Money to add to the merchant's funds."""

    amount: Amount
    currency: Currency
