"""Commands about donations, donors and the account at Stripe."""
