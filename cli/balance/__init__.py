"""The merchant's balance."""
