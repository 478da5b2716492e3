-- Paying online (线上缴费): merchants, payment orders, what the channels told us, refunds. Bills learn of late fees paid;
-- payments of every method share one table, so that a receipt number and a bill's paid sum have one source each.

-- ---- payments of every method; two tables are built anew because a CHECK cannot be changed in place ----
CREATE TABLE payment_new (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  receipt_no @INT NOT NULL,
  method TEXT NOT NULL CHECK (method IN ('cash', 'card', 'transfer', 'wechat', 'alipay', 'prepaid')),
  voucher TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'taken' CHECK (state IN ('taken', 'void')),
  amount_fen @INT NOT NULL CHECK (amount_fen > 0),
  tendered_fen @INT NOT NULL,
  prepaid_fen @INT NOT NULL DEFAULT 0 CHECK (prepaid_fen >= 0),
  prepaid_room_id @INT NOT NULL DEFAULT 0,
  rounding_fen @INT NOT NULL DEFAULT 0,
  back_fen @INT NOT NULL DEFAULT 0 CHECK (back_fen >= 0),
  payer_name TEXT NOT NULL DEFAULT '',
  entry_id @INT NOT NULL REFERENCES ledger_entry(id),
  order_id @INT NOT NULL DEFAULT 0,
  cashier_id @INT NOT NULL,
  shift_id @INT NOT NULL DEFAULT 0,
  day @INT NOT NULL,
  created_at @INT NOT NULL,
  voided_by @INT NOT NULL DEFAULT 0,
  voided_at @INT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  UNIQUE (company_id, project_id, receipt_no),
  CHECK (tendered_fen >= amount_fen),
  CHECK (back_fen <= amount_fen),
  CHECK ((method IN ('cash', 'prepaid')) = (voucher = ''))
);
INSERT INTO payment_new(id, company_id, project_id, receipt_no, method, voucher, state, amount_fen, tendered_fen,
  payer_name, entry_id, cashier_id, day, created_at, voided_by, voided_at, reason)
  SELECT p.id, p.company_id, p.project_id, p.receipt_no, p.method, p.voucher, p.state, p.amount_fen, p.tendered_fen,
  p.payer_name, p.entry_id, p.cashier_id, e.day, p.created_at, p.voided_by, p.voided_at, p.reason
  FROM payment p JOIN ledger_entry e ON e.id = p.entry_id;
CREATE TABLE payment_bill_new (
  payment_id @INT NOT NULL REFERENCES payment_new(id),
  bill_id @INT NOT NULL REFERENCES bill(id),
  company_id @INT NOT NULL,
  amount_fen @INT NOT NULL CHECK (amount_fen >= 0),
  late_fen @INT NOT NULL DEFAULT 0 CHECK (late_fen >= 0),
  back_fen @INT NOT NULL DEFAULT 0,
  back_late_fen @INT NOT NULL DEFAULT 0,
  PRIMARY KEY (payment_id, bill_id),
  CHECK (amount_fen + late_fen > 0),
  CHECK (back_fen >= 0 AND back_fen <= amount_fen),
  CHECK (back_late_fen >= 0 AND back_late_fen <= late_fen)
);
INSERT INTO payment_bill_new(payment_id, bill_id, company_id, amount_fen)
  SELECT payment_id, bill_id, company_id, amount_fen FROM payment_bill;
DROP TABLE payment_bill;
DROP TABLE payment;
ALTER TABLE payment_new RENAME TO payment;
ALTER TABLE payment_bill_new RENAME TO payment_bill;
-- A card slip, a bank transfer, a channel's transaction pays once
CREATE UNIQUE INDEX payment_voucher ON payment(company_id, method, voucher) WHERE state = 'taken' AND voucher <> '';
CREATE INDEX payment_day ON payment(company_id, project_id, day);
CREATE INDEX payment_shift ON payment(company_id, cashier_id, shift_id);
CREATE INDEX payment_of_bill ON payment_bill(bill_id);

-- late_fen: demanded so far (0008 accrues it); it becomes income when it is paid, so it can be waived until then
ALTER TABLE bill ADD COLUMN late_paid_fen @INT NOT NULL DEFAULT 0;

-- ---- merchants (商户号): whose account the money goes to. project_id 0: every project without one of its own ----
-- secrets_enc: JSON {private_key, apiv3_key, apiv3_key_old, public_key}, sealed for its row
CREATE TABLE merchant (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL DEFAULT 0,
  channel TEXT NOT NULL CHECK (channel IN ('wechat', 'alipay')),
  name TEXT NOT NULL,
  appid TEXT NOT NULL,
  mchid TEXT NOT NULL,
  serial TEXT NOT NULL DEFAULT '',
  public_key_id TEXT NOT NULL DEFAULT '',
  secrets_enc @BLOB NOT NULL,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'closed')),
  keys_at @INT NOT NULL DEFAULT 0,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL
);
CREATE UNIQUE INDEX merchant_once ON merchant(company_id, project_id, channel) WHERE state = 'active';
-- Platform certificates as they rotate (平台证书)
CREATE TABLE merchant_key (
  merchant_id @INT NOT NULL REFERENCES merchant(id),
  key_id TEXT NOT NULL,
  company_id @INT NOT NULL,
  pem TEXT NOT NULL,
  from_ms @INT NOT NULL,
  until_ms @INT NOT NULL,
  PRIMARY KEY (merchant_id, key_id)
);

