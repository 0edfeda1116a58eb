"""What falls due on payments, and when."""
