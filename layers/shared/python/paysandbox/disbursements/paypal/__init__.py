"""The PayPal rail."""
