"""Cards: brands, and card numbers in texts and bodies, which are never shown or logged."""
