// Written by gen.mjs from schema/openapi.yaml (npm run gen). Not to be changed by hand.
/* eslint-disable */
export type Id = string
export type Time = string
export type Role = "platform_admin" | "company_admin" | "manager" | "dispatcher" | "cashier" | "customer_service" | "technician" | "auditor" | "owner" | "family" | "tenant"
export type RepairState = "new" | "queued" | "offered" | "assigned" | "en_route" | "arrived" | "in_repair" | "on_hold" | "done" | "await_pay" | "await_confirm" | "await_visit" | "closed" | "cancelled" | "rejected"
export type RepairEvent = "submit" | "triage" | "offer" | "assign" | "grab" | "accept" | "decline" | "expire" | "depart" | "arrive" | "quote" | "quote_accept" | "quote_refuse" | "start" | "hold" | "resume" | "transfer" | "return" | "release" | "finish" | "route" | "paid" | "waive" | "rate" | "rework" | "auto_close" | "visit" | "cancel" | "void" | "force_finish" | "urge" | "comment" | "escalate"
export type RepairAction = "assign" | "grab" | "depart" | "arrive" | "quote" | "quote_accept" | "quote_refuse" | "start" | "hold" | "resume" | "transfer" | "return" | "finish" | "waive" | "rate" | "rework" | "visit" | "cancel" | "void" | "force_finish" | "urge" | "comment"
export type Urgency = "low" | "normal" | "high" | "emergency"
export type DispatchMode = "grab" | "assign" | "round_robin" | "auto"
export type BindingRole = "owner" | "family" | "tenant"
export type ErrorBody = { error: { code: "bad_request" | "unauthenticated" | "otp_required" | "step_up_required" | "forbidden" | "not_found" | "method_not_allowed" | "version_conflict" | "bad_transition" | "already_exists" | "taken" | "too_large" | "unsupported_media_type" | "invalid_field" | "idempotency_mismatch" | "locked" | "precondition_required" | "rate_limited" | "internal" | "not_implemented" | "upstream" | "busy" | "read_only" | "timeout" | "retry"; message: string; field: string | null; request_id: string } }
export type Created = { id: Id }
export type Login = { token: string; expires_at: Time; refresh_token: string | null; refresh_expires_at: Time | null; session_id: Id; account_id: Id; project_id: Id | null; name: string; kind: "staff" | "resident"; roles: Array<Role>; must_change_password: boolean; new_account: boolean }
export type Session = { account_id: Id; session_id: Id; company_id: Id; project_id: Id | null; name: string; roles: Array<Role>; must_change_password: boolean; must_enrol: boolean; proven_until: string | null }
export type SessionInfo = { id: Id; platform: string; device: string; ip: string; user_agent: string; created_at: Time; last_at: Time; expires_at: Time }
export type LiveTicket = { ticket: string; expires_at: Time }
export type Grant = { role: Role; project_id: Id | null; position: boolean }
export type GrantInput = { role: Role; project_id?: Id }
export type Staff = { id: Id; login: string | null; name: string; phone: string | null; email: string | null; state: "active" | "disabled"; version: number; created_at: Time; service: boolean; second_factor: boolean; grants: Array<Grant> }
export type Shift = { project_id: Id | null; weekdays: number; from_min: number; to_min: number }
export type ShiftInput = { weekdays: number; from_min: number; to_min: number; project_id?: Id }
export type Technician = { id: Id; name: string; on_duty: boolean; duty_at: Time | null; max_open: number; open_jobs: number; skills: Array<string>; shifts: Array<Shift>; online: boolean }
export type Binding = { id: Id; room_id: Id; project_id: Id; account_id: Id; room: string; project: string; person: string; phone: string; role: BindingRole; state: "applied" | "active" | "rejected" | "revoked"; source: "register" | "match" | "approved"; expires_at: Time | null; created_at: Time; version: number }
export type Complaint = { id: Id; number: string; project_id: Id; kind: "complaint" | "suggestion" | "inquiry" | "praise"; category: string; category_name: string | null; title: string; text: string; urgency: "low" | "normal" | "high" | "emergency"; channel: "owner" | "staff" | "phone"; state: "new" | "classified" | "assigned" | "in_progress" | "resolved" | "reopened" | "closed" | "merged" | "withdrawn"; version: number; anonymous: boolean; room_id: Id | null; room: string | null; place: string; reporter_id: Id | null; reporter: string | null; contact_name: string; contact_phone: string; handler_id: Id | null; handler: string | null; department: string; department_id: Id | null; level: number; escalation: number; reopened: number; due_at: string; result: string; stars: number; rating_text: string; merged_into: Id | null; answered_at: string | null; resolved_at: string | null; closed_at: string | null; created_at: string; accused_id?: Id | null; accused?: string | null; repair_id?: Id | null; bill_id?: Id | null; actions?: Array<"submit" | "classify" | "assign" | "accept" | "return" | "reply" | "note" | "comment" | "resolve" | "rate" | "dissatisfied" | "reopen" | "superior" | "auto_close" | "merge" | "withdraw" | "escalate" | "link_repair" | "link_bill"> }
export type ComplaintDetail = { complaint: Complaint; history: Array<ComplaintEvent>; files: Array<ComplaintFile> }
export type ComplaintEvent = { n: number; at: string; by: string; by_owner: boolean; event: "submit" | "classify" | "assign" | "accept" | "return" | "reply" | "note" | "comment" | "resolve" | "rate" | "dissatisfied" | "reopen" | "superior" | "auto_close" | "merge" | "withdraw" | "escalate" | "link_repair" | "link_bill"; from: "new" | "classified" | "assigned" | "in_progress" | "resolved" | "reopened" | "closed" | "merged" | "withdrawn"; to: "new" | "classified" | "assigned" | "in_progress" | "resolved" | "reopened" | "closed" | "merged" | "withdrawn"; note: string; internal: boolean }
export type ComplaintFile = { file_id: Id; stage: "report" | "progress" | "evidence"; internal: boolean }
export type ComplaintStat = { key: string; complaints: number; closed: number; overdue: number; overdue_e4: number; reopened: number; reopened_e4: number; escalated: number; avg_answer_ms: number; avg_resolve_ms: number; stars_sum: number; stars_count: number; satisfied: number; repairs: number }
export type Notice = { id: Id; project_id: Id | null; title: string; text: string; kind: "common" | "important" | "emergency"; state: "draft" | "scheduled" | "published" | "withdrawn"; pinned: boolean; published_at: string | null; expire_at: string | null; read_at: string | null; version: number; audience?: "company" | "project" | "buildings" | "rooms"; roles?: Array<"owner" | "family" | "tenant" | "staff">; publish_at?: string | null; pushed?: number; pushed_at?: string | null; created_at?: string }
export type Notification = { id: Id; kind: string; title: string; text: string; object: string; object_id: Id | null; urgent: boolean; read_at: string | null; created_at: string }
export type MessageTemplate = { kind: string; title: string; channel: "sms" | "mail" | "wechat" | "alipay" | "inapp"; lang: "zh" | "en"; subject: string; body: string; provider_template: string; variables: string; own: boolean; version: number }
export type MessageRow = { id: Id; channel: "sms" | "mail" | "wechat" | "alipay"; kind: string; account_id: Id | null; account: string; to: string; state: "pending" | "sending" | "sent" | "delivered" | "suppressed" | "dead" | "discarded"; reason: string; error: string; provider: string; attempts: number; next_at: string | null; created_at: string; sent_at: string | null; delivered_at: string | null }
export type Repair = { id: Id; number: string; project_id: Id; room_id: Id | null; room: string | null; facility_id: Id | null; facility: string | null; place: string; public_area: boolean; type_id: Id; type: string; skill: string; mode: DispatchMode; channel: "owner" | "staff" | "phone" | "inspection" | "device"; urgency: Urgency; description: string; contact_name: string | null; contact_phone: string | null; state: RepairState; progress: number; version: number; holder_id: Id | null; holder: string | null; slot_from: Time | null; slot_to: Time | null; hold_reason: string; hold_until: Time | null; respond_due: Time; arrive_due: Time; finish_due: Time; escalated: boolean; forced: boolean; reopened: number; quote_fen: number; quote_state: "" | "asked" | "accepted" | "refused"; charge_fen: number; cause_id: Id | null; cause: string | null; measure: string; labour_min: number; stars: number; rating_text: string; created_at: Time; accepted_at: Time | null; arrived_at: Time | null; started_at: Time | null; finished_at: Time | null; closed_at: Time | null; actions?: Array<RepairEvent> }
export type RepairEventRow = { n: number; at: Time; by: string; event: RepairEvent; from: RepairState; to: RepairState; note: string; internal: boolean }
export type RepairLine = { kind: "labour" | "material"; material_id: Id | null; name: string; qty_e3: number; price_fen: number; amount_fen: number }
export type RepairLineInput = { kind: "labour" | "material"; qty_e3: number; price_fen: number; material_id?: Id; name?: string }
export type RepairDetail = { repair: Repair; history: Array<RepairEventRow>; lines: Array<RepairLine>; photos: Array<{ file_id: Id; stage: "report" | "before" | "after" }> }
export type Offer = { offer_id: Id; kind: "offer" | "assign" | "transfer"; created_at: Time; expires_at: Time; seen_at: Time | null; repair: Repair }
export type Candidate = { id: Id; name: string; on_duty: boolean; on_leave: boolean; load: number; max_open: number; online: boolean }
export type Colleague = { id: Id; name: string; at_work: boolean; online: boolean }
export type FaultType = { id: Id; parent_id: Id | null; name: string; skill: string; mode: DispatchMode; urgency: Urgency; place: "room" | "public" | "any"; visit: "never" | "unrated" | "always"; chargeable: boolean; photo_needed: boolean; enabled: boolean; respond_ms: number; arrive_ms: number; finish_ms: number; version: number }
export type FaultTypeInput = { name: string; skill: string; mode: DispatchMode; respond_ms: number; arrive_ms: number; finish_ms: number; parent_id?: Id; urgency?: Urgency; place?: "room" | "public" | "any"; visit?: "never" | "unrated" | "always"; chargeable?: boolean; photo_needed?: boolean; enabled?: boolean }
export type Cause = { id: Id; code: string; name: string; skill: string }
export type Material = { id: Id; name: string; measure: string; price_min_fen: number; price_max_fen: number; stock_e3: number; version: number }
export type RepairStat = { key: string; orders: number; finished: number; overdue: number; reopened: number; avg_respond_ms: number; avg_finish_ms: number; stars_sum: number; stars_count: number; charge_fen: number }
export type StoredFile = { id: Id; url: string; name: string; type: string; bytes: number; width: number; height: number }
export type AuditEntry = { id: Id; at: Time; account_id: Id | null; account: string | null; action: string; object: string; object_id: Id | null; before: Record<string, unknown> | null; after: Record<string, unknown> | null; ip: string; request_id: string }
export type LogInEntry = { id: Id; at: Time; account_id: Id | null; account: string | null; how: string; ok: boolean; reason: string; ip: string; device: string; user_agent: string }
export type FeeItem = { id: Id; code: string; name: string; kind: "area" | "fixed" | "metered" | "tiered" | "formula" | "parking" | "shared" | "one_off" | "deposit"; cycle: "monthly" | "quarterly" | "yearly" | "anniversary"; part_month: "actual" | "thirty" | "fifteenth" | "whole"; rounding: "half_up" | "up" | "down"; income: "fee_income" | "collected_for_others" | "deposits"; round_to: "fen" | "jiao" | "yuan"; bill_day: number; formula: string | null; price_unit: string | null; in_advance: boolean; inner_area: boolean; enabled: boolean; due_days: number; late_rate_e6: number; late_grace_days: number; late_cap_e4: number; version: number }
export type FeeItemInput = { code: string; name: string; kind: "area" | "fixed" | "metered" | "tiered" | "formula" | "parking" | "shared" | "one_off" | "deposit"; cycle?: "monthly" | "quarterly" | "yearly" | "anniversary"; part_month?: "actual" | "thirty" | "fifteenth" | "whole"; rounding?: "half_up" | "up" | "down"; income?: "fee_income" | "collected_for_others" | "deposits"; round_to?: "fen" | "jiao" | "yuan"; bill_day?: number; formula?: string; price_unit?: string; in_advance?: boolean; inner_area?: boolean; enabled?: boolean; due_days?: number; late_rate_e6?: number; late_grace_days?: number; late_cap_e4?: number }
export type BillRun = { id: Id; project_id: Id; day: number; state: string; maker_id: Id | null; checker_id: Id | null; bills: number; lines: number; total_fen: number; skipped: number; only_room_id: Id | null; bill_day: number; publish_on: number; reason: string | null; version: number; created_at: Time }
export type Bill = { id: Id; project_id: Id; room_id: Id | null; room: string | null; payer: string | null; state: string; overdue: boolean; period_from: number; period_to: number; due_day: number; amount_fen: number; late_fen: number; late_paid_fen: number; late_waived_fen: number; replaces_id: Id | null; paid_fen: number; due_fen: number; version: number; published_at: Time | null }
export type BillLine = { n: number; kind: "charge" | "discount" | "adjust"; ref_id: Id | null; item_id: Id | null; name: string; period_from: number; period_to: number; amount_fen: number; deposit: boolean; explain: Record<string, unknown> }
export type Charge = { id: Id; item_id: Id; item: string; room_id: Id; room: string; day: number; amount_fen: number; note: string; state: "open" | "billed" | "cancelled"; bill_id: Id | null; maker_id: Id | null; created_at: Time }
export type Share = { id: Id; item_id: Id; item: string; from_day: number; to_day: number; basis: "area" | "household" | "weight"; total_fen: number; meter_id: Id | null; usage_e3: number; price_e4: number; rooms: number; weights: number; skipped: number; note: string; state: "open" | "cancelled"; maker_id: Id | null; created_at: Time }
export type SharePart = { room_id: Id; room: string; weight: number; amount_fen: number; reason: string; bill_id: Id | null }
export type Meter = { id: Id; item_id: Id; item: string; room_id: Id | null; room: string | null; serial: string; from_day: number; to_day: number; last_day: number; last_e3: number }
export type OddReading = { meter_id: Id; serial: string; room: string | null; day: number; what: "high" | "zero" | "rolled_over" | "negative"; reading_e3: number; usage_e3: number; mean_e3: number }
export type ImportError = { row: number; column: string; reason: string }
export type FeeRequest = { id: Id; kind: "adjust" | "late_waiver" | "write_off" | "vacancy" | "deposit_back" | "void"; state: "requested" | "approved" | "rejected" | "withdrawn"; bill_id: Id | null; line_n: number; room_id: Id | null; amount_fen: number; from_day: number; to_day: number; method: string; voucher: string; reason: string; maker_id: Id | null; checker_id: Id | null; note: string; day: number; version: number; created_at: Time; decided_at: Time | null }
export type Dispute = { id: Id; from_day: number; to_day: number; reason: string; outcome: string; upheld: boolean; opened_by: Id | null; closed_by: Id | null; created_at: Time }
export type Discount = { id: Id; item_id: Id | null; name: string; kind: "advance" | "vacant"; off_e4: number; months: number; from_day: number; to_day: number; enabled: boolean }
export type Payer = { from_day: number; payer_id: Id | null; name: string }
export type AutoRun = { day: number; state: "started" | "missed"; run_id: Id | null; at: Time }
export type RunOddity = { what: "up" | "down" | "zero" | "first" | "skipped"; bill_id: Id | null; room_id: Id; room: string; item_id: Id; item: string; period_from: number; period_to: number; amount_fen: number; last_fen: number; reason: string | null }
export type RunPreview = { rooms: number; bills: number; lines: number; total_fen: number; skipped: number; odd: { up: number; down: number; zero: number; first: number; skipped: number }; items: Array<RunOddity> }
export type Payment = { id: Id; project_id: Id; receipt_no: number; method: "cash" | "card" | "transfer" | "prepaid" | "wechat" | "alipay"; voucher: string | null; state: "taken" | "void"; payer: string | null; amount_fen: number; tendered_fen: number; change_fen: number; prepaid_fen: number; prepaid_room_id: Id | null; rounding_fen: number; back_fen: number; order_id: Id | null; shift_id: Id | null; day: number; cashier_id: Id | null; created_at: Time; voided_by: Id | null; voided_at: Time | null; reason: string | null }
export type PaymentPart = { bill_id: Id; room_id: Id; room: string | null; payer: string | null; amount_fen: number; late_fen: number; back_fen: number; period_from: number; period_to: number }
export type PayChannel = "wechat" | "alipay"
export type PayOrderState = "created" | "unknown" | "pending" | "closing" | "closed" | "failed" | "paid" | "paid_late" | "returned"
export type PayOrder = { id: Id; project_id: Id; channel: PayChannel; scene: "mini" | "qr"; via: "app" | "counter" | "qr"; number: string; description: string; amount_fen: number; state: PayOrderState; payment_id: Id | null; paid_at: Time | null; expires_at: Time; created_at: Time; version: number }
export type PayOrderAnswer = { order: PayOrder; client: Record<string, unknown> | null }
export type PayOrderBill = { bill_id: Id; room: string; amount_fen: number; late_fen: number }
export type Merchant = { id: Id; project_id: Id | null; channel: PayChannel; name: string; appid: string; mchid: string; state: "active" | "closed"; created_at: Time }
export type FinanceAlarm = { id: Id; project_id: Id | null; kind: string; text: string; ref_kind: string; ref_id: Id | null; state: "open" | "closed"; closed_by: Id | null; reason: string; created_at: Time; closed_at: Time | null }
export type RefundState = "requested" | "approved" | "processing" | "success" | "abnormal" | "closed" | "rejected"
export type Refund = { id: Id; project_id: Id; payment_id: Id | null; method: string; number: string; amount_fen: number; reason: string; state: RefundState; automatic: boolean; maker_id: Id | null; checker_id: Id | null; voucher: string; note: string; done_at: Time | null; created_at: Time; version: number }
export type ReconRun = { id: Id; merchant_id: Id; day: number; state: "waiting" | "matched" | "done"; rounds: number; pays: number; pay_fen: number; refunds: number; refund_fen: number; fee_e5: number; our_pays: number; our_pay_fen: number; our_refunds: number; our_refund_fen: number; open_items: number; note: string; done_at: Time | null; created_at: Time }
export type ReconItem = { id: Id; run_id: Id; merchant_id: Id; day: number; kind: "channel_only" | "local_only" | "amount" | "refund_channel_only" | "refund_local_only" | "refund_amount"; number: string; txn_id: string; channel_fen: number; our_fen: number; state: "open" | "auto_resolved" | "closed" | "escalated"; reason: string; closed_by: Id | null; created_at: Time; closed_at: Time | null }
export type Readiness = { ready: boolean; writable: boolean; draining: boolean; redis: "off" | "up" | "down"; store: "sqlite" | "postgresql"; version: string }
export type ReceiptCheck = { number: string; project: string; day: number; amount_fen: number; back_fen: number; state: "valid" | "void" | "refunded" | "partly_refunded"; payer: string }
export type CashShift = { id: Id | null; number: number; state: "open" | "closed" | "confirmed"; cashier_id: Id; cashier: string | null; day: number; from_at: Time | null; closed_at: Time | null; float_fen: number; expected_fen: number; counted_fen: number; difference_fen: number; reason: string | null; confirmed_by: Id | null; confirmer: string | null; confirmed_at: Time | null; recounted_fen: number; confirm_reason: string | null; version: number; totals: Array<{ kind: "taken" | "void" | "refund"; method: "cash" | "card" | "transfer" | "prepaid" | "wechat" | "alipay"; n: number; fen: number }> }
export type RoomCode = { room_id: Id; room: string; token: string; link: string; version: number; made_at: Time; expires_at: Time | null }
export type RoomClaim = { claim: string; expires_at: Time; project: string; room: string; payer: string; due_fen: number; bills: Array<{ bill_id: Id; period_from: number; period_to: number; due_day: number; open_fen: number; late_fen: number }> }
export type ReceivableRow = { key: Id | null; name: string; receivable_fen: number; received_fen: number; written_off_fen: number; arrears_fen: number; late_fen: number; rate_e4: number; age_fen: { not_due: number; d30: number; d90: number; d180: number; d365: number; older: number } }
export type TakingsRow = { key: Id | null; name: string; method?: string | null; taken_n: number; taken_fen: number; void_n: number; void_fen: number; refund_n: number; refund_fen: number; net_fen: number }
export type BookRow = { day: number; entry_id: Id; n: number; kind: string; ref_kind: string; ref_id: Id | null; party_id: Id | null; memo: string | null; debit_fen: number; credit_fen: number; balance_fen: number }
export type Export = { id: Id; kind: string | null; filters: Record<string, unknown>; state: "waiting" | "working" | "done" | "failed" | "gone"; done_e3: number; records: number; file: string | null; bytes: number; reason: string | null; created_at: Time; done_at: Time | null }
export type Import = { id: Id; kind: "owners" | "rooms" | "facilities" | "arrears"; file: string; bytes: number; state: "waiting" | "checked" | "applied" | "undone" | "failed" | "expired"; step: "" | "read" | "check" | "apply" | "undo"; rows: number; failed: number; done: number; made: number; skip_failed: boolean; reason: string; account: string; account_id: Id; asked_by: Id | null; total_fen: number; version: number; created_at: string; changed_at: string }
export type ImportRow = { row: number; cells: Record<string, string>; problems: Array<{ column: string | null; key: string | null; message: string }> }
export type Department = { id: Id; parent_id: Id | null; project_id: Id | null; project: string; name: string; leader_id: Id | null; leader: string; sort: number; members: number; version: number }
export type DepartmentMember = { account_id: Id; name: string; login: string; title: string }
export type Position = { id: Id; name: string; roles: Array<string>; note: string; members: number; version: number }
export type StaffPosition = { role_set_id: Id; name: string; project_id: Id | null; project: string }
export type CalendarDay = { day: number; kind: "workday" | "weekend" | "holiday" | "made_up"; work: boolean; name: string; own: boolean }
export type Roster = { id: Id; account_id: Id; person: string; project_id: Id | null; project: string; day: number; from: string; to: string; kind: "work" | "standby" | "leave"; state: "asked" | "approved" | "refused" | "withdrawn"; name: string; note: string; decided_by: Id | null; version: number }
export type BoardCounters = { repairs: { waiting: number; assigned: number; working: number; on_hold: number; await_pay: number; to_confirm: number; overdue: number; emergency: number }; today: { reported: number; finished: number }; technicians: { all: number; on_duty: number; busy: number }; complaints: { open: number; unassigned: number; overdue: number; escalated: number }; maintenance: { due_today: number; overdue: number; in_progress: number; to_accept: number }; facilities: { down: number; down_important: number }; inspections: { due_in_30_days: number; overdue: number }; takings: { payments: number; amount_fen: number }; owing: { bills: number; rooms: number; amount_fen: number; overdue_bills: number }; waiting: { bill_runs: number; fee_requests: number; refunds: number; bindings: number; facility_reports: number; finance_alarms: number } }
export type TechnicianRank = { account_id: Id; name: string; score_e2: number; taken: number; finished: number; in_time: number; reopened: number; declined: number; rated: number; stars: number; charge_fen: number; arrive_min: number; repair_min: number }
export type TimeLimits = { key: string; name: string; orders: number; responded: number; respond_ok: number; arrived: number; arrive_ok: number; finished: number; finish_ok: number; respond_min: number; arrive_min: number; finish_min: number }
export type Webhook = { id: Id; project_id: Id | null; url: string; events: Array<string>; enabled: boolean; off_reason: string; failing_since: string | null; version: number; created_at: string }
export type WebhookDelivery = { id: Id; project_id: Id; event: string; body: Record<string, unknown>; state: "pending" | "done" | "dead"; attempts: number; status: number; error: string; created_at: string; next_at: string | null; done_at: string | null }
export type AccountKey = { id: Id; name: string; project_id: Id | null; created_at: string; last_at: string; ends_at: string }
export type Invoice = { id: Id; payment_id: Id; account_id: Id; state: "submitted" | "processing" | "issued" | "rejected" | "canceled" | "reversal_required" | "reversed"; buyer: "person" | "company" | null; title: string | null; tax_no: string | null; mail: string | null; amount_fen: number; code: string | null; number: string | null; red_number: string | null; file: boolean; reason: string | null; version: number; created_at: Time; changed_at: Time }
export type Facility = { id: Id; code: string; name: string; category: string; brand: string; model: string; serial: string; bought_day: number; price_fen: number; service_day: number; building_id: Id | null; building: string | null; room_id: Id | null; room: string | null; place: string; supplier_id: Id | null; supplier: string | null; warranty_day: number; life_months: number; importance: "A" | "B" | "C"; parent_id: Id | null; parent: string | null; keeper_id: Id | null; keeper: string | null; reg_no: string; inspected_day: number; inspect_due: number; note: string; state: "in_use" | "stopped" | "idle" | "scrapped"; up: boolean; down_at: Time | null; has_code: boolean; measure: string; reading_e3: number; version: number; created_at: Time }
export type FacilityFile = { file_id: Id; kind: "photo" | "manual" | "certificate" | "contract" | "report" | "other"; name: string; at: Time }
export type FacilityDowntime = { from: Time; to: Time | null; reason: string; repair_id: Id | null }
export type FacilityCosts = { repair_fen: number; parts_fen: number; maintenance_fen: number; other_fen: number; total_fen: number; repairs: number; tasks: number; downtime_ms: number }
export type FacilityDetail = { facility: Facility; files: Array<FacilityFile>; downtimes: Array<FacilityDowntime>; costs: FacilityCosts }
export type FacilityEvent = { id: Id; kind: string; field: string; before: string; after: string; ref_id: Id | null; by: string; at: Time }
export type FacilityCategory = { code: string; name: string; built_in: boolean; enabled: boolean }
export type FacilitySupplier = { id: Id; name: string; contact: string; phone: string | null; note: string; version: number }
export type FacilityImport = { applied: boolean; rows: number; errors: Array<ImportError> }
export type FacilityCode = { facility_id: Id; code: string; name: string; token: string; link: string; version: number }
export type FacilityPublic = { project: string; code: string; name: string; category: string; place: string; state: "in_use" | "stopped" | "idle" | "scrapped"; up: boolean; inspected_day: number; inspect_due: number }
export type FacilityReport = { id: Id; facility_id: Id; code: string; name: string; description: string; contact_phone: string; state: "waiting" | "accepted" | "rejected"; repair_id: Id | null; note: string; decided_at: Time | null; at: Time }
export type FacilityPareto = { cause: string; repairs: number; share_e4: number; sum_e4: number }
export type FacilityReliability = { key: string; name: string; facilities: number; failures: number; down_ms: number; mtbf_ms: number; mttr_ms: number; up_e4: number; cost_fen: number }
export type FacilityRepeat = { facility_id: Id; code: string; name: string; repair_id: Id; before_id: Id; cause: string; days: number; at: Time }
export type MaintItem = { kind: "text" | "number" | "choice" | "yes_no" | "photo" | "signature"; text: string; required?: boolean; measure?: string; min_e3?: number; max_e3?: number; choices?: Array<string>; bad?: Array<string>; bad_yes?: boolean }
export type MaintTemplate = { code: string; name: string; category: string; law: string; kind: "daily" | "minor" | "major" | "annual" | "patrol"; every_n: number; unit: "day" | "week" | "month" | "year"; statutory: boolean; items: Array<MaintItem> }
export type MaintPlan = { id: Id; name: string; kind: "daily" | "minor" | "major" | "annual" | "patrol"; basis: "scheduled" | "completed"; cycle: "calendar" | "usage"; every_n: number; unit: "day" | "week" | "month" | "year"; anchor_day: number; month_day: number; workdays: boolean; last_day: number; step_e3: number; early_days: number; late_days: number; horizon_days: number; remind: string; catch_up: "all" | "latest" | "none"; statutory: boolean; scan: boolean; skill: string; deputy_id: Id | null; fault_type_id: Id | null; route_id: Id | null; law: string; state: "draft" | "active" | "paused" | "ended"; pause_reason: string; version: number; created_at: Time }
export type MaintPlanDetail = { id: Id; name: string; kind: "daily" | "minor" | "major" | "annual" | "patrol"; basis: "scheduled" | "completed"; cycle: "calendar" | "usage"; every_n: number; unit: "day" | "week" | "month" | "year"; anchor_day: number; month_day: number; workdays: boolean; last_day: number; step_e3: number; early_days: number; late_days: number; horizon_days: number; remind: string; catch_up: "all" | "latest" | "none"; statutory: boolean; scan: boolean; skill: string; deputy_id: Id | null; fault_type_id: Id | null; route_id: Id | null; law: string; state: "draft" | "active" | "paused" | "ended"; pause_reason: string; version: number; created_at: Time; items: Array<MaintItem>; facilities: Array<Id>; staff: Array<Id> }
export type MaintGap = { facility_id: Id | null; facility: string | null; slot: number; reason: "missed" | "paused" | "stopped"; at: Time }
export type MaintTask = { id: Id; plan_id: Id; name: string; kind: "daily" | "minor" | "major" | "annual" | "patrol"; facility_id: Id | null; facility: string | null; facility_code: string | null; place: string | null; route_id: Id | null; slot: number; from_day: number; day: number; due_day: number; statutory: boolean; scan: boolean; skill: string; holder_id: Id | null; holder: string | null; state: "scheduled" | "in_progress" | "await_accept" | "done" | "skipped"; overdue: boolean; skip_asked: boolean; reason: string; note: string; failed: number; labour_min: number; cost_fen: number; started_at: Time | null; submitted_at: Time | null; closed_at: Time | null; version: number }
export type MaintResult = { n: number; value: string; pass: boolean; note: string; file_id: Id | null; repair_id: Id | null; at: Time }
export type MaintTaskEvent = { n: number; event: string; from: string; to: string; by: string; note: string; at: Time }
export type PatrolCheck = { point_id: Id; n: number; name: string; from: Time; to: Time; state: "wait" | "early" | "on_time" | "late" | "missed" | "reinspected"; at: Time | null; by: string | null; away_m: number; ok: boolean; note: string; repair_id: Id | null }
export type MaintTaskDetail = { task: MaintTask; items: Array<MaintItem>; results: Array<MaintResult>; points: Array<PatrolCheck>; history: Array<MaintTaskEvent>; actions: Array<string> }
export type MaintCompliance = { key: string; name: string; due: number; done: number; in_time: number; late: number; skipped: number; open: number; gaps: number; rate_e4: number }
export type MaintLoad = { day: number; holder_id: Id | null; holder: string; tasks: number; open: number; overdue: number }
export type PatrolPoint = { id: Id; name: string; facility_id: Id | null; at_min: number; window_min: number; lat_e6: number; lng_e6: number; radius_m: number; token: string }
export type PatrolRoute = { id: Id; name: string; in_order: boolean; enabled: boolean; version: number }
export type PatrolRouteDetail = { id: Id; name: string; in_order: boolean; enabled: boolean; version: number; points: Array<PatrolPoint> }
export type PatrolCode = { point_id: Id; token: string; svg: string }
export type PatrolChecked = { point_id: Id; n: number; name: string; state: "wait" | "early" | "on_time" | "late" | "missed" | "reinspected"; away_m: number; repair_id: Id | null; at: Time }
export type FacilityInput = { code: string; name: string; category: string; brand?: string; model?: string; serial?: string; bought_day?: number; price_fen?: number; service_day?: number; building_id?: Id; room_id?: Id; place?: string; supplier_id?: Id; warranty_day?: number; life_months?: number; importance?: "A" | "B" | "C"; parent_id?: Id; keeper_id?: Id; reg_no?: string; inspected_day?: number; inspect_due?: number; note?: string; measure?: string }
export type MaintPlanInput = { name: string; kind: "daily" | "minor" | "major" | "annual" | "patrol"; basis?: "scheduled" | "completed"; cycle?: "calendar" | "usage"; every_n?: number; unit?: "day" | "week" | "month" | "year"; step_e3?: number; catch_up?: "all" | "latest" | "none"; statutory?: boolean; route_id?: Id; law?: string; items?: Array<MaintItem>; anchor_day?: number; month_day?: number; workdays?: boolean; last_day?: number; early_days?: number; late_days?: number; horizon_days?: number; remind?: string; scan?: boolean; skill?: string; deputy_id?: Id; fault_type_id?: Id; facilities?: Array<Id>; staff?: Array<Id> }
export type PatrolPointInput = { id?: Id; name: string; facility_id?: Id; at_min: number; window_min: number; lat_e6?: number; lng_e6?: number; radius_m?: number }
export type PatrolRouteInput = { name: string; in_order?: boolean; enabled?: boolean; points: Array<PatrolPointInput> }
export type MaintAnswer = { n: number; value?: string; note?: string; file_id?: Id }
export type Project = { id: Id; code: string; name: string; address: string; province: string; city: string; district: string; street: string; door_number: string; kind: string; kinds: string; land_area_e4: number; building_area_e4: number; parking_area_e4: number; green_area_e4: number; year_built: number; developer: string; phone: string; state: "active" | "closed"; version: number }
export type Building = { id: Id; name: string; kind: string; floors: number; area_e4: number; year: number; rooms: number; version: number }
export type Unit = { id: Id; building_id: Id; name: string; floors: number; lift: boolean; rooms: number; version: number }
export type Room = { id: Id; project_id: Id; building_id: Id; unit_id: Id | null; building: string; unit: string; name: string; full_name: string; layout: string; area_e4: number; inner_area_e4: number; floor: number; use: "residence" | "shop" | "office" | "storage"; state: "unsold" | "sold" | "delivered" | "occupied" | "rented" | "vacant" | "decorating"; owned_from: number; closed_at: Time | null; version: number }
export type HandoverItem = { name: string; fault_type_id: Id | null }
export type HandoverItemIn = { name: string; fault_type_id?: Id }
export type HandoverAnswer = { n: number; result: "ok" | "failed" | "none"; note?: string; photos?: Array<Id> }
export type HandoverReading = { meter_id: Id; reading_e3: number }
export type Handover = { id: Id; room_id: Id; room: string; party_id: Id | null; person: string | null; state: "planned" | "notified" | "inspected" | "handed_over" | "cancelled"; day: number; note: string; reason: string; handed_day: number; keys: number; signature_id: Id | null; fee_from: number; room_state: "" | "delivered" | "occupied"; version: number; created_at: Time; changed_at: Time }
export type HandoverDetail = { handover: Handover; checks: Array<{ n: number; name: string; result: "" | "ok" | "failed" | "none"; note: string; repair_id: Id | null; photos: Array<Id>; at: Time | null }>; meters: Array<{ meter_id: Id; serial: string; item: string; reading_e3: number }>; room_meters: Array<{ meter_id: Id; serial: string; item: string }>; history: Array<{ n: number; event: "plan" | "change" | "notify" | "inspect" | "hand_over" | "cancel"; from: string; to: string; by: string; note: string; at: Time }>; actions: Array<"change" | "notify" | "inspect" | "hand_over" | "cancel"> }
export type RoomCell = { room_id: Id; unit: string; name: string; floor: number; layout: string; area_e4: number; use: "residence" | "shop" | "office" | "storage"; state: "unsold" | "sold" | "delivered" | "occupied" | "rented" | "vacant" | "decorating"; unit_id: Id | null; owners: number; family: number; tenants: number; accounts: number; money: "none" | "owing" | "overdue" | "paid" | null; open_bills: number | null; open_fen: number | null; overdue_fen: number | null }
export type ParkingSpace = { id: Id; name: string; zone: string; kind: "underground" | "ground" | "mechanical" | "garage"; area_e4: number; holding: "free" | "sold" | "rented"; room_id: Id | null; room: string; party_id: Id | null; party: string; to_day: number; state: "open" | "closed"; version: number }
export type ParkingSpaceInList = { id: Id; name: string; zone: string; kind: "underground" | "ground" | "mechanical" | "garage"; area_e4: number; holding: "free" | "sold" | "rented"; room_id: Id | null; room: string; party_id: Id | null; party: string; to_day: number; state: "open" | "closed"; version: number; payer_room_id: Id | null; payer_room: string | null }
export type FieldChange = { id: Id; version: number; field: string; before: string | null; after: string | null; reason: string; account_id: Id | null; account: string; at: Time }
export type Owner = { id: Id; kind: "person" | "company"; name: string; phone: string | null; email: string | null; idno: string | null; wechat: string | null; emergency: string | null; note: string; state: "active" | "closed"; rooms: number; room: string | null; open_fen: number; created_at: Time; changed_at: Time; version: number }
export type OwnerRoom = { id: Id; party_id: Id; party: string; phone: string; room_id: Id; room: string; layout: string; area_e4: number; room_state: "unsold" | "sold" | "delivered" | "occupied" | "rented" | "vacant" | "decorating"; role: "owner" | "co_owner" | "family" | "tenant" | "staff"; share_n: number; share_d: number; from_day: number; to_day: number; pays: boolean; version: number }
export type OwnerDetail = { id: Id; kind: "person" | "company"; name: string; phone: string | null; email: string | null; idno: string | null; wechat: string | null; emergency: string | null; note: string; state: "active" | "closed"; rooms: number; room: string | null; open_fen: number; created_at: Time; changed_at: Time; version: number; phones: Array<{ n: number; label: string; phone: string }>; relations: Array<OwnerRoom> }
export type OwnerReveal = { id: Id; account_id: Id; account: string; field: string; reason: string; at: Time }
export type OwnerFilter = { id: Id; name: string; query: Record<string, unknown>; created_at: Time }
export type Transfer = { id: Id; room_id: Id; room: string; day: number; state: "planned" | "done" | "cancelled"; end_family: boolean; end_tenants: boolean; prepaid: "stay" | "refund" | "transfer"; prepaid_room_id: Id | null; prepaid_fen: number; open_bills: number; open_fen: number; entry_id: Id | null; back_entry_id: Id | null; reason: string; problem: string; account_id: Id; created_at: Time; done_at: Time | null; version: number }
export type MyData = { exported_at: Time; account: { id: Id; name: string; phone: string | null; email: string | null; created_at: Time }; register: Array<Record<string, unknown>>; bindings: Array<Record<string, unknown>>; bills: Array<Record<string, unknown>>; pay_orders: Array<Record<string, unknown>>; repairs: Array<Record<string, unknown>>; logins: Array<Record<string, unknown>>; sessions: Array<Record<string, unknown>> }

