"""Customers: create, list, show and change them."""
