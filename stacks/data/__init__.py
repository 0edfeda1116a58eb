"""The stacks of what must not be lost: payments, donors and secrets."""
