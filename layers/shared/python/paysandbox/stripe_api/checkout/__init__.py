"""Checkout: sessions, what is due for their items, their page, and how one is paid or expires."""
