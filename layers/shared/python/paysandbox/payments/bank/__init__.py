"""The simulated bank: cards, test cards, the outcomes that a caller may request, and what the bank answers."""
