"""The handlers of payment method domains."""
