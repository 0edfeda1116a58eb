"""Coupons and promotion codes: whether they apply to a purchase, what they take off, and their redemptions."""
