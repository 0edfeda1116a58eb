"""Setup intents: the rules of saving a card, the card and its bank, the secrets, and the page of a challenge."""
