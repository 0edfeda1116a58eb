"""Connect: what a payment shares with another merchant, its connected account or its platform."""
