"""Ephemeral keys: with one, a mobile application shows and changes what one customer has saved."""
