"""The kinds of operations on a payment, one file each."""
