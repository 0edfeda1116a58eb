"""A simulator of PayPal's Payouts API, in the process of the local engine: standard library and `cryptography` only."""
