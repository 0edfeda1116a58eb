"""The kinds of operations on a payment, one file each: plain data, and what an operation does and looks like."""
