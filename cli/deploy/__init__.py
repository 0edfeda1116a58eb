"""What `paysandbox up` deploys: the sources, the assembly that is made of them, and its way to the local engine."""
