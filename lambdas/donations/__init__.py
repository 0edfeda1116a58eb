"""Functions of the donations: their routes, and the workers that hear from Stripe and thank the donors."""
