"""A merchant's balance: what moved it, and what of it is available."""
