"""A payment's postings in double entry, as a route shows them. `payments.accounting` computes them."""