export interface Ops {
  sendCode: { path: {  }; query: {  }; body: { purpose: "login" | "recover" | "phone"; company?: string; phone?: string; email?: string }; reply: void }
  logIn: { path: {  }; query: {  }; body: { login: string; password: string; otp?: string; company?: string; platform?: "console" | "wechat" | "alipay" | "h5"; remember?: boolean }; reply: Login }
  logInByCode: { path: {  }; query: {  }; body: { phone: string; code: string; company?: string; platform?: "console" | "wechat" | "alipay" | "h5"; remember?: boolean }; reply: Login }
  logInByWechat: { path: {  }; query: {  }; body: { code: string; company?: string; platform?: "console" | "wechat" | "alipay" | "h5"; remember?: boolean; phone_code?: string }; reply: Login }
  logInByAlipay: { path: {  }; query: {  }; body: { code: string; company?: string; platform?: "console" | "wechat" | "alipay" | "h5"; remember?: boolean; phone_code?: string }; reply: Login }
  refreshSession: { path: {  }; query: {  }; body: { refresh_token: string; company?: string; platform?: "console" | "wechat" | "alipay" | "h5"; remember?: boolean }; reply: Login }
  recoverPassword: { path: {  }; query: {  }; body: { code: string; new_password: string; company?: string; phone?: string; email?: string }; reply: void }
  stepUp: { path: {  }; query: {  }; body: { password: string; otp?: string }; reply: { proven_until: string } }
  getSecondFactor: { path: {  }; query: {  }; body: never; reply: { on: boolean; spare_left: number; required: boolean } }
  beginSecondFactor: { path: {  }; query: {  }; body: never; reply: { secret: string; uri: string; qr_svg: string } }
  dropSecondFactor: { path: {  }; query: {  }; body: never; reply: void }
  confirmSecondFactor: { path: {  }; query: {  }; body: { otp: string }; reply: { spare_codes: Array<string> } }
  dropStaffSecondFactor: { path: { id: Id }; query: {  }; body: never; reply: void }
  setCompanySecurity: { path: {  }; query: {  }; body: { totp_required: boolean }; reply: void }
  getSession: { path: {  }; query: {  }; body: never; reply: Session }
  logOut: { path: {  }; query: {  }; body: never; reply: void }
  chooseProject: { path: {  }; query: {  }; body: { project_id: Id }; reply: void }
  listSessions: { path: {  }; query: {  }; body: never; reply: { items: Array<SessionInfo> } }
  endOtherSessions: { path: {  }; query: {  }; body: Record<string, unknown>; reply: void }
  endSession: { path: { id: Id }; query: {  }; body: never; reply: void }
  changePassword: { path: {  }; query: {  }; body: { old_password: string; new_password: string }; reply: void }
  changePhone: { path: {  }; query: {  }; body: { phone: string; code: string }; reply: void }
  addMessageQuota: { path: {  }; query: {  }; body: { template: string; provider?: "wechat" | "alipay"; n: number }; reply: void }
  createLiveTicket: { path: {  }; query: {  }; body: Record<string, unknown>; reply: LiveTicket }
  listStaff: { path: {  }; query: { after?: Id; limit?: number }; body: never; reply: { items: Array<Staff> } }
  createStaff: { path: {  }; query: {  }; body: { login: string; name: string; password: string; grants: Array<GrantInput>; phone?: string; email?: string }; reply: Created }
  setStaffGrants: { path: { id: Id }; query: {  }; body: { grants: Array<GrantInput> }; reply: void }
  resetStaffPassword: { path: { id: Id }; query: {  }; body: { password: string }; reply: void }
  disableStaff: { path: { id: Id }; query: {  }; body: Record<string, unknown>; reply: void }
  enableStaff: { path: { id: Id }; query: {  }; body: Record<string, unknown>; reply: void }
  listAudit: { path: {  }; query: { object?: string; action?: string; object_id?: Id; project_id?: Id; from?: string; to?: string; ip?: string; request_id?: string; account_id?: Id; before?: Id; limit?: number }; body: never; reply: { items: Array<AuditEntry> } }
  listLogIns: { path: {  }; query: { account_id?: Id; before?: Id; limit?: number }; body: never; reply: { items: Array<LogInEntry> } }
  listTechnicians: { path: {  }; query: {  }; body: never; reply: { items: Array<Technician> } }
  saveTechnician: { path: { id: Id }; query: {  }; body: { max_open: number; skills?: Array<string>; shifts?: Array<ShiftInput> }; reply: void }
  getDuty: { path: {  }; query: {  }; body: never; reply: Technician }
  setDuty: { path: {  }; query: {  }; body: { on: boolean }; reply: void }
  listRoomBindings: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<Binding> } }
  registerBinding: { path: { id: Id }; query: {  }; body: { name: string; phone: string; role: BindingRole; expires_on?: string }; reply: Binding }
  listMyBindings: { path: {  }; query: {  }; body: never; reply: { items: Array<Binding> } }
  applyBinding: { path: {  }; query: {  }; body: { room_id: Id; role: BindingRole }; reply: Binding }
  listWaitingBindings: { path: {  }; query: {  }; body: never; reply: { items: Array<Binding> } }
  approveBinding: { path: { id: Id }; query: {  }; body: { reason?: string; expires_on?: string }; reply: void }
  rejectBinding: { path: { id: Id }; query: {  }; body: { reason?: string }; reply: void }
  revokeBinding: { path: { id: Id }; query: {  }; body: { reason?: string }; reply: void }
  reportRepair: { path: {  }; query: {  }; body: { type_id: Id; description: string; room_id?: Id; facility_id?: Id; facility_down?: boolean; place?: string; contact_name?: string; contact_phone?: string; slot_from?: string; slot_to?: string; urgency?: Urgency; channel?: "staff" | "phone"; photos?: Array<Id> }; reply: { repair: Repair; duplicates: Array<Id> } }
  listRepairs: { path: {  }; query: { view?: "mine" | "board" | "jobs" | "pool"; state?: RepairState; facility_id?: Id; search?: string; before?: Id; limit?: number; open?: number }; body: never; reply: { items: Array<Repair>; next_before: Id | null } }
  countRepairs: { path: {  }; query: {  }; body: never; reply: { states: Record<string, number> } }
  analyseRepairs: { path: {  }; query: { by?: "type" | "cause" | "technician" | "place" | "repeat"; from?: string; to?: string }; body: never; reply: { from: Time; to: Time; items: Array<RepairStat> } }
  getRepair: { path: { id: Id }; query: {  }; body: never; reply: RepairDetail }
  revealRepairContact: { path: { id: Id }; query: {  }; body: Record<string, unknown>; reply: { phone: string | null } }
  actOnRepair: { path: { id: Id; action: RepairAction }; query: {  }; body: { note?: string; reason?: string; until?: string; measure?: string; tags?: string; technician_id?: Id; cause_id?: Id; labour_min?: number; quote_fen?: number; stars?: number; lines?: Array<RepairLineInput>; photos?: Array<Id>; satisfied?: boolean; internal?: boolean; keep_charge?: boolean; facility_up?: boolean }; reply: Repair }
  listOffers: { path: {  }; query: {  }; body: never; reply: { server_now: Time; items: Array<Offer> } }
  acceptOffer: { path: { id: Id }; query: {  }; body: Record<string, unknown>; reply: Repair }
  declineOffer: { path: { id: Id }; query: {  }; body: { reason: string }; reply: void }
  seeOffer: { path: { id: Id }; query: {  }; body: Record<string, unknown>; reply: void }
  listCandidates: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<Candidate> } }
  listColleagues: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<Colleague> } }
  listFaultTypes: { path: {  }; query: {  }; body: never; reply: { items: Array<FaultType> } }
  createFaultType: { path: {  }; query: {  }; body: FaultTypeInput; reply: Created }
  changeFaultType: { path: { id: Id }; query: {  }; body: FaultTypeInput; reply: Created }
  listCauses: { path: {  }; query: {  }; body: never; reply: { items: Array<Cause> } }
  createCause: { path: {  }; query: {  }; body: { skill: string; code: string; name: string }; reply: Created }
  listMaterials: { path: {  }; query: {  }; body: never; reply: { items: Array<Material> } }
  createMaterial: { path: {  }; query: {  }; body: { name: string; measure: string; price_min_fen: number; price_max_fen: number; stock_e3?: number }; reply: Created }
  moveStock: { path: { id: Id }; query: {  }; body: { qty_e3: number; reason: string }; reply: void }
  uploadFile: { path: {  }; query: {  }; body: Blob; reply: StoredFile }
  getFile: { path: { id: Id }; query: {  }; body: never; reply: Blob }
  livez: { path: {  }; query: {  }; body: never; reply: { alive: boolean } }
  readyz: { path: {  }; query: {  }; body: never; reply: Readiness }
  metrics: { path: {  }; query: {  }; body: never; reply: Blob }
  testShiftClock: { path: {  }; query: {  }; body: { ms: number }; reply: { now: Time } }
  testCrash: { path: {  }; query: {  }; body: { after: number }; reply: { left: number } }
  listFeeItems: { path: {  }; query: {  }; body: never; reply: { items: Array<FeeItem> } }
  createFeeItem: { path: {  }; query: {  }; body: FeeItemInput; reply: Created }
  changeFeeItem: { path: { id: Id }; query: {  }; body: FeeItemInput; reply: Created }
  deleteFeeItem: { path: { id: Id }; query: {  }; body: never; reply: void }
  listFeePrices: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<{ from_day: number; price_e4: number; tiers: Array<{ upto_e3: number; price_e4: number }>; by: string; at: string }> } }
  setFeePrice: { path: { id: Id }; query: {  }; body: { from_day: number; price_e4?: number; tiers?: Array<{ upto_e3: number; price_e4: number }> }; reply: void }
  assignFeeToRooms: { path: { id: Id }; query: {  }; body: { from_day: number; building_id?: Id; room_id?: Id; coefficient_e4?: number }; reply: { rooms: number } }
  endFeeOfRoom: { path: { id: Id }; query: {  }; body: { room_id: Id; last_day: number }; reply: void }
  listMeters: { path: {  }; query: { before?: Id; limit?: number; item_id?: Id; room_id?: Id }; body: never; reply: { items: Array<Meter>; next_before: Id | null } }
  createMeter: { path: {  }; query: {  }; body: { item_id: Id; room_id?: Id; serial: string; from_day: number; modulus_e3?: number; multiplier_e3?: number; first_e3?: number }; reply: Created }
  readMeter: { path: { id: Id }; query: {  }; body: { day: number; reading_e3: number }; reply: { usage_e3: number } }
  listBillRuns: { path: {  }; query: {  }; body: never; reply: { items: Array<BillRun> } }
  startBillRun: { path: {  }; query: {  }; body: { day: number; room_id?: Id; bill_day?: number }; reply: BillRun }
  getBillRun: { path: { id: Id }; query: {  }; body: never; reply: { run: BillRun; skips: Array<{ room: string | null; item: string | null; reason: string }> } }
  actOnBillRun: { path: { id: Id; action: "submit" | "reject" | "approve" | "publish" | "cancel" }; query: {  }; body: { reason?: string; publish_on?: number }; reply: BillRun }
  listBills: { path: {  }; query: { view?: "mine" | "board"; state?: string; run_id?: Id; room_id?: Id; open?: number; overdue?: number; before?: Id; limit?: number }; body: never; reply: { items: Array<Bill>; next_before: Id | null } }
  getBill: { path: { id: Id }; query: {  }; body: never; reply: { bill: Bill; lines: Array<BillLine> } }
  voidBill: { path: { id: Id }; query: {  }; body: { reason?: string }; reply: void }
  listPayments: { path: {  }; query: { before?: Id; limit?: number; from?: number; to?: number; method?: "cash" | "card" | "transfer" | "prepaid" | "wechat" | "alipay"; state?: "taken" | "void"; room_id?: Id; receipt_no?: number }; body: never; reply: { items: Array<Payment>; next_before: Id | null } }
  takePayment: { path: {  }; query: {  }; body: { method: "cash" | "card" | "transfer" | "prepaid"; voucher?: string; bills?: Array<Id>; amount_fen?: number; prepaid_fen?: number; prepaid_room_id?: Id; rounding_fen?: number; tendered_fen?: number }; reply: Payment }
  getPayment: { path: { id: Id }; query: {  }; body: never; reply: { payment: Payment; bills: Array<PaymentPart> } }
  voidPayment: { path: { id: Id }; query: {  }; body: { reason: string }; reply: Payment }
  listPayOrders: { path: {  }; query: { state?: PayOrderState; view?: "mine"; before?: Id; limit?: number }; body: never; reply: { items: Array<PayOrder>; next_before: Id | null } }
  createPayOrder: { path: {  }; query: {  }; body: { bills: Array<Id>; channel: PayChannel; scene: "mini" | "qr"; counter?: boolean }; reply: PayOrderAnswer }
  getPayOrder: { path: { id: Id }; query: {  }; body: never; reply: { order: PayOrder; bills: Array<PayOrderBill> } }
  startPayOrder: { path: { id: Id }; query: {  }; body: never; reply: PayOrderAnswer }
  checkPayOrder: { path: { id: Id }; query: {  }; body: never; reply: PayOrderAnswer }
  cancelPayOrder: { path: { id: Id }; query: {  }; body: never; reply: PayOrderAnswer }
  notifyWechatPay: { path: { merchant: Id }; query: {  }; body: unknown; reply: Record<string, unknown> }
  notifyWechatPayRefund: { path: { merchant: Id }; query: {  }; body: unknown; reply: Record<string, unknown> }
  notifyAlipay: { path: { merchant: Id }; query: {  }; body: Blob; reply: Record<string, unknown> }
  listMerchants: { path: {  }; query: {  }; body: never; reply: { items: Array<Merchant> } }
  createMerchant: { path: {  }; query: {  }; body: { channel: PayChannel; project_id?: Id; name: string; appid: string; mchid: string; serial?: string; public_key_id?: string; private_key: string; apiv3_key?: string; apiv3_key_old?: string; public_key?: string; app_cert?: string; root_cert?: string }; reply: { id: Id } }
  closeMerchant: { path: { id: Id }; query: {  }; body: never; reply: void }
  listFinanceAlarms: { path: {  }; query: { state?: "open" | "closed"; before?: Id; limit?: number }; body: never; reply: { items: Array<FinanceAlarm>; next_before: Id | null } }
  closeFinanceAlarm: { path: { id: Id }; query: {  }; body: { reason: string }; reply: void }
  requestRefund: { path: { id: Id }; query: {  }; body: { amount_fen: number; reason: string }; reply: Refund }
  listRefunds: { path: {  }; query: { state?: RefundState; before?: Id; limit?: number }; body: never; reply: { items: Array<Refund>; next_before: Id | null } }
  getRefund: { path: { id: Id }; query: {  }; body: never; reply: Refund }
  approveRefund: { path: { id: Id }; query: {  }; body: { reason?: string }; reply: Refund }
  rejectRefund: { path: { id: Id }; query: {  }; body: { reason?: string }; reply: Refund }
  payOutRefund: { path: { id: Id }; query: {  }; body: { voucher?: string }; reply: Refund }
  listReconRuns: { path: {  }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<ReconRun>; next_before: Id | null } }
  runRecon: { path: {  }; query: {  }; body: { merchant_id: Id; day: number }; reply: ReconRun }
  getReconRun: { path: { id: Id }; query: {  }; body: never; reply: ReconRun }
  listReconItems: { path: {  }; query: { state?: "open" | "auto_resolved" | "closed" | "escalated"; run_id?: Id; before?: Id; limit?: number }; body: never; reply: { items: Array<ReconItem>; next_before: Id | null } }
  closeReconItem: { path: { id: Id }; query: {  }; body: { reason: string; escalate?: boolean }; reply: void }
  getReceipt: { path: { id: Id }; query: {  }; body: never; reply: Blob }
  listReceiptPrints: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<{ n: number; account_id: Id; account: string; at: Time }> } }
  verifyReceipt: { path: { code: string }; query: {  }; body: never; reply: ReceiptCheck }
  listCashShifts: { path: {  }; query: { before?: Id; limit?: number; state?: "closed" | "confirmed" }; body: never; reply: { items: Array<CashShift>; next_before: Id | null } }
  closeCashShift: { path: {  }; query: {  }; body: { float_fen: number; counted_fen: number; reason?: string }; reply: CashShift }
  getOpenCashShift: { path: {  }; query: {  }; body: never; reply: CashShift }
  getCashShift: { path: { id: Id }; query: {  }; body: never; reply: CashShift }
  confirmCashShift: { path: { id: Id }; query: {  }; body: { counted_fen: number; reason?: string }; reply: CashShift }
  printCashShift: { path: { id: Id }; query: {  }; body: never; reply: Blob }
  makeRoomCode: { path: { id: Id }; query: {  }; body: { expires_on?: number }; reply: RoomCode }
  getRoomCode: { path: { id: Id }; query: {  }; body: never; reply: RoomCode }
  revokeRoomCode: { path: { id: Id }; query: {  }; body: never; reply: void }
  getRoomCodePng: { path: { id: Id }; query: {  }; body: never; reply: Blob }
  getRoomCodeSvg: { path: { id: Id }; query: {  }; body: never; reply: Blob }
  getRoomCodePdf: { path: { id: Id }; query: {  }; body: never; reply: Blob }
  makeBuildingCodes: { path: { id: Id }; query: {  }; body: Record<string, unknown>; reply: { made: number } }
  getBuildingCodes: { path: { id: Id }; query: {  }; body: never; reply: Blob }
  openRoomCode: { path: { token: string }; query: {  }; body: never; reply: { project: string; room: string; payer: string; due: boolean } }
  checkRoomCode: { path: { token: string }; query: {  }; body: { last4: string }; reply: RoomClaim }
  reportReceivable: { path: {  }; query: { by?: "project" | "building" | "item" | "month" | "payer"; as_of?: number }; body: never; reply: { items: Array<ReceivableRow> } }
  reportTakings: { path: {  }; query: { by?: "day" | "method" | "cashier" | "item" | "project"; from?: number; to?: number }; body: never; reply: { items: Array<TakingsRow> } }
  getTrialBalance: { path: {  }; query: { from?: number; to?: number }; body: never; reply: { items: Array<{ account: string; name: string; opening_fen: number; debit_fen: number; credit_fen: number; closing_fen: number }> } }
  getAccountLedger: { path: { account: string }; query: { party_id?: number; from?: number; to?: number; after?: string; limit?: number }; body: never; reply: { opening_fen: number; items: Array<BookRow>; next_after: string | null } }
  getClosedDay: { path: {  }; query: {  }; body: never; reply: { closed_until: number } }
  closeDays: { path: {  }; query: {  }; body: { day: number }; reply: { closed_until: number } }
  getImportTemplate: { path: { kind: "owners" | "rooms" | "facilities" | "arrears" }; query: {  }; body: never; reply: Blob }
  startImport: { path: {  }; query: { kind?: "owners" | "rooms" | "facilities" | "arrears" }; body: Blob; reply: Import }
  listImports: { path: {  }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<Import>; next_before: Id | null } }
  getImport: { path: { id: Id }; query: {  }; body: never; reply: Import }
  listImportRows: { path: { id: Id }; query: { failed?: number; after?: number; limit?: number }; body: never; reply: { items: Array<ImportRow>; next_after: number | null } }
  getImportFailedRows: { path: { id: Id }; query: {  }; body: never; reply: Blob }
  applyImport: { path: { id: Id }; query: {  }; body: { skip_failed?: boolean }; reply: Import }
  undoImport: { path: { id: Id }; query: {  }; body: never; reply: Import }
  listDepartments: { path: {  }; query: {  }; body: never; reply: { items: Array<Department> } }
  createDepartment: { path: {  }; query: {  }; body: { name: string; parent_id?: Id; project_id?: Id; leader_id?: Id; sort?: number }; reply: { id: Id } }
  changeDepartment: { path: { id: Id }; query: {  }; body: { name: string; parent_id?: Id; project_id?: Id; leader_id?: Id; sort?: number }; reply: void }
  closeDepartment: { path: { id: Id }; query: {  }; body: never; reply: void }
  listDepartmentMembers: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<DepartmentMember> } }
  setDepartmentMembers: { path: { id: Id }; query: {  }; body: { members: Array<{ account_id: Id; title?: string }> }; reply: void }
  listPositions: { path: {  }; query: {  }; body: never; reply: { items: Array<Position> } }
  createPosition: { path: {  }; query: {  }; body: { name: string; note?: string; roles: Array<"manager" | "dispatcher" | "cashier" | "customer_service" | "technician" | "auditor"> }; reply: { id: Id } }
  changePosition: { path: { id: Id }; query: {  }; body: { name: string; note?: string; roles: Array<"manager" | "dispatcher" | "cashier" | "customer_service" | "technician" | "auditor"> }; reply: void }
  dropPosition: { path: { id: Id }; query: {  }; body: never; reply: void }
  listStaffPositions: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<StaffPosition> } }
  giveStaffPositions: { path: { id: Id }; query: {  }; body: { positions: Array<{ role_set_id: Id; project_id?: Id }> }; reply: void }
  listCalendar: { path: {  }; query: { from?: number; to?: number }; body: never; reply: { items: Array<CalendarDay>; known_until: number } }
  setCalendarDay: { path: { day: number }; query: {  }; body: { kind: "workday" | "holiday"; name?: string }; reply: void }
  unsetCalendarDay: { path: { day: number }; query: {  }; body: never; reply: void }
  listRoster: { path: {  }; query: { from?: number; to?: number; account_id?: Id }; body: never; reply: { items: Array<Roster> } }
  planRoster: { path: {  }; query: {  }; body: { slots: Array<{ account_id: Id; day: number; from_min: number; to_min: number; kind?: "work" | "standby"; name?: string }> }; reply: void }
  deleteRosterSlot: { path: { id: Id }; query: {  }; body: never; reply: void }
  askLeave: { path: {  }; query: {  }; body: { from: string; to: string; note?: string }; reply: { id: Id } }
  listMyLeave: { path: {  }; query: {  }; body: never; reply: { items: Array<Roster> } }
  listWaitingLeave: { path: {  }; query: {  }; body: never; reply: { items: Array<Roster> } }
  approveLeave: { path: { id: Id }; query: {  }; body: { note?: string }; reply: void }
  refuseLeave: { path: { id: Id }; query: {  }; body: { note?: string }; reply: void }
  withdrawLeave: { path: { id: Id }; query: {  }; body: never; reply: void }
  getBoard: { path: {  }; query: {  }; body: never; reply: { at: string; counters: BoardCounters } }
  reportTechnicians: { path: {  }; query: { from?: string; to?: string }; body: never; reply: { items: Array<TechnicianRank> } }
  getOwnStatistics: { path: {  }; query: { from?: string; to?: string }; body: never; reply: TechnicianRank }
  reportTimeLimits: { path: {  }; query: { by?: "type" | "urgency" | "building" | "day"; from?: string; to?: string }; body: never; reply: { items: Array<TimeLimits> } }
  listWebhooks: { path: {  }; query: {  }; body: never; reply: { items: Array<Webhook> } }
  createWebhook: { path: {  }; query: {  }; body: { url: string; events: Array<"repair.status" | "repair.escalated" | "bill_run.ready" | "pay.status" | "refund.status" | "finance.alarm" | "complaint.status" | "binding.applied" | "facility.status" | "facility.reported" | "facility.inspection" | "maint.task" | "maint.overdue" | "technician.duty" | "sla.overdue">; project_id?: Id; enabled?: boolean }; reply: { id: Id; secret: string } }
  changeWebhook: { path: { id: Id }; query: {  }; body: { url: string; events: Array<"repair.status" | "repair.escalated" | "bill_run.ready" | "pay.status" | "refund.status" | "finance.alarm" | "complaint.status" | "binding.applied" | "facility.status" | "facility.reported" | "facility.inspection" | "maint.task" | "maint.overdue" | "technician.duty" | "sla.overdue">; project_id?: Id; enabled?: boolean }; reply: void }
  dropWebhook: { path: { id: Id }; query: {  }; body: never; reply: void }
  listWebhookDeliveries: { path: { id: Id }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<WebhookDelivery>; next_before: Id | null } }
  repeatWebhookDelivery: { path: { id: Id }; query: {  }; body: never; reply: void }
  createServiceAccount: { path: {  }; query: {  }; body: { login: string; name: string; grants: Array<{ role: Role; project_id?: Id }> }; reply: { id: Id } }
  listAccountKeys: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<AccountKey> } }
  createAccountKey: { path: { id: Id }; query: {  }; body: { name: string; days: number; project_id?: Id }; reply: { id: Id; token: string } }
  endAccountKey: { path: { id: Id; key: Id }; query: {  }; body: never; reply: void }
  startExport: { path: {  }; query: {  }; body: { kind: "bills" | "payments" | "ledger" | "receivable" | "takings" | "trial" | "shift" | "complaints" | "repairs" | "maint_tasks" | "facilities" | "audit" | "technicians" | "owners"; filters?: { from?: number; to?: number; as_of?: number; party_id?: Id; shift_id?: Id; room_id?: Id; receipt_no?: number; object_id?: Id; overdue?: number; open?: number; escalated?: number; by?: string; account?: string; state?: string; method?: string; category?: string; about?: string; search?: string; action?: string; ip?: string; request_id?: string; reason?: string } }; reply: Export }
  listExports: { path: {  }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<Export>; next_before: Id | null } }
  getExport: { path: { id: Id }; query: {  }; body: never; reply: Export }
  fetchExport: { path: { id: Id }; query: {  }; body: never; reply: Blob }
  listInvoices: { path: {  }; query: { before?: Id; limit?: number; view?: "mine" | "project"; state?: "submitted" | "processing" | "issued" | "rejected" | "canceled" | "reversal_required" | "reversed" }; body: never; reply: { items: Array<Invoice>; next_before: Id | null } }
  applyInvoice: { path: {  }; query: {  }; body: { payment_id: Id; buyer: "person" | "company"; title: string; tax_no?: string; mail?: string; amount_fen?: number }; reply: Invoice }
  getInvoice: { path: { id: Id }; query: {  }; body: never; reply: Invoice }
  getInvoiceFile: { path: { id: Id }; query: {  }; body: never; reply: Blob }
  actOnInvoice: { path: { id: Id; action: "process" | "issue" | "reject" | "cancel" | "reverse" }; query: {  }; body: { code?: string; number?: string; red_number?: string; reason?: string; file_id?: Id }; reply: Invoice }
  leaseParkingSpace: { path: { id: Id }; query: {  }; body: { space_id: Id; room_id: Id; from_day: number; coefficient_e4?: number }; reply: void }
  endParkingLease: { path: { id: Id }; query: {  }; body: { space_id: Id; last_day: number }; reply: void }
  listCharges: { path: {  }; query: { before?: Id; limit?: number; state?: "open" | "billed" | "cancelled" }; body: never; reply: { items: Array<Charge>; next_before: Id | null } }
  createCharge: { path: {  }; query: {  }; body: { item_id: Id; room_id: Id; amount_fen: number; day: number; note?: string }; reply: Created }
  cancelCharge: { path: { id: Id }; query: {  }; body: never; reply: void }
  listShares: { path: {  }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<Share>; next_before: Id | null } }
  createShare: { path: {  }; query: {  }; body: { item_id: Id; basis: "area" | "household" | "weight"; from_day: number; to_day: number; meter_id?: Id; total_fen?: number; note?: string }; reply: Share }
  listShareParts: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<SharePart> } }
  cancelShare: { path: { id: Id }; query: {  }; body: never; reply: void }
  listMissingReadings: { path: {  }; query: { from?: number; to?: number }; body: never; reply: { items: Array<Meter> } }
  listOddReadings: { path: {  }; query: { from?: number; to?: number }; body: never; reply: { items: Array<OddReading> } }
  importReadings: { path: {  }; query: {  }; body: { csv: string }; reply: { applied: boolean; rows: number; unchanged: number; errors: Array<ImportError> } }
  checkReadings: { path: {  }; query: {  }; body: { csv: string }; reply: { applied: boolean; rows: number; unchanged: number; errors: Array<ImportError> } }
  correctReading: { path: { id: Id }; query: {  }; body: { reading_e3: number; reason: string }; reply: { usage_e3: number } }
  swapMeter: { path: { id: Id }; query: {  }; body: { day: number; final_e3: number; serial: string; modulus_e3?: number; multiplier_e3?: number; first_e3?: number }; reply: Created }
  listFeeRequests: { path: {  }; query: { before?: Id; limit?: number; state?: "requested" | "approved" | "rejected" | "withdrawn"; bill_id?: Id }; body: never; reply: { items: Array<FeeRequest>; next_before: Id | null } }
  createFeeRequest: { path: {  }; query: {  }; body: { kind: "adjust" | "late_waiver" | "write_off" | "vacancy" | "deposit_back" | "void"; bill_id?: Id; line_n?: number; room_id?: Id; amount_fen?: number; from_day?: number; to_day?: number; method?: "cash" | "transfer"; voucher?: string; reason: string }; reply: FeeRequest }
  getFeeRequest: { path: { id: Id }; query: {  }; body: never; reply: FeeRequest }
  actOnFeeRequest: { path: { id: Id; action: "approve" | "reject" | "withdraw" }; query: {  }; body: { note?: string }; reply: FeeRequest }
  listDisputes: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<Dispute> } }
  openDispute: { path: { id: Id }; query: {  }; body: { from_day?: number; reason: string }; reply: Created }
  closeDispute: { path: { id: Id }; query: {  }; body: { outcome: string; upheld?: boolean }; reply: void }
  listDiscounts: { path: {  }; query: {  }; body: never; reply: { items: Array<Discount> } }
  createDiscount: { path: {  }; query: {  }; body: { name: string; kind: "advance" | "vacant"; off_e4: number; from_day: number; to_day?: number; item_id?: Id; months?: number }; reply: Created }
  endDiscount: { path: { id: Id }; query: {  }; body: never; reply: void }
  listPayers: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<Payer> } }
  setPayer: { path: { id: Id }; query: {  }; body: { from_day: number; payer_id?: Id; name?: string }; reply: void }
  previewBillRun: { path: {  }; query: { day?: number; room_id?: Id }; body: never; reply: RunPreview }
  listBillOddities: { path: { id: Id }; query: {  }; body: never; reply: RunPreview }
  editBillLine: { path: { id: Id; n: Id }; query: {  }; body: { amount_fen: number; reason: string }; reply: void }
  getBillingSetting: { path: {  }; query: {  }; body: never; reply: { auto_runs: boolean; auto_from_day: number; due_floor_days: number } }
  setBillingSetting: { path: {  }; query: {  }; body: { auto_runs: boolean; due_floor_days: number }; reply: void }
  listAutoRuns: { path: {  }; query: {  }; body: never; reply: { items: Array<AutoRun> } }
  getPayOrderCode: { path: { id: Id }; query: {  }; body: never; reply: Blob }
  payByRoomCode: { path: {  }; query: {  }; body: { claim: string; bills: Array<Id>; channel: PayChannel }; reply: PayOrderAnswer }
  checkCodeOrder: { path: { id: Id }; query: {  }; body: { claim: string }; reply: PayOrderAnswer }
  cancelCodeOrder: { path: { id: Id }; query: {  }; body: { claim: string }; reply: PayOrderAnswer }
  listProjects: { path: {  }; query: {  }; body: never; reply: { items: Array<Project> } }
  createProject: { path: {  }; query: {  }; body: { code: string; name: string; province: string; city: string; district: string; street: string; door_number: string; kinds?: string; land_area_e4?: number; building_area_e4?: number; parking_area_e4?: number; green_area_e4?: number; year_built?: number; developer?: string; phone?: string }; reply: Created }
  getProject: { path: { id: Id }; query: {  }; body: never; reply: Project }
  changeProject: { path: { id: Id }; query: {  }; body: { code: string; name: string; province: string; city: string; district: string; street: string; door_number: string; kinds?: string; land_area_e4?: number; building_area_e4?: number; parking_area_e4?: number; green_area_e4?: number; year_built?: number; developer?: string; phone?: string; reason?: string }; reply: void }
  closeProject: { path: { id: Id }; query: {  }; body: { reason?: string }; reply: void }
  listProjectHistory: { path: { id: Id }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<FieldChange>; next_before: Id | null } }
  listBuildings: { path: {  }; query: {  }; body: never; reply: { items: Array<Building> } }
  createBuilding: { path: {  }; query: {  }; body: { name: string; kind?: "residential" | "retail" | "office" | "parking" | "mixed" | "other"; floors?: number; area_e4?: number; year?: number; reason?: string }; reply: Created }
  changeBuilding: { path: { id: Id }; query: {  }; body: { name: string; kind?: "residential" | "retail" | "office" | "parking" | "mixed" | "other"; floors?: number; area_e4?: number; year?: number; reason?: string }; reply: void }
  closeBuilding: { path: { id: Id }; query: {  }; body: { reason?: string }; reply: void }
  listBuildingHistory: { path: { id: Id }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<FieldChange>; next_before: Id | null } }
  listUnits: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<Unit> } }
  createUnit: { path: { id: Id }; query: {  }; body: { name: string; floors?: number; lift?: boolean; reason?: string }; reply: Created }
  changeUnit: { path: { id: Id }; query: {  }; body: { name: string; floors?: number; lift?: boolean; reason?: string }; reply: void }
  closeUnit: { path: { id: Id }; query: {  }; body: { reason?: string }; reply: void }
  listUnitHistory: { path: { id: Id }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<FieldChange>; next_before: Id | null } }
  listRooms: { path: {  }; query: { search?: string; layout?: string; use?: "residence" | "shop" | "office" | "storage"; state?: "unsold" | "sold" | "delivered" | "occupied" | "rented" | "vacant" | "decorating"; building_id?: Id; unit_id?: Id; floor?: number; area_min_e4?: number; area_max_e4?: number; after?: Id; limit?: number }; body: never; reply: { items: Array<Room> } }
  createRoom: { path: {  }; query: {  }; body: { building: string; unit?: string; name: string; layout?: string; area_e4?: number; inner_area_e4?: number; floor?: number; use?: "residence" | "shop" | "office" | "storage"; state?: "unsold" | "sold" | "delivered" | "occupied" | "rented" | "vacant" | "decorating" }; reply: Created }
  previewRooms: { path: {  }; query: {  }; body: { building: string; unit_from?: number; unit_to?: number; floor_from: number; floor_to: number; doors: Array<{ suffix: string; layout?: string; area_e4?: number; inner_area_e4?: number }>; skip?: Array<{ floor: number }>; pad?: boolean; skip_existing?: boolean; use?: "residence" | "shop" | "office" | "storage"; state?: "unsold" | "sold" | "delivered" | "occupied" | "rented" | "vacant" | "decorating" }; reply: { total: number; existing: number; items: Array<{ unit: string; name: string; full_name: string; floor: number; layout: string; area_e4: number; inner_area_e4: number; existing_id: Id | null }> } }
  createRooms: { path: {  }; query: {  }; body: { building: string; unit_from?: number; unit_to?: number; floor_from: number; floor_to: number; doors: Array<{ suffix: string; layout?: string; area_e4?: number; inner_area_e4?: number }>; skip?: Array<{ floor: number }>; pad?: boolean; skip_existing?: boolean; use?: "residence" | "shop" | "office" | "storage"; state?: "unsold" | "sold" | "delivered" | "occupied" | "rented" | "vacant" | "decorating" }; reply: { made: number } }
  getRoom: { path: { id: Id }; query: {  }; body: never; reply: Room }
  changeRoom: { path: { id: Id }; query: {  }; body: { name: string; layout?: string; area_e4?: number; inner_area_e4?: number; floor?: number; use?: "residence" | "shop" | "office" | "storage"; state?: "unsold" | "sold" | "delivered" | "occupied" | "rented" | "vacant" | "decorating"; reason?: string }; reply: void }
  closeRoom: { path: { id: Id }; query: {  }; body: { reason?: string }; reply: void }
  listRoomHistory: { path: { id: Id }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<FieldChange>; next_before: Id | null } }
  getBuildingGrid: { path: { id: Id }; query: { unit_id?: Id }; body: never; reply: { items: Array<RoomCell> } }
  listHandoverItems: { path: {  }; query: {  }; body: never; reply: { items: Array<HandoverItem> } }
  setHandoverItems: { path: {  }; query: {  }; body: { items: Array<HandoverItemIn> }; reply: void }
  listHandovers: { path: {  }; query: { state?: "planned" | "notified" | "inspected" | "handed_over" | "cancelled"; room_id?: Id; building_id?: Id; from?: number; to?: number; before?: Id; limit?: number }; body: never; reply: { items: Array<Handover>; next_before: Id | null } }
  planHandovers: { path: {  }; query: {  }; body: { rooms: Array<Id>; day: number; note?: string }; reply: { items: Array<{ id: Id; room_id: Id }>; skipped: number } }
  getHandover: { path: { id: Id }; query: {  }; body: never; reply: HandoverDetail }
  actOnHandover: { path: { id: Id; action: "change" | "notify" | "inspect" | "hand_over" | "cancel" }; query: {  }; body: { note?: string; day?: number; checks?: Array<HandoverAnswer>; keys?: number; signature_id?: Id; room_state?: "delivered" | "occupied"; readings?: Array<HandoverReading>; fee_from?: number; fee_items?: Array<Id> }; reply: Handover }
  listParkingSpaces: { path: {  }; query: { before?: Id; limit?: number; search?: string; holding?: "free" | "sold" | "rented"; kind?: "underground" | "ground" | "mechanical" | "garage"; zone?: string; room_id?: Id; party_id?: Id }; body: never; reply: { items: Array<ParkingSpaceInList>; next_before: Id | null } }
  createParkingSpace: { path: {  }; query: {  }; body: { name: string; zone?: string; kind?: "underground" | "ground" | "mechanical" | "garage"; holding?: "free" | "sold" | "rented"; area_e4?: number; room_id?: Id; party_id?: Id; to_day?: number; reason?: string }; reply: Created }
  getParkingSpace: { path: { id: Id }; query: {  }; body: never; reply: ParkingSpace }
  changeParkingSpace: { path: { id: Id }; query: {  }; body: { name: string; zone?: string; kind?: "underground" | "ground" | "mechanical" | "garage"; holding?: "free" | "sold" | "rented"; area_e4?: number; room_id?: Id; party_id?: Id; to_day?: number; reason?: string }; reply: void }
  closeParkingSpace: { path: { id: Id }; query: {  }; body: { reason?: string }; reply: void }
  listParkingHistory: { path: { id: Id }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<FieldChange>; next_before: Id | null } }
  listOwners: { path: {  }; query: { before?: Id; limit?: number; name?: string; phone?: string; room?: string; layout?: string; email?: string; room_state?: "unsold" | "sold" | "delivered" | "occupied" | "rented" | "vacant" | "decorating"; role?: "owner" | "co_owner" | "family" | "tenant" | "staff"; kind?: "person" | "company"; owing?: "yes" | "no" | "any"; building_id?: Id; area_min_e4?: number; area_max_e4?: number; created_from?: string; created_to?: string }; body: never; reply: { items: Array<Owner>; next_before: Id | null } }
  createOwner: { path: {  }; query: {  }; body: { name: string; kind?: "person" | "company"; phones?: Array<{ label?: string; phone?: string; keep?: number }>; email?: string; idno?: string; wechat?: string; emergency_name?: string; emergency_phone?: string; note?: string }; reply: Created }
  getOwner: { path: { id: Id }; query: {  }; body: never; reply: OwnerDetail }
  changeOwner: { path: { id: Id }; query: {  }; body: { name: string; kind?: "person" | "company"; phones?: Array<{ label?: string; phone?: string; keep?: number }>; email?: string; idno?: string; wechat?: string; emergency_name?: string; emergency_phone?: string; note?: string; reason: string }; reply: void }
  closeOwner: { path: { id: Id }; query: {  }; body: { reason?: string }; reply: void }
  listOwnerHistory: { path: { id: Id }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<FieldChange>; next_before: Id | null } }
  revealOwnerField: { path: { id: Id }; query: {  }; body: { field: "phone" | "email" | "idno" | "wechat" | "emergency"; n?: number; reason: string }; reply: { field: string; value: string } }
  listOwnerReveals: { path: { id: Id }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<OwnerReveal>; next_before: Id | null } }
  attachOwnerRoom: { path: { id: Id }; query: {  }; body: { room_id: Id; role: "owner" | "co_owner" | "family" | "tenant" | "staff"; share_n?: number; share_d?: number; from_day?: number; to_day?: number; pays?: boolean }; reply: Created }
  changeOwnerRoom: { path: { id: Id }; query: {  }; body: { share_n?: number; share_d?: number; to_day?: number; pays?: boolean; reason: string }; reply: void }
  endOwnerRoom: { path: { id: Id }; query: {  }; body: { last_day: number; reason: string }; reply: void }
  listOwnerRoomHistory: { path: { id: Id }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<FieldChange>; next_before: Id | null } }
  listRoomOwners: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<OwnerRoom> } }
  previewTransfer: { path: { id: Id }; query: {  }; body: { day: number; to: Array<{ party_id: Id; role?: "owner" | "co_owner"; share_n?: number; share_d?: number; pays?: boolean }>; end_family?: boolean; end_tenants?: boolean; prepaid?: "stay" | "refund" | "transfer"; prepaid_room_id?: Id; reason: string }; reply: { at_once: boolean; prepaid_fen: number; open_fen: number; bindings_that_end: number; from: Array<string>; bills: Array<{ id: Id; payer: string; period_from: number; period_to: number; due_day: number; open_fen: number; crosses: boolean }> } }
  createTransfer: { path: { id: Id }; query: {  }; body: { day: number; to: Array<{ party_id: Id; role?: "owner" | "co_owner"; share_n?: number; share_d?: number; pays?: boolean }>; end_family?: boolean; end_tenants?: boolean; prepaid?: "stay" | "refund" | "transfer"; prepaid_room_id?: Id; reason: string }; reply: Transfer }
  listRoomTransfers: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<Transfer> } }
  listPlannedTransfers: { path: {  }; query: {  }; body: never; reply: { items: Array<Transfer> } }
  cancelTransfer: { path: { id: Id }; query: {  }; body: { reason?: string }; reply: void }
  payBackTransfer: { path: { id: Id }; query: {  }; body: { method: "cash" | "transfer"; voucher?: string }; reply: void }
  exportMyData: { path: {  }; query: {  }; body: never; reply: MyData }
  closeMyAccount: { path: {  }; query: {  }; body: { scope: "account" | "contact"; confirm: boolean; reason?: string }; reply: { scope: string; register_kept: number } }
  listOwnerFilters: { path: {  }; query: {  }; body: never; reply: { items: Array<OwnerFilter> } }
  saveOwnerFilter: { path: {  }; query: {  }; body: { name: string; query: { name?: string; room?: string; layout?: string; room_state?: string; role?: string; kind?: string; building_id?: Id; area_min_e4?: number; area_max_e4?: number; owing?: "any" | "yes" | "no" } }; reply: Created }
  deleteOwnerFilter: { path: { id: Id }; query: {  }; body: never; reply: void }
  submitComplaint: { path: {  }; query: {  }; body: { kind: "complaint" | "suggestion" | "inquiry" | "praise"; category?: string; title: string; text: string; place?: string; contact_name?: string; contact_phone?: string; room_id?: Id; accused_id?: Id; urgency?: "low" | "normal" | "high" | "emergency"; anonymous?: boolean; by_phone?: boolean; files?: Array<Id> }; reply: Complaint }
  listComplaints: { path: {  }; query: { view?: "mine" | "board" | "assigned"; state?: "new" | "classified" | "assigned" | "in_progress" | "resolved" | "reopened" | "closed" | "merged" | "withdrawn"; category?: string; kind?: "complaint" | "suggestion" | "inquiry" | "praise"; handler_id?: Id; building_id?: Id; from?: string; to?: string; overdue?: number; escalated?: number; level?: number; open?: number; search?: string; before?: Id; limit?: number }; body: never; reply: { items: Array<Complaint>; next_before: Id | null } }
  getComplaint: { path: { id: Id }; query: {  }; body: never; reply: ComplaintDetail }
  actOnComplaint: { path: { id: Id; action: "classify" | "assign" | "accept" | "return" | "reply" | "note" | "comment" | "resolve" | "rate" | "reopen" | "merge" | "withdraw" | "link_repair" | "link_bill" }; query: {  }; body: { note?: string; category?: string; department_id?: Id; due_at?: string; assignee_id?: Id; target_id?: Id; repair_id?: Id; bill_id?: Id; type_id?: Id; accused_id?: Id; stars?: number; kind?: "complaint" | "suggestion" | "inquiry" | "praise"; urgency?: "low" | "normal" | "high" | "emergency"; internal?: boolean; files?: Array<Id> }; reply: Complaint }
  revealComplaintIdentity: { path: { id: Id }; query: {  }; body: Record<string, unknown>; reply: { account_id: Id | null; name: string | null; phone: string | null; room: string | null } }
  countComplaints: { path: {  }; query: {  }; body: never; reply: { waiting: number; working: number; resolved: number; overdue: number; mine: number } }
  analyseComplaints: { path: {  }; query: { by?: "category" | "kind" | "handler" | "building" | "month"; from?: string; to?: string }; body: never; reply: { from: string; to: string; items: Array<ComplaintStat> } }
  listComplaintCategories: { path: {  }; query: {  }; body: never; reply: { items: Array<{ code: string; name: string; due_h: number; enabled: boolean; version: number }> } }
  listComplaintManagers: { path: { code: string }; query: {  }; body: never; reply: { items: Array<{ account_id: Id; name: string; everywhere: boolean }> } }
  saveComplaintCategory: { path: { code: string }; query: {  }; body: { name: string; due_h: number; enabled: boolean; managers?: Array<Id> }; reply: void }
  listMyNotices: { path: {  }; query: { unread?: number; before?: Id; limit?: number }; body: never; reply: { items: Array<Notice>; next_before: Id | null } }
  createNotice: { path: {  }; query: {  }; body: { title: string; text: string; kind: "common" | "important" | "emergency"; audience: "company" | "project" | "buildings" | "rooms"; roles: Array<"owner" | "family" | "tenant" | "staff">; targets?: Array<Id>; files?: Array<Id>; pinned?: boolean; publish_at?: string; expire_at?: string }; reply: Notice }
  listManagedNotices: { path: {  }; query: { state?: "draft" | "scheduled" | "published" | "withdrawn"; before?: Id; limit?: number }; body: never; reply: { items: Array<Notice>; next_before: Id | null } }
  getNotice: { path: { id: Id }; query: {  }; body: never; reply: { notice: Notice; targets: Array<Id>; files: Array<Id> } }
  changeNotice: { path: { id: Id }; query: {  }; body: { title: string; text: string; kind: "common" | "important" | "emergency"; audience: "company" | "project" | "buildings" | "rooms"; roles: Array<"owner" | "family" | "tenant" | "staff">; targets?: Array<Id>; files?: Array<Id>; pinned?: boolean; publish_at?: string; expire_at?: string }; reply: Notice }
  readNotice: { path: { id: Id }; query: {  }; body: Record<string, unknown>; reply: void }
  getNoticeReceipts: { path: { id: Id }; query: {  }; body: never; reply: { people: number; read: number; rooms: number; rooms_read: number } }
  listNoticeUnreadRooms: { path: { id: Id }; query: { after?: Id; limit?: number }; body: never; reply: { items: Array<{ room_id: Id; room: string }> } }
  actOnNotice: { path: { id: Id; action: "publish" | "unpublish" | "withdraw" }; query: {  }; body: { note?: string }; reply: Notice }
  getHome: { path: {  }; query: {  }; body: never; reply: { shortcuts: Array<{ key: string; title: string }>; notices: Array<Notice>; unread_notices: number; unread_messages: number; resident?: { due_fen: number; due_bills: number; repairs: number; complaints: number }; work?: { jobs: number; offers: number; complaints: number }; waiting?: { bill_runs: number; fee_requests: number; refunds: number; bindings: number; complaints: number; complaints_overdue: number; repairs: number; repairs_overdue: number } } }
  listNotifications: { path: {  }; query: { unread?: number; before?: Id; limit?: number }; body: never; reply: { items: Array<Notification>; next_before: Id | null } }
  countNotifications: { path: {  }; query: {  }; body: never; reply: { unread: number } }
  readAllNotifications: { path: {  }; query: {  }; body: Record<string, unknown>; reply: void }
  readNotification: { path: { id: Id }; query: {  }; body: Record<string, unknown>; reply: void }
  listMessagePreferences: { path: {  }; query: {  }; body: never; reply: { items: Array<{ kind: string; title: string; channel: "sms" | "mail" | "wechat" | "alipay"; optional: boolean; wanted: boolean }>; quota: Array<{ provider: string; template: string; left: number }> } }
  setMessagePreference: { path: {  }; query: {  }; body: { kind: string; channel: "sms" | "mail" | "wechat" | "alipay"; wanted: boolean }; reply: void }
  setMyLanguage: { path: {  }; query: {  }; body: { lang: "zh" | "en" }; reply: void }
  listMessageTemplates: { path: {  }; query: {  }; body: never; reply: { items: Array<MessageTemplate> } }
  saveMessageTemplate: { path: { kind: string; channel: "sms" | "mail" | "wechat" | "alipay" | "inapp"; lang: "zh" | "en" }; query: {  }; body: { subject?: string; body: string; provider_template?: string }; reply: void }
  dropMessageTemplate: { path: { kind: string; channel: "sms" | "mail" | "wechat" | "alipay" | "inapp"; lang: "zh" | "en" }; query: {  }; body: never; reply: void }
  previewMessageTemplate: { path: { kind: string; channel: "sms" | "mail" | "wechat" | "alipay" | "inapp"; lang: "zh" | "en" }; query: {  }; body: { subject?: string; body: string; provider_template?: string }; reply: { subject: string; body: string } }
  getMessageSettings: { path: {  }; query: {  }; body: never; reply: { quiet_from: number; quiet_to: number; hourly: number; version: number } }
  saveMessageSettings: { path: {  }; query: {  }; body: { quiet_from: number; quiet_to: number; hourly: number }; reply: void }
  listMessageBlocks: { path: {  }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<{ id: Id; to: string; reason: string; created_by: Id | null; created_at: string }>; next_before: Id | null } }
  blockAddress: { path: {  }; query: {  }; body: { to: string; reason: string }; reply: { id: Id } }
  unblockAddress: { path: { id: Id }; query: {  }; body: never; reply: void }
  listMessages: { path: {  }; query: { channel?: "sms" | "mail" | "wechat" | "alipay"; kind?: string; state?: "pending" | "sending" | "sent" | "delivered" | "suppressed" | "dead" | "discarded"; to?: string; account_id?: Id; from?: string; until?: string; before?: Id; limit?: number }; body: never; reply: { items: Array<MessageRow>; next_before: Id | null } }
  countMessages: { path: {  }; query: { from?: string; until?: string }; body: never; reply: { items: Array<{ channel: "sms" | "mail" | "wechat" | "alipay"; state: "pending" | "sending" | "sent" | "delivered" | "suppressed" | "dead" | "discarded"; messages: number }> } }
  requeueMessage: { path: { id: Id }; query: {  }; body: Record<string, unknown>; reply: void }
  discardMessage: { path: { id: Id }; query: {  }; body: { reason: string }; reply: void }
  listFacilities: { path: {  }; query: { category?: string; state?: "in_use" | "stopped" | "idle" | "scrapped"; importance?: "A" | "B" | "C"; search?: string; building_id?: Id; parent_id?: Id; supplier_id?: Id; inspect_before?: number; warranty_before?: number; down?: number; before?: Id; limit?: number }; body: never; reply: { items: Array<Facility>; next_before: Id | null } }
  addFacility: { path: {  }; query: {  }; body: FacilityInput; reply: Created }
  importFacilities: { path: {  }; query: {  }; body: { csv: string }; reply: FacilityImport }
  checkFacilityImport: { path: {  }; query: {  }; body: { csv: string }; reply: FacilityImport }
  getFacility: { path: { id: Id }; query: {  }; body: never; reply: FacilityDetail }
  changeFacility: { path: { id: Id }; query: {  }; body: FacilityInput; reply: Facility }
  setFacilityState: { path: { id: Id }; query: {  }; body: { state: "in_use" | "stopped" | "idle" | "scrapped"; reason?: string }; reply: Facility }
  setFacilityDown: { path: { id: Id }; query: {  }; body: { reason: string }; reply: Facility }
  setFacilityUp: { path: { id: Id }; query: {  }; body: { reason: string }; reply: Facility }
  readFacility: { path: { id: Id }; query: {  }; body: { value_e3: number }; reply: Facility }
  getFacilityHistory: { path: { id: Id }; query: { kind?: string; before?: Id; limit?: number }; body: never; reply: { items: Array<FacilityEvent>; next_before: Id | null } }
  addFacilityFile: { path: { id: Id }; query: {  }; body: { file_id: Id; kind: "photo" | "manual" | "certificate" | "contract" | "report" | "other" }; reply: void }
  dropFacilityFile: { path: { id: Id; file: Id }; query: {  }; body: never; reply: void }
  addFacilityCost: { path: { id: Id }; query: {  }; body: { kind: "repair" | "parts" | "maintenance" | "inspection" | "other"; amount_fen: number; day: number; note?: string }; reply: Created }
  listFacilityCategories: { path: {  }; query: {  }; body: never; reply: { items: Array<FacilityCategory> } }
  saveFacilityCategory: { path: {  }; query: {  }; body: { code: string; name: string; enabled?: boolean }; reply: void }
  listFacilitySuppliers: { path: {  }; query: {  }; body: never; reply: { items: Array<FacilitySupplier> } }
  addFacilitySupplier: { path: {  }; query: {  }; body: { name: string; contact?: string; phone?: string; note?: string }; reply: Created }
  changeFacilitySupplier: { path: { id: Id }; query: {  }; body: { name: string; contact?: string; phone?: string; note?: string }; reply: void }
  makeFacilityCode: { path: { id: Id }; query: {  }; body: Record<string, unknown>; reply: FacilityCode }
  getFacilityCode: { path: { id: Id }; query: {  }; body: never; reply: FacilityCode }
  revokeFacilityCode: { path: { id: Id }; query: {  }; body: never; reply: void }
  getFacilityCodePng: { path: { id: Id }; query: {  }; body: never; reply: Blob }
  getFacilityCodeSvg: { path: { id: Id }; query: {  }; body: never; reply: Blob }
  openFacilityCode: { path: { token: string }; query: {  }; body: never; reply: FacilityPublic }
  reportByFacilityCode: { path: { token: string }; query: {  }; body: { description: string; contact_phone?: string }; reply: Created }
  listFacilityReports: { path: {  }; query: { state?: "waiting" | "accepted" | "rejected"; before?: Id; limit?: number }; body: never; reply: { items: Array<FacilityReport>; next_before: Id | null } }
  acceptFacilityReport: { path: { id: Id }; query: {  }; body: { type_id: Id; urgency?: Urgency }; reply: Repair }
  rejectFacilityReport: { path: { id: Id }; query: {  }; body: { note: string }; reply: void }
  facilityPareto: { path: {  }; query: { from?: string; to?: string; category?: string }; body: never; reply: { items: Array<FacilityPareto> } }
  facilityReliability: { path: {  }; query: { from?: string; to?: string; by?: "facility" | "category" }; body: never; reply: { items: Array<FacilityReliability> } }
  facilityRepeats: { path: {  }; query: { from?: string; to?: string }; body: never; reply: { items: Array<FacilityRepeat> } }
  listMaintTemplates: { path: {  }; query: {  }; body: never; reply: { items: Array<MaintTemplate> } }
  listMaintPlans: { path: {  }; query: { state?: "draft" | "active" | "paused" | "ended"; facility_id?: Id; before?: Id; limit?: number }; body: never; reply: { items: Array<MaintPlan>; next_before: Id | null } }
  addMaintPlan: { path: {  }; query: {  }; body: MaintPlanInput; reply: Created }
  addMaintPlanFromTemplate: { path: {  }; query: {  }; body: { code: string; name?: string; anchor_day?: number; month_day?: number; workdays?: boolean; last_day?: number; early_days?: number; late_days?: number; horizon_days?: number; remind?: string; scan?: boolean; skill?: string; deputy_id?: Id; fault_type_id?: Id; facilities?: Array<Id>; staff?: Array<Id> }; reply: Created }
  getMaintPlan: { path: { id: Id }; query: {  }; body: never; reply: MaintPlanDetail }
  changeMaintPlan: { path: { id: Id }; query: {  }; body: MaintPlanInput; reply: MaintPlanDetail }
  listMaintGaps: { path: { id: Id }; query: { before?: Id; limit?: number }; body: never; reply: { items: Array<MaintGap>; next_before: Id | null } }
  actOnMaintPlan: { path: { id: Id; action: "activate" | "pause" | "resume" | "end" }; query: {  }; body: { reason?: string }; reply: MaintPlanDetail }
  listMaintTasks: { path: {  }; query: { state?: "scheduled" | "in_progress" | "await_accept" | "done" | "skipped"; plan_id?: Id; facility_id?: Id; from?: number; to?: number; mine?: number; overdue?: number; open?: number; before?: Id; limit?: number }; body: never; reply: { items: Array<MaintTask>; next_before: Id | null } }
  maintCompliance: { path: {  }; query: { by?: "plan" | "kind" | "category" | "person"; from?: number; to?: number }; body: never; reply: { items: Array<MaintCompliance> } }
  maintCalendar: { path: {  }; query: { from?: number; to?: number }; body: never; reply: { items: Array<MaintLoad> } }
  getMaintTask: { path: { id: Id }; query: {  }; body: never; reply: MaintTaskDetail }
  actOnMaintTask: { path: { id: Id; action: "start" | "submit" | "accept" | "reject" | "skip" | "transfer" }; query: {  }; body: { note?: string; token?: string; account_id?: Id; labour_min?: number; cost_fen?: number; answers?: Array<MaintAnswer> }; reply: MaintTask }
  checkPatrolPoint: { path: { id: Id }; query: {  }; body: { token: string; note?: string; lat_e6?: number; lng_e6?: number; fault?: boolean }; reply: PatrolChecked }
  listPatrolRoutes: { path: {  }; query: {  }; body: never; reply: { items: Array<PatrolRoute> } }
  addPatrolRoute: { path: {  }; query: {  }; body: PatrolRouteInput; reply: PatrolRouteDetail }
  getPatrolRoute: { path: { id: Id }; query: {  }; body: never; reply: PatrolRouteDetail }
  changePatrolRoute: { path: { id: Id }; query: {  }; body: PatrolRouteInput; reply: PatrolRouteDetail }
  listPatrolCodes: { path: { id: Id }; query: {  }; body: never; reply: { items: Array<{ point_id: Id; name: string; svg: string }> } }
  rotatePatrolCode: { path: { id: Id }; query: {  }; body: Record<string, unknown>; reply: PatrolCode }
}
export type Op = keyof Ops

