"""Pure decisions about money. No clock, no dice, no AWS: everything that a decision needs is an argument."""
