"""Simulate what a bank, a network or a cardholder does to a payment, and merchants' settings of the simulation."""
