"""What Stripe has, simulated or not: every operation, its parameters, every event type and every release."""
