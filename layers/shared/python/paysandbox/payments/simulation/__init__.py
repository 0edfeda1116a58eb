"""What can be made to happen to a payment by its bank, the network or the cardholder."""
