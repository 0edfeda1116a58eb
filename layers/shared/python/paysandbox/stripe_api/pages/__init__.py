"""What pages with Stripe.js send and read, beside the objects that servers use."""
