"""What Stripe has, simulated or not: every path, parameter and event type. Written by docs/stripe_names.py."""
