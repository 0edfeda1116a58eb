"""Payouts by ACH credit: windows, NACHA files, and a simulated bank."""
