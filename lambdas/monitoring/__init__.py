"""The watch from outside: who asks the deployed API as a merchant would."""
