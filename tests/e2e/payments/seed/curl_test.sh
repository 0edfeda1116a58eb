#!/usr/bin/env bash
# The prototype's requests with curl: add a customer, get it, pay it, and get its payments. No idempotency key.
# Needs PAYSANDBOX_BASE_URL and PAYSANDBOX_API_KEY, and funds (paysandbox disbursements fund 100).
# Prints one JSON answer per line.
set -euo pipefail

call() {
  curl -sS --fail-with-body -H "X-Api-Key: $PAYSANDBOX_API_KEY" -H "Content-Type: application/json" "$@"
  echo
}

call -X POST "$PAYSANDBOX_BASE_URL/v1/api/customer" \
  -d '{"customer_id": "unixuser1", "email": "unixuser1@example.com"}'
call "$PAYSANDBOX_BASE_URL/v1/api/customer/unixuser1"
call -X POST "$PAYSANDBOX_BASE_URL/v1/api/payment" \
  -d '{"customer_id": "unixuser1", "email": "unixuser1@example.com", "amount": 1050, "currency": "USD"}'
call "$PAYSANDBOX_BASE_URL/v1/api/payment/unixuser1"
