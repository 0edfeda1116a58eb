"""Customers: create, show and change them."""
