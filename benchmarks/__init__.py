"""What the product costs and bears: simulations, models and measurements that anyone can run."""
