-- Money taken at the counter (线下收款) and what it was put on. A payment is never edited or deleted: it is voided by a
-- second person, keeps its receipt number, and the ledger gets the same entry the other way round.

CREATE TABLE payment (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  receipt_no @INT NOT NULL,
  method TEXT NOT NULL CHECK (method IN ('cash', 'card', 'transfer')),
  voucher TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'taken' CHECK (state IN ('taken', 'void')),
  amount_fen @INT NOT NULL CHECK (amount_fen > 0),
  tendered_fen @INT NOT NULL,
  payer_name TEXT NOT NULL DEFAULT '',
  entry_id @INT NOT NULL REFERENCES ledger_entry(id),
  cashier_id @INT NOT NULL,
  created_at @INT NOT NULL,
  voided_by @INT NOT NULL DEFAULT 0,
  voided_at @INT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  UNIQUE (company_id, project_id, receipt_no),
  CHECK (tendered_fen >= amount_fen),
  CHECK ((method = 'cash') = (voucher = ''))
);
-- A card slip or a bank transfer pays once
CREATE UNIQUE INDEX payment_voucher ON payment(company_id, method, voucher) WHERE state = 'taken' AND voucher <> '';

CREATE TABLE payment_bill (
  payment_id @INT NOT NULL REFERENCES payment(id),
  bill_id @INT NOT NULL REFERENCES bill(id),
  company_id @INT NOT NULL,
  amount_fen @INT NOT NULL CHECK (amount_fen > 0),
  PRIMARY KEY (payment_id, bill_id)
);
CREATE INDEX payment_of_bill ON payment_bill(bill_id);

-- The last receipt number given out (收据号): raised in the payment's own transaction, so there are no gaps
CREATE TABLE receipt_number (
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  last @INT NOT NULL,
  PRIMARY KEY (company_id, project_id)
);