export const roleBits = { platform_admin: 1, company_admin: 2, manager: 4, dispatcher: 8, cashier: 16, customer_service: 32, technician: 64, auditor: 128, owner: 256, family: 512, tenant: 1024 } as const
/* method, path, who may (bits of roleBits, -1: everybody who is logged in), 1: takes a body */
export const ops: Record<Op, readonly [string, string, number, number]> = {
  sendCode: ['POST', '/api/v1/auth/code', -1, 1],
  logIn: ['POST', '/api/v1/auth/login', -1, 1],
  logInByCode: ['POST', '/api/v1/auth/login/code', -1, 1],
  logInByWechat: ['POST', '/api/v1/auth/login/wechat', -1, 1],
  logInByAlipay: ['POST', '/api/v1/auth/login/alipay', -1, 1],
  refreshSession: ['POST', '/api/v1/auth/refresh', -1, 1],
  recoverPassword: ['POST', '/api/v1/auth/recover', -1, 1],
  stepUp: ['POST', '/api/v1/auth/step-up', 255, 1],
  getSecondFactor: ['GET', '/api/v1/me/totp', 255, 0],
  beginSecondFactor: ['POST', '/api/v1/me/totp', 255, 0],
  dropSecondFactor: ['DELETE', '/api/v1/me/totp', 255, 0],
  confirmSecondFactor: ['POST', '/api/v1/me/totp/confirm', 255, 1],
  dropStaffSecondFactor: ['DELETE', '/api/v1/staff/{id}/totp', 3, 0],
  setCompanySecurity: ['PUT', '/api/v1/company/security', 3, 1],
  getSession: ['GET', '/api/v1/session', -1, 0],
  logOut: ['DELETE', '/api/v1/session', -1, 0],
  chooseProject: ['PUT', '/api/v1/session/project', -1, 1],
  listSessions: ['GET', '/api/v1/sessions', -1, 0],
  endOtherSessions: ['POST', '/api/v1/sessions/end-others', -1, 1],
  endSession: ['DELETE', '/api/v1/sessions/{id}', -1, 0],
  changePassword: ['POST', '/api/v1/me/password', -1, 1],
  changePhone: ['POST', '/api/v1/me/phone', -1, 1],
  addMessageQuota: ['POST', '/api/v1/me/message-quota', -1, 1],
  createLiveTicket: ['POST', '/api/v1/live/tickets', -1, 1],
  listStaff: ['GET', '/api/v1/staff', 135, 0],
  createStaff: ['POST', '/api/v1/staff', 3, 1],
  setStaffGrants: ['PUT', '/api/v1/staff/{id}/grants', 3, 1],
  resetStaffPassword: ['POST', '/api/v1/staff/{id}/password', 3, 1],
  disableStaff: ['POST', '/api/v1/staff/{id}/disable', 3, 1],
  enableStaff: ['POST', '/api/v1/staff/{id}/enable', 3, 1],
  listAudit: ['GET', '/api/v1/audit', 131, 0],
  listLogIns: ['GET', '/api/v1/login-log', 131, 0],
  listTechnicians: ['GET', '/api/v1/technicians', 47, 0],
  saveTechnician: ['PUT', '/api/v1/technicians/{id}', 15, 1],
  getDuty: ['GET', '/api/v1/duty', 64, 0],
  setDuty: ['POST', '/api/v1/duty', 64, 1],
  listRoomBindings: ['GET', '/api/v1/rooms/{id}/bindings', 295, 0],
  registerBinding: ['POST', '/api/v1/rooms/{id}/bindings', 295, 1],
  listMyBindings: ['GET', '/api/v1/bindings', -1, 0],
  applyBinding: ['POST', '/api/v1/bindings', -1, 1],
  listWaitingBindings: ['GET', '/api/v1/bindings/waiting', 39, 0],
  approveBinding: ['POST', '/api/v1/bindings/{id}/approve', 295, 1],
  rejectBinding: ['POST', '/api/v1/bindings/{id}/reject', 295, 1],
  revokeBinding: ['POST', '/api/v1/bindings/{id}/revoke', -1, 1],
  reportRepair: ['POST', '/api/v1/repairs', 2047, 1],
  listRepairs: ['GET', '/api/v1/repairs', 2047, 0],
  countRepairs: ['GET', '/api/v1/repairs/counts', 191, 0],
  analyseRepairs: ['GET', '/api/v1/repairs/analysis', 191, 0],
  getRepair: ['GET', '/api/v1/repairs/{id}', -1, 0],
  revealRepairContact: ['POST', '/api/v1/repairs/{id}/contact', 111, 1],
  actOnRepair: ['POST', '/api/v1/repairs/{id}/{action}', -1, 1],
  listOffers: ['GET', '/api/v1/offers', 64, 0],
  acceptOffer: ['POST', '/api/v1/offers/{id}/accept', 64, 1],
  declineOffer: ['POST', '/api/v1/offers/{id}/decline', 64, 1],
  seeOffer: ['POST', '/api/v1/offers/{id}/seen', 64, 1],
  listCandidates: ['GET', '/api/v1/repairs/{id}/candidates', 47, 0],
  listColleagues: ['GET', '/api/v1/repairs/{id}/colleagues', 64, 0],
  listFaultTypes: ['GET', '/api/v1/fault-types', 2047, 0],
  createFaultType: ['POST', '/api/v1/fault-types', 7, 1],
  changeFaultType: ['PUT', '/api/v1/fault-types/{id}', 7, 1],
  listCauses: ['GET', '/api/v1/causes', 255, 0],
  createCause: ['POST', '/api/v1/causes', 7, 1],
  listMaterials: ['GET', '/api/v1/materials', 255, 0],
  createMaterial: ['POST', '/api/v1/materials', 7, 1],
  moveStock: ['POST', '/api/v1/materials/{id}/stock', 7, 1],
  uploadFile: ['POST', '/api/v1/files', -1, 1],
  getFile: ['GET', '/api/v1/files/{id}', -1, 0],
  livez: ['GET', '/livez', -1, 0],
  readyz: ['GET', '/readyz', -1, 0],
  metrics: ['GET', '/metrics', -1, 0],
  testShiftClock: ['POST', '/api/v1/test/clock', -1, 1],
  testCrash: ['POST', '/api/v1/test/crash', -1, 1],
  listFeeItems: ['GET', '/api/v1/fee-items', 151, 0],
  createFeeItem: ['POST', '/api/v1/fee-items', 7, 1],
  changeFeeItem: ['PUT', '/api/v1/fee-items/{id}', 7, 1],
  deleteFeeItem: ['DELETE', '/api/v1/fee-items/{id}', 7, 0],
  listFeePrices: ['GET', '/api/v1/fee-items/{id}/prices', 151, 0],
  setFeePrice: ['POST', '/api/v1/fee-items/{id}/prices', 7, 1],
  assignFeeToRooms: ['POST', '/api/v1/fee-items/{id}/rooms', 7, 1],
  endFeeOfRoom: ['POST', '/api/v1/fee-items/{id}/rooms/end', 7, 1],
  listMeters: ['GET', '/api/v1/meters', 151, 0],
  createMeter: ['POST', '/api/v1/meters', 7, 1],
  readMeter: ['POST', '/api/v1/meters/{id}/readings', 23, 1],
  listBillRuns: ['GET', '/api/v1/bill-runs', 151, 0],
  startBillRun: ['POST', '/api/v1/bill-runs', 23, 1],
  getBillRun: ['GET', '/api/v1/bill-runs/{id}', 151, 0],
  actOnBillRun: ['POST', '/api/v1/bill-runs/{id}/{action}', 23, 1],
  listBills: ['GET', '/api/v1/bills', -1, 0],
  getBill: ['GET', '/api/v1/bills/{id}', -1, 0],
  voidBill: ['POST', '/api/v1/bills/{id}/void', 23, 1],
  listPayments: ['GET', '/api/v1/payments', 151, 0],
  takePayment: ['POST', '/api/v1/payments', 23, 1],
  getPayment: ['GET', '/api/v1/payments/{id}', 151, 0],
  voidPayment: ['POST', '/api/v1/payments/{id}/void', 23, 1],
  listPayOrders: ['GET', '/api/v1/pay-orders', -1, 0],
  createPayOrder: ['POST', '/api/v1/pay-orders', -1, 1],
  getPayOrder: ['GET', '/api/v1/pay-orders/{id}', -1, 0],
  startPayOrder: ['POST', '/api/v1/pay-orders/{id}/start', -1, 0],
  checkPayOrder: ['POST', '/api/v1/pay-orders/{id}/check', -1, 0],
  cancelPayOrder: ['POST', '/api/v1/pay-orders/{id}/cancel', -1, 0],
  notifyWechatPay: ['POST', '/notify/wechatpay/{merchant}', -1, 1],
  notifyWechatPayRefund: ['POST', '/notify/wechatpay-refund/{merchant}', -1, 1],
  notifyAlipay: ['POST', '/notify/alipay/{merchant}', -1, 1],
  listMerchants: ['GET', '/api/v1/merchants', 131, 0],
  createMerchant: ['POST', '/api/v1/merchants', 3, 1],
  closeMerchant: ['POST', '/api/v1/merchants/{id}/close', 3, 0],
  listFinanceAlarms: ['GET', '/api/v1/finance/alarms', 151, 0],
  closeFinanceAlarm: ['POST', '/api/v1/finance/alarms/{id}/close', 7, 1],
  requestRefund: ['POST', '/api/v1/payments/{id}/refunds', 23, 1],
  listRefunds: ['GET', '/api/v1/refunds', 151, 0],
  getRefund: ['GET', '/api/v1/refunds/{id}', 151, 0],
  approveRefund: ['POST', '/api/v1/refunds/{id}/approve', 7, 1],
  rejectRefund: ['POST', '/api/v1/refunds/{id}/reject', 7, 1],
  payOutRefund: ['POST', '/api/v1/refunds/{id}/pay-out', 23, 1],
  listReconRuns: ['GET', '/api/v1/recon/runs', 131, 0],
  runRecon: ['POST', '/api/v1/recon/runs', 3, 1],
  getReconRun: ['GET', '/api/v1/recon/runs/{id}', 131, 0],
  listReconItems: ['GET', '/api/v1/recon/items', 131, 0],
  closeReconItem: ['POST', '/api/v1/recon/items/{id}/close', 3, 1],
  getReceipt: ['GET', '/api/v1/payments/{id}/receipt.pdf', 1943, 0],
  listReceiptPrints: ['GET', '/api/v1/payments/{id}/prints', 151, 0],
  verifyReceipt: ['GET', '/api/v1/receipts/verify/{code}', -1, 0],
  listCashShifts: ['GET', '/api/v1/cash-shifts', 151, 0],
  closeCashShift: ['POST', '/api/v1/cash-shifts', 23, 1],
  getOpenCashShift: ['GET', '/api/v1/cash-shifts/current', 23, 0],
  getCashShift: ['GET', '/api/v1/cash-shifts/{id}', 151, 0],
  confirmCashShift: ['POST', '/api/v1/cash-shifts/{id}/confirm', 7, 1],
  printCashShift: ['GET', '/api/v1/cash-shifts/{id}/shift.pdf', 151, 0],
  makeRoomCode: ['POST', '/api/v1/rooms/{id}/code', 55, 1],
  getRoomCode: ['GET', '/api/v1/rooms/{id}/code', 55, 0],
  revokeRoomCode: ['DELETE', '/api/v1/rooms/{id}/code', 55, 0],
  getRoomCodePng: ['GET', '/api/v1/rooms/{id}/code.png', 55, 0],
  getRoomCodeSvg: ['GET', '/api/v1/rooms/{id}/code.svg', 55, 0],
  getRoomCodePdf: ['GET', '/api/v1/rooms/{id}/code.pdf', 55, 0],
  makeBuildingCodes: ['POST', '/api/v1/buildings/{id}/codes', 55, 1],
  getBuildingCodes: ['GET', '/api/v1/buildings/{id}/codes.pdf', 55, 0],
  openRoomCode: ['GET', '/api/v1/codes/{token}', -1, 0],
  checkRoomCode: ['POST', '/api/v1/codes/{token}/check', -1, 1],
  reportReceivable: ['GET', '/api/v1/reports/receivable', 151, 0],
  reportTakings: ['GET', '/api/v1/reports/takings', 151, 0],
  getTrialBalance: ['GET', '/api/v1/ledger/trial', 135, 0],
  getAccountLedger: ['GET', '/api/v1/ledger/accounts/{account}', 135, 0],
  getClosedDay: ['GET', '/api/v1/ledger/lock', 151, 0],
  closeDays: ['POST', '/api/v1/ledger/lock', 7, 1],
  getImportTemplate: ['GET', '/api/v1/import-templates/{kind}', 55, 0],
  startImport: ['POST', '/api/v1/imports', 55, 1],
  listImports: ['GET', '/api/v1/imports', 55, 0],
  getImport: ['GET', '/api/v1/imports/{id}', 55, 0],
  listImportRows: ['GET', '/api/v1/imports/{id}/rows', 55, 0],
  getImportFailedRows: ['GET', '/api/v1/imports/{id}/failed', 55, 0],
  applyImport: ['POST', '/api/v1/imports/{id}/apply', 55, 1],
  undoImport: ['POST', '/api/v1/imports/{id}/undo', 55, 0],
  listDepartments: ['GET', '/api/v1/departments', 255, 0],
  createDepartment: ['POST', '/api/v1/departments', 3, 1],
  changeDepartment: ['PUT', '/api/v1/departments/{id}', 3, 1],
  closeDepartment: ['DELETE', '/api/v1/departments/{id}', 3, 0],
  listDepartmentMembers: ['GET', '/api/v1/departments/{id}/members', 255, 0],
  setDepartmentMembers: ['PUT', '/api/v1/departments/{id}/members', 3, 1],
  listPositions: ['GET', '/api/v1/positions', 135, 0],
  createPosition: ['POST', '/api/v1/positions', 3, 1],
  changePosition: ['PUT', '/api/v1/positions/{id}', 3, 1],
  dropPosition: ['DELETE', '/api/v1/positions/{id}', 3, 0],
  listStaffPositions: ['GET', '/api/v1/staff/{id}/positions', 135, 0],
  giveStaffPositions: ['PUT', '/api/v1/staff/{id}/positions', 3, 1],
  listCalendar: ['GET', '/api/v1/calendar', 255, 0],
  setCalendarDay: ['PUT', '/api/v1/calendar/{day}', 3, 1],
  unsetCalendarDay: ['DELETE', '/api/v1/calendar/{day}', 3, 0],
  listRoster: ['GET', '/api/v1/roster', 255, 0],
  planRoster: ['PUT', '/api/v1/roster', 15, 1],
  deleteRosterSlot: ['DELETE', '/api/v1/roster/{id}', 15, 0],
  askLeave: ['POST', '/api/v1/leave', 255, 1],
  listMyLeave: ['GET', '/api/v1/leave', 255, 0],
  listWaitingLeave: ['GET', '/api/v1/leave/waiting', 15, 0],
  approveLeave: ['POST', '/api/v1/leave/{id}/approve', 15, 1],
  refuseLeave: ['POST', '/api/v1/leave/{id}/refuse', 15, 1],
  withdrawLeave: ['POST', '/api/v1/leave/{id}/withdraw', 255, 0],
  getBoard: ['GET', '/api/v1/board', 191, 0],
  reportTechnicians: ['GET', '/api/v1/reports/technicians', 143, 0],
  getOwnStatistics: ['GET', '/api/v1/duty/statistics', 64, 0],
  reportTimeLimits: ['GET', '/api/v1/reports/sla', 143, 0],
  listWebhooks: ['GET', '/api/v1/webhooks', 3, 0],
  createWebhook: ['POST', '/api/v1/webhooks', 3, 1],
  changeWebhook: ['PUT', '/api/v1/webhooks/{id}', 3, 1],
  dropWebhook: ['DELETE', '/api/v1/webhooks/{id}', 3, 0],
  listWebhookDeliveries: ['GET', '/api/v1/webhooks/{id}/deliveries', 3, 0],
  repeatWebhookDelivery: ['POST', '/api/v1/webhook-deliveries/{id}/again', 3, 0],
  createServiceAccount: ['POST', '/api/v1/service-accounts', 3, 1],
  listAccountKeys: ['GET', '/api/v1/service-accounts/{id}/keys', 3, 0],
  createAccountKey: ['POST', '/api/v1/service-accounts/{id}/keys', 3, 1],
  endAccountKey: ['DELETE', '/api/v1/service-accounts/{id}/keys/{key}', 3, 0],
  startExport: ['POST', '/api/v1/exports', 191, 1],
  listExports: ['GET', '/api/v1/exports', 191, 0],
  getExport: ['GET', '/api/v1/exports/{id}', 191, 0],
  fetchExport: ['GET', '/api/v1/exports/{id}/file', 191, 0],
  listInvoices: ['GET', '/api/v1/invoices', 1943, 0],
  applyInvoice: ['POST', '/api/v1/invoices', 1943, 1],
  getInvoice: ['GET', '/api/v1/invoices/{id}', 1943, 0],
  getInvoiceFile: ['GET', '/api/v1/invoices/{id}/file', 1943, 0],
  actOnInvoice: ['POST', '/api/v1/invoices/{id}/{action}', 1943, 1],
  leaseParkingSpace: ['POST', '/api/v1/fee-items/{id}/spaces', 7, 1],
  endParkingLease: ['POST', '/api/v1/fee-items/{id}/spaces/end', 7, 1],
  listCharges: ['GET', '/api/v1/charges', 151, 0],
  createCharge: ['POST', '/api/v1/charges', 23, 1],
  cancelCharge: ['POST', '/api/v1/charges/{id}/cancel', 23, 0],
  listShares: ['GET', '/api/v1/shares', 151, 0],
  createShare: ['POST', '/api/v1/shares', 23, 1],
  listShareParts: ['GET', '/api/v1/shares/{id}/parts', 151, 0],
  cancelShare: ['POST', '/api/v1/shares/{id}/cancel', 23, 0],
  listMissingReadings: ['GET', '/api/v1/meters/missing', 151, 0],
  listOddReadings: ['GET', '/api/v1/meters/odd', 151, 0],
  importReadings: ['POST', '/api/v1/meters/import', 23, 1],
  checkReadings: ['POST', '/api/v1/meters/import/check', 23, 1],
  correctReading: ['POST', '/api/v1/meters/{id}/correct', 23, 1],
  swapMeter: ['POST', '/api/v1/meters/{id}/swap', 23, 1],
  listFeeRequests: ['GET', '/api/v1/fee-requests', 151, 0],
  createFeeRequest: ['POST', '/api/v1/fee-requests', 23, 1],
  getFeeRequest: ['GET', '/api/v1/fee-requests/{id}', 151, 0],
  actOnFeeRequest: ['POST', '/api/v1/fee-requests/{id}/{action}', 23, 1],
  listDisputes: ['GET', '/api/v1/bills/{id}/disputes', 151, 0],
  openDispute: ['POST', '/api/v1/bills/{id}/disputes', 23, 1],
  closeDispute: ['POST', '/api/v1/bills/{id}/disputes/close', 23, 1],
  listDiscounts: ['GET', '/api/v1/discounts', 151, 0],
  createDiscount: ['POST', '/api/v1/discounts', 7, 1],
  endDiscount: ['POST', '/api/v1/discounts/{id}/end', 7, 0],
  listPayers: ['GET', '/api/v1/rooms/{id}/payers', 151, 0],
  setPayer: ['POST', '/api/v1/rooms/{id}/payers', 7, 1],
  previewBillRun: ['GET', '/api/v1/bill-runs/preview', 151, 0],
  listBillOddities: ['GET', '/api/v1/bill-runs/{id}/oddities', 151, 0],
  editBillLine: ['PUT', '/api/v1/bills/{id}/lines/{n}', 23, 1],
  getBillingSetting: ['GET', '/api/v1/billing-setting', 151, 0],
  setBillingSetting: ['PUT', '/api/v1/billing-setting', 7, 1],
  listAutoRuns: ['GET', '/api/v1/billing-setting/auto-runs', 151, 0],
  getPayOrderCode: ['GET', '/api/v1/pay-orders/{id}/code.png', 1943, 0],
  payByRoomCode: ['POST', '/api/v1/code-orders', -1, 1],
  checkCodeOrder: ['POST', '/api/v1/code-orders/{id}/check', -1, 1],
  cancelCodeOrder: ['POST', '/api/v1/code-orders/{id}/cancel', -1, 1],
  listProjects: ['GET', '/api/v1/projects', -1, 0],
  createProject: ['POST', '/api/v1/projects', 3, 1],
  getProject: ['GET', '/api/v1/projects/{id}', -1, 0],
  changeProject: ['PUT', '/api/v1/projects/{id}', 3, 1],
  closeProject: ['POST', '/api/v1/projects/{id}/close', 3, 1],
  listProjectHistory: ['GET', '/api/v1/projects/{id}/history', 167, 0],
  listBuildings: ['GET', '/api/v1/buildings', 255, 0],
  createBuilding: ['POST', '/api/v1/buildings', 39, 1],
  changeBuilding: ['PUT', '/api/v1/buildings/{id}', 39, 1],
  closeBuilding: ['POST', '/api/v1/buildings/{id}/close', 7, 1],
  listBuildingHistory: ['GET', '/api/v1/buildings/{id}/history', 167, 0],
  listUnits: ['GET', '/api/v1/buildings/{id}/units', 255, 0],
  createUnit: ['POST', '/api/v1/buildings/{id}/units', 39, 1],
  changeUnit: ['PUT', '/api/v1/units/{id}', 39, 1],
  closeUnit: ['POST', '/api/v1/units/{id}/close', 7, 1],
  listUnitHistory: ['GET', '/api/v1/units/{id}/history', 167, 0],
  listRooms: ['GET', '/api/v1/rooms', 255, 0],
  createRoom: ['POST', '/api/v1/rooms', 39, 1],
  previewRooms: ['POST', '/api/v1/rooms/plan', 39, 1],
  createRooms: ['POST', '/api/v1/rooms/bulk', 39, 1],
  getRoom: ['GET', '/api/v1/rooms/{id}', 255, 0],
  changeRoom: ['PUT', '/api/v1/rooms/{id}', 39, 1],
  closeRoom: ['POST', '/api/v1/rooms/{id}/close', 7, 1],
  listRoomHistory: ['GET', '/api/v1/rooms/{id}/history', 167, 0],
  getBuildingGrid: ['GET', '/api/v1/buildings/{id}/grid', 191, 0],
  listHandoverItems: ['GET', '/api/v1/handover-items', 183, 0],
  setHandoverItems: ['PUT', '/api/v1/handover-items', 7, 1],
  listHandovers: ['GET', '/api/v1/handovers', 183, 0],
  planHandovers: ['POST', '/api/v1/handovers', 39, 1],
  getHandover: ['GET', '/api/v1/handovers/{id}', 183, 0],
  actOnHandover: ['POST', '/api/v1/handovers/{id}/{action}', 39, 1],
  listParkingSpaces: ['GET', '/api/v1/parking-spaces', 183, 0],
  createParkingSpace: ['POST', '/api/v1/parking-spaces', 39, 1],
  getParkingSpace: ['GET', '/api/v1/parking-spaces/{id}', 183, 0],
  changeParkingSpace: ['PUT', '/api/v1/parking-spaces/{id}', 39, 1],
  closeParkingSpace: ['POST', '/api/v1/parking-spaces/{id}/close', 7, 1],
  listParkingHistory: ['GET', '/api/v1/parking-spaces/{id}/history', 167, 0],
  listOwners: ['GET', '/api/v1/owners', 183, 0],
  createOwner: ['POST', '/api/v1/owners', 39, 1],
  getOwner: ['GET', '/api/v1/owners/{id}', 183, 0],
  changeOwner: ['PUT', '/api/v1/owners/{id}', 39, 1],
  closeOwner: ['POST', '/api/v1/owners/{id}/close', 39, 1],
  listOwnerHistory: ['GET', '/api/v1/owners/{id}/history', 167, 0],
  revealOwnerField: ['POST', '/api/v1/owners/{id}/reveal', 183, 1],
  listOwnerReveals: ['GET', '/api/v1/owners/{id}/reveals', 135, 0],
  attachOwnerRoom: ['POST', '/api/v1/owners/{id}/rooms', 39, 1],
  changeOwnerRoom: ['PUT', '/api/v1/owner-rooms/{id}', 39, 1],
  endOwnerRoom: ['POST', '/api/v1/owner-rooms/{id}/end', 39, 1],
  listOwnerRoomHistory: ['GET', '/api/v1/owner-rooms/{id}/history', 167, 0],
  listRoomOwners: ['GET', '/api/v1/rooms/{id}/owners', 183, 0],
  previewTransfer: ['POST', '/api/v1/rooms/{id}/transfers/preview', 39, 1],
  createTransfer: ['POST', '/api/v1/rooms/{id}/transfers', 39, 1],
  listRoomTransfers: ['GET', '/api/v1/rooms/{id}/transfers', 183, 0],
  listPlannedTransfers: ['GET', '/api/v1/transfers', 183, 0],
  cancelTransfer: ['POST', '/api/v1/transfers/{id}/cancel', 39, 1],
  payBackTransfer: ['POST', '/api/v1/transfers/{id}/pay-back', 7, 1],
  exportMyData: ['GET', '/api/v1/me/data', -1, 0],
  closeMyAccount: ['POST', '/api/v1/me/close', -1, 1],
  listOwnerFilters: ['GET', '/api/v1/owner-filters', 183, 0],
  saveOwnerFilter: ['POST', '/api/v1/owner-filters', 183, 1],
  deleteOwnerFilter: ['DELETE', '/api/v1/owner-filters/{id}', 183, 0],
  submitComplaint: ['POST', '/api/v1/complaints', 2047, 1],
  listComplaints: ['GET', '/api/v1/complaints', -1, 0],
  getComplaint: ['GET', '/api/v1/complaints/{id}', -1, 0],
  actOnComplaint: ['POST', '/api/v1/complaints/{id}/{action}', -1, 1],
  revealComplaintIdentity: ['POST', '/api/v1/complaints/{id}/identity', 255, 1],
  countComplaints: ['GET', '/api/v1/complaints/counts', 175, 0],
  analyseComplaints: ['GET', '/api/v1/complaints/analysis', 175, 0],
  listComplaintCategories: ['GET', '/api/v1/complaint-categories', 2047, 0],
  listComplaintManagers: ['GET', '/api/v1/complaint-categories/{code}/managers', 175, 0],
  saveComplaintCategory: ['PUT', '/api/v1/complaint-categories/{code}', 7, 1],
  listMyNotices: ['GET', '/api/v1/notices', -1, 0],
  createNotice: ['POST', '/api/v1/notices', 39, 1],
  listManagedNotices: ['GET', '/api/v1/notices/managed', 39, 0],
  getNotice: ['GET', '/api/v1/notices/{id}', -1, 0],
  changeNotice: ['PUT', '/api/v1/notices/{id}', 39, 1],
  readNotice: ['POST', '/api/v1/notices/{id}/read', -1, 1],
  getNoticeReceipts: ['GET', '/api/v1/notices/{id}/receipts', 39, 0],
  listNoticeUnreadRooms: ['GET', '/api/v1/notices/{id}/unread-rooms', 39, 0],
  actOnNotice: ['POST', '/api/v1/notices/{id}/{action}', 39, 1],
  getHome: ['GET', '/api/v1/home', -1, 0],
  listNotifications: ['GET', '/api/v1/notifications', -1, 0],
  countNotifications: ['GET', '/api/v1/notifications/unread', -1, 0],
  readAllNotifications: ['POST', '/api/v1/notifications/read', -1, 1],
  readNotification: ['POST', '/api/v1/notifications/{id}/read', -1, 1],
  listMessagePreferences: ['GET', '/api/v1/me/message-preferences', -1, 0],
  setMessagePreference: ['PUT', '/api/v1/me/message-preferences', -1, 1],
  setMyLanguage: ['PUT', '/api/v1/me/language', -1, 1],
  listMessageTemplates: ['GET', '/api/v1/message-templates', 3, 0],
  saveMessageTemplate: ['PUT', '/api/v1/message-templates/{kind}/{channel}/{lang}', 3, 1],
  dropMessageTemplate: ['DELETE', '/api/v1/message-templates/{kind}/{channel}/{lang}', 3, 0],
  previewMessageTemplate: ['POST', '/api/v1/message-templates/{kind}/{channel}/{lang}/preview', 3, 1],
  getMessageSettings: ['GET', '/api/v1/message-settings', 3, 0],
  saveMessageSettings: ['PUT', '/api/v1/message-settings', 3, 1],
  listMessageBlocks: ['GET', '/api/v1/message-blocks', 131, 0],
  blockAddress: ['POST', '/api/v1/message-blocks', 3, 1],
  unblockAddress: ['DELETE', '/api/v1/message-blocks/{id}', 3, 0],
  listMessages: ['GET', '/api/v1/messages', 131, 0],
  countMessages: ['GET', '/api/v1/messages/stats', 131, 0],
  requeueMessage: ['POST', '/api/v1/messages/{id}/requeue', 3, 1],
  discardMessage: ['POST', '/api/v1/messages/{id}/discard', 3, 1],
  listFacilities: ['GET', '/api/v1/facilities', 239, 0],
  addFacility: ['POST', '/api/v1/facilities', 7, 1],
  importFacilities: ['POST', '/api/v1/facilities/import', 7, 1],
  checkFacilityImport: ['POST', '/api/v1/facilities/import/check', 7, 1],
  getFacility: ['GET', '/api/v1/facilities/{id}', 239, 0],
  changeFacility: ['PUT', '/api/v1/facilities/{id}', 7, 1],
  setFacilityState: ['POST', '/api/v1/facilities/{id}/state', 7, 1],
  setFacilityDown: ['POST', '/api/v1/facilities/{id}/down', 111, 1],
  setFacilityUp: ['POST', '/api/v1/facilities/{id}/up', 111, 1],
  readFacility: ['POST', '/api/v1/facilities/{id}/readings', 111, 1],
  getFacilityHistory: ['GET', '/api/v1/facilities/{id}/history', 239, 0],
  addFacilityFile: ['POST', '/api/v1/facilities/{id}/files', 111, 1],
  dropFacilityFile: ['DELETE', '/api/v1/facilities/{id}/files/{file}', 7, 0],
  addFacilityCost: ['POST', '/api/v1/facilities/{id}/costs', 7, 1],
  listFacilityCategories: ['GET', '/api/v1/facility-categories', 239, 0],
  saveFacilityCategory: ['PUT', '/api/v1/facility-categories', 7, 1],
  listFacilitySuppliers: ['GET', '/api/v1/facility-suppliers', 47, 0],
  addFacilitySupplier: ['POST', '/api/v1/facility-suppliers', 7, 1],
  changeFacilitySupplier: ['PUT', '/api/v1/facility-suppliers/{id}', 7, 1],
  makeFacilityCode: ['POST', '/api/v1/facilities/{id}/code', 7, 1],
  getFacilityCode: ['GET', '/api/v1/facilities/{id}/code', 47, 0],
  revokeFacilityCode: ['DELETE', '/api/v1/facilities/{id}/code', 7, 0],
  getFacilityCodePng: ['GET', '/api/v1/facilities/{id}/code.png', 47, 0],
  getFacilityCodeSvg: ['GET', '/api/v1/facilities/{id}/code.svg', 47, 0],
  openFacilityCode: ['GET', '/api/v1/facility-codes/{token}', -1, 0],
  reportByFacilityCode: ['POST', '/api/v1/facility-codes/{token}/reports', -1, 1],
  listFacilityReports: ['GET', '/api/v1/facility-reports', 47, 0],
  acceptFacilityReport: ['POST', '/api/v1/facility-reports/{id}/accept', 47, 1],
  rejectFacilityReport: ['POST', '/api/v1/facility-reports/{id}/reject', 47, 1],
  facilityPareto: ['GET', '/api/v1/facility-stats/pareto', 175, 0],
  facilityReliability: ['GET', '/api/v1/facility-stats/reliability', 175, 0],
  facilityRepeats: ['GET', '/api/v1/facility-stats/repeats', 175, 0],
  listMaintTemplates: ['GET', '/api/v1/maint-templates', 7, 0],
  listMaintPlans: ['GET', '/api/v1/maint-plans', 175, 0],
  addMaintPlan: ['POST', '/api/v1/maint-plans', 7, 1],
  addMaintPlanFromTemplate: ['POST', '/api/v1/maint-plans/from-template', 7, 1],
  getMaintPlan: ['GET', '/api/v1/maint-plans/{id}', 175, 0],
  changeMaintPlan: ['PUT', '/api/v1/maint-plans/{id}', 7, 1],
  listMaintGaps: ['GET', '/api/v1/maint-plans/{id}/gaps', 175, 0],
  actOnMaintPlan: ['POST', '/api/v1/maint-plans/{id}/{action}', 7, 1],
  listMaintTasks: ['GET', '/api/v1/maint-tasks', 239, 0],
  maintCompliance: ['GET', '/api/v1/maint-tasks/compliance', 175, 0],
  maintCalendar: ['GET', '/api/v1/maint-tasks/calendar', 175, 0],
  getMaintTask: ['GET', '/api/v1/maint-tasks/{id}', 239, 0],
  actOnMaintTask: ['POST', '/api/v1/maint-tasks/{id}/{action}', 111, 1],
  checkPatrolPoint: ['POST', '/api/v1/maint-tasks/{id}/checks', 111, 1],
  listPatrolRoutes: ['GET', '/api/v1/patrol-routes', 175, 0],
  addPatrolRoute: ['POST', '/api/v1/patrol-routes', 7, 1],
  getPatrolRoute: ['GET', '/api/v1/patrol-routes/{id}', 7, 0],
  changePatrolRoute: ['PUT', '/api/v1/patrol-routes/{id}', 7, 1],
  listPatrolCodes: ['GET', '/api/v1/patrol-routes/{id}/codes', 7, 0],
  rotatePatrolCode: ['POST', '/api/v1/patrol-points/{id}/code', 7, 1],
}
