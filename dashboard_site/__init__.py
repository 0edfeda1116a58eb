"""Facts about the dashboard's site that the local sandbox and the stack of CloudFront share."""
