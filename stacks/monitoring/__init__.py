"""What the monitoring stack is made of: what is measured, priced, drawn, alarmed on and asked, one file for each."""