-- ---- payment orders (支付单) ----
CREATE TABLE pay_order (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  merchant_id @INT NOT NULL REFERENCES merchant(id),
  channel TEXT NOT NULL,
  scene TEXT NOT NULL CHECK (scene IN ('mini', 'qr')),
  out_trade_no TEXT NOT NULL,
  description TEXT NOT NULL,
  amount_fen @INT NOT NULL CHECK (amount_fen > 0),
  state TEXT NOT NULL CHECK (state IN ('created', 'pending', 'unknown', 'closing', 'closed', 'failed', 'paid', 'paid_late', 'returned')),
  payer_id @INT NOT NULL DEFAULT 0,
  openid TEXT NOT NULL DEFAULT '',
  created_by @INT NOT NULL DEFAULT 0,
  via TEXT NOT NULL CHECK (via IN ('app', 'counter', 'qr')),
  request TEXT NOT NULL DEFAULT '',
  handle TEXT NOT NULL DEFAULT '',
  txn_id TEXT NOT NULL DEFAULT '',
  payment_id @INT NOT NULL DEFAULT 0,
  paid_at @INT NOT NULL DEFAULT 0,
  expires_at @INT NOT NULL,
  asked_at @INT NOT NULL DEFAULT 0,
  tries @INT NOT NULL DEFAULT 0,
  next_at @INT NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  UNIQUE (company_id, merchant_id, out_trade_no)
);
CREATE INDEX pay_order_next ON pay_order(next_at) WHERE next_at > 0;
CREATE INDEX pay_order_project ON pay_order(company_id, project_id, id);
-- The frozen shares of an order. held: this order holds the bill; one live order a bill, whatever races
CREATE TABLE pay_order_bill (
  order_id @INT NOT NULL REFERENCES pay_order(id),
  bill_id @INT NOT NULL REFERENCES bill(id),
  company_id @INT NOT NULL,
  amount_fen @INT NOT NULL,
  late_fen @INT NOT NULL DEFAULT 0,
  held @INT NOT NULL DEFAULT 1,
  PRIMARY KEY (order_id, bill_id)
);
CREATE UNIQUE INDEX pay_order_hold ON pay_order_bill(bill_id) WHERE held = 1;

-- Money the channels say they have: a row a transaction, once. use: booked on bills, or in suspense to be sent back
CREATE TABLE channel_txn (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  merchant_id @INT NOT NULL REFERENCES merchant(id),
  order_id @INT NOT NULL REFERENCES pay_order(id),
  txn_id TEXT NOT NULL,
  amount_fen @INT NOT NULL CHECK (amount_fen > 0),
  use TEXT NOT NULL CHECK (use IN ('booked', 'suspense', 'returned')),
  source TEXT NOT NULL CHECK (source IN ('notify', 'query', 'close', 'recon')),
  payment_id @INT NOT NULL DEFAULT 0,
  paid_at @INT NOT NULL,
  created_at @INT NOT NULL,
  UNIQUE (company_id, merchant_id, txn_id)
);
CREATE INDEX channel_txn_day ON channel_txn(merchant_id, paid_at);
CREATE INDEX channel_txn_order ON channel_txn(order_id);

-- Notices as they came (回调收件箱): a row a distinct body, with what became of it. body_enc: sealed
CREATE TABLE pay_notice (
  id @ID,
  company_id @INT NOT NULL,
  merchant_id @INT NOT NULL,
  sha @BLOB NOT NULL,
  body_enc @BLOB NOT NULL,
  verdict TEXT NOT NULL CHECK (verdict IN ('applied', 'duplicate', 'rejected', 'ignored')),
  reason TEXT NOT NULL DEFAULT '',
  out_no TEXT NOT NULL DEFAULT '',
  times @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  last_at @INT NOT NULL,
  UNIQUE (company_id, merchant_id, sha)
);

-- ---- refunds (退款): of a payment, or of money in suspense (payment_id 0) ----
CREATE TABLE refund (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  payment_id @INT NOT NULL DEFAULT 0,
  txn_row_id @INT NOT NULL DEFAULT 0,
  method TEXT NOT NULL,
  out_refund_no TEXT NOT NULL,
  amount_fen @INT NOT NULL CHECK (amount_fen > 0),
  reason TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('requested', 'approved', 'processing', 'success', 'abnormal', 'closed', 'rejected')),
  auto @INT NOT NULL DEFAULT 0,
  maker_id @INT NOT NULL DEFAULT 0,
  checker_id @INT NOT NULL DEFAULT 0,
  voucher TEXT NOT NULL DEFAULT '',
  shift_id @INT NOT NULL DEFAULT 0,
  refund_ref TEXT NOT NULL DEFAULT '',
  entry_id @INT NOT NULL DEFAULT 0,
  tries @INT NOT NULL DEFAULT 0,
  next_at @INT NOT NULL DEFAULT 0,
  done_at @INT NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  UNIQUE (company_id, out_refund_no)
);
CREATE INDEX refund_next ON refund(next_at) WHERE next_at > 0;
CREATE INDEX refund_payment ON refund(payment_id);
CREATE INDEX refund_project ON refund(company_id, project_id, id);
CREATE TABLE refund_bill (
  refund_id @INT NOT NULL REFERENCES refund(id),
  bill_id @INT NOT NULL REFERENCES bill(id),
  company_id @INT NOT NULL,
  amount_fen @INT NOT NULL,
  late_fen @INT NOT NULL DEFAULT 0,
  PRIMARY KEY (refund_id, bill_id)
);

-- What a person in finance has to look at (财务待办); dedup makes an alarm come once
CREATE TABLE finance_alarm (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL DEFAULT 0,
  kind TEXT NOT NULL,
  dedup TEXT NOT NULL,
  text TEXT NOT NULL,
  ref_kind TEXT NOT NULL DEFAULT '',
  ref_id @INT NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
  closed_by @INT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  created_at @INT NOT NULL,
  closed_at @INT NOT NULL DEFAULT 0,
  UNIQUE (company_id, dedup)
);
CREATE INDEX finance_alarm_open ON finance_alarm(company_id, state, id);
