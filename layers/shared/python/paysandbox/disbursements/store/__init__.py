"""Disbursements in DynamoDB."""
