"""Tax IDs of customers."""
