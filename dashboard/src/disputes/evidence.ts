import type { EvidenceFields } from "../api/schema";

const FIELDS: Record<keyof EvidenceFields, true> = {
  access_activity_log: true,
  billing_address: true,
  cancellation_policy: true,
  cancellation_policy_disclosure: true,
  cancellation_rebuttal: true,
  customer_communication: true,
  customer_email_address: true,
  customer_name: true,
  customer_purchase_ip: true,
  customer_signature: true,
  duplicate_charge_documentation: true,
  duplicate_charge_explanation: true,
  duplicate_charge_id: true,
  product_description: true,
  receipt: true,
  refund_policy: true,
  refund_policy_disclosure: true,
  refund_refusal_explanation: true,
  service_date: true,
  service_documentation: true,
  shipping_address: true,
  shipping_carrier: true,
  shipping_date: true,
  shipping_documentation: true,
  shipping_tracking_number: true,
  uncategorized_file: true,
  uncategorized_text: true,
};

/** The fields of evidence. The type says that none is missing. */
export const EVIDENCE_FIELDS = Object.keys(FIELDS) as (keyof EvidenceFields)[];
