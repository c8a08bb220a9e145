import { invalid } from "../errors.ts";
import type { Charge, Dispute } from "../wire.ts";
import type { World } from "../world.ts";
import { DAY_S } from "./period.ts";

/** The owner of a card tells their bank that they didn't buy this. */
export function openDispute(w: World, charge: Charge, reason: "fraudulent" | "general"): Dispute {
  if (charge.disputed || charge.status !== "succeeded")
    throw invalid("A charge that succeeded is disputed, and once.", { param: "charge" });
  const now = w.now(w.clockOf(charge.customer));
  charge.disputed = true;
  const dispute: Dispute = {
    id: w.id("du"),
    object: "dispute",
    amount: charge.amount,
    balance_transactions: [],
    charge: charge.id,
    created: now,
    currency: charge.currency,
    enhanced_eligibility_types: [],
    evidence: EVIDENCE,
    evidence_details: {
      due_by: now + 7 * DAY_S,
      enhanced_eligibility: {},
      has_evidence: false,
      past_due: false,
      submission_count: 0,
      submission_method: "not_submitted",
    },
    intended_submission_method: null,
    is_charge_refundable: false,
    livemode: false,
    metadata: {},
    payment_intent: charge.payment_intent,
    payment_method_details: {
      type: "card",
      card: { brand: "visa", case_type: "chargeback", network: "visa", network_reason_code: "10.4" },
    },
    reason,
    status: "needs_response",
  };
  w.store.put("disputes", dispute);
  w.emit("charge.dispute.created", dispute);
  return dispute;
}

/** The bank has decided. */
export function closeDispute(w: World, dispute: Dispute, status: "won" | "lost"): void {
  if (dispute.status === "won" || dispute.status === "lost")
    throw invalid("This dispute is closed already.", { param: "dispute" });
  dispute.status = status;
  w.emit("charge.dispute.closed", dispute);
}

const EVIDENCE: Dispute["evidence"] = {
  access_activity_log: null,
  billing_address: null,
  cancellation_policy: null,
  cancellation_policy_disclosure: null,
  cancellation_rebuttal: null,
  customer_communication: null,
  customer_email_address: null,
  customer_name: null,
  customer_purchase_ip: null,
  customer_signature: null,
  duplicate_charge_documentation: null,
  duplicate_charge_explanation: null,
  duplicate_charge_id: null,
  enhanced_evidence: {},
  product_description: null,
  receipt: null,
  refund_policy: null,
  refund_policy_disclosure: null,
  refund_refusal_explanation: null,
  service_date: null,
  service_documentation: null,
  shipping_address: null,
  shipping_carrier: null,
  shipping_date: null,
  shipping_documentation: null,
  shipping_tracking_number: null,
  uncategorized_file: null,
  uncategorized_text: null,
};
