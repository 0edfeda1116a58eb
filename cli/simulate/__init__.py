"""Commands that simulate a bank's, a network's or a cardholder's steps, and merchants' settings."""
