"""Request bodies of the route that funds a merchant."""

from paysandbox.payments.requests import Amount, Currency, Shape


class FundMerchant(Shape):
    """Money to add to the merchant's funds."""

    amount: Amount
    currency: Currency
