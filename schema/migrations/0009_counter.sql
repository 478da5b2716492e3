-- The counter (柜台): printed receipts, shift close, invoices, codes on doors, downloads.

CREATE INDEX payment_made ON payment(company_id, project_id, created_at);

-- Every print of a receipt (打印记录); n counts from 1, from 2 on it is a reprint (补打)
CREATE TABLE receipt_print (
  payment_id @INT NOT NULL REFERENCES payment(id),
  n @INT NOT NULL,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  account_id @INT NOT NULL,
  at @INT NOT NULL,
  PRIMARY KEY (payment_id, n)
) @KV;

-- A cashier's shift from the first payment to its close (交班). An open shift has no row: it is what has shift_id 0.
-- expected, counted: cash in the drawer, float (备用金) included. Amounts never change once confirmed.
CREATE TABLE cash_shift (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  number @INT NOT NULL,
  cashier_id @INT NOT NULL,
  state TEXT NOT NULL DEFAULT 'closed' CHECK (state IN ('closed', 'confirmed')),
  from_at @INT NOT NULL,
  closed_at @INT NOT NULL,
  day @INT NOT NULL,
  float_fen @INT NOT NULL CHECK (float_fen >= 0),
  expected_fen @INT NOT NULL,
  counted_fen @INT NOT NULL CHECK (counted_fen >= 0),
  reason TEXT NOT NULL DEFAULT '',
  entry_id @INT NOT NULL DEFAULT 0,
  confirmed_by @INT NOT NULL DEFAULT 0,
  confirmed_at @INT NOT NULL DEFAULT 0,
  recounted_fen @INT NOT NULL DEFAULT 0,
  confirm_reason TEXT NOT NULL DEFAULT '',
  confirm_entry_id @INT NOT NULL DEFAULT 0,
  version @INT NOT NULL DEFAULT 1,
  UNIQUE (company_id, project_id, number)
);
CREATE INDEX cash_shift_cashier ON cash_shift(company_id, cashier_id, id);
-- kind: taken, void (taken and voided in the same shift), refund
CREATE TABLE cash_shift_total (
  shift_id @INT NOT NULL REFERENCES cash_shift(id),
  kind TEXT NOT NULL CHECK (kind IN ('taken', 'void', 'refund')),
  method TEXT NOT NULL,
  company_id @INT NOT NULL,
  n @INT NOT NULL,
  fen @INT NOT NULL,
  PRIMARY KEY (shift_id, kind, method)
) @KV;
CREATE INDEX refund_shift ON refund(company_id, shift_id, state);

-- The code on a door (专属缴费二维码): the token names room and version; another version is another token
CREATE TABLE room_code (
  room_id @INT NOT NULL REFERENCES room(id),
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  version @INT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('active', 'revoked')),
  expires_at @INT NOT NULL DEFAULT 0,
  account_id @INT NOT NULL,
  made_at @INT NOT NULL,
  PRIMARY KEY (company_id, room_id)
) @KV;
-- Tries of the last four digits in slots of ten minutes; who: hash of the address, or 'all' for the whole code
CREATE TABLE room_code_try (
  room_id @INT NOT NULL,
  who TEXT NOT NULL,
  slot @INT NOT NULL,
  company_id @INT NOT NULL,
  tries @INT NOT NULL,
  PRIMARY KEY (room_id, who, slot)
) @KV;

-- Downloads made in the background (导出任务). filters: JSON as asked. The file goes a week after it was made
CREATE TABLE export_task (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  account_id @INT NOT NULL,
  kind TEXT NOT NULL,
  filters TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'working', 'done', 'failed', 'gone')),
  done_e3 @INT NOT NULL DEFAULT 0,
  records @INT NOT NULL DEFAULT 0,
  file TEXT NOT NULL DEFAULT '',
  bytes @INT NOT NULL DEFAULT 0,
  tries @INT NOT NULL DEFAULT 0,
  next_at @INT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  done_at @INT NOT NULL DEFAULT 0
);
CREATE INDEX export_task_next ON export_task(next_at) WHERE next_at > 0;
CREATE INDEX export_task_mine ON export_task(company_id, account_id, id);

-- Invoices (发票) for payments. Issued outside, recorded here; one live invoice a payment
CREATE TABLE invoice (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  payment_id @INT NOT NULL REFERENCES payment(id),
  account_id @INT NOT NULL,
  buyer TEXT NOT NULL CHECK (buyer IN ('person', 'company')),
  title TEXT NOT NULL,
  tax_no TEXT NOT NULL DEFAULT '',
  mail_enc @BLOB,
  mail_hint TEXT NOT NULL DEFAULT '',
  amount_fen @INT NOT NULL CHECK (amount_fen > 0),
  state TEXT NOT NULL CHECK (state IN ('submitted', 'processing', 'issued', 'rejected', 'canceled',
    'reversal_required', 'reversed')),
  code TEXT NOT NULL DEFAULT '',
  number TEXT NOT NULL DEFAULT '',
  red_number TEXT NOT NULL DEFAULT '',
  file_id @INT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  handled_by @INT NOT NULL DEFAULT 0,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  changed_at @INT NOT NULL
);
CREATE UNIQUE INDEX invoice_live ON invoice(company_id, payment_id)
  WHERE state IN ('submitted', 'processing', 'issued', 'reversal_required');
CREATE UNIQUE INDEX invoice_number ON invoice(company_id, code, number) WHERE number <> '';
CREATE INDEX invoice_project ON invoice(company_id, project_id, state, id);

-- What reports and exports go by: refunds of a bill; entries, bills and payments of a project in order
CREATE INDEX refund_bill_of ON refund_bill(bill_id);
CREATE INDEX ledger_entry_order ON ledger_entry(company_id, project_id, day, id);
CREATE INDEX bill_order ON bill(company_id, project_id, id);
CREATE INDEX payment_order ON payment(company_id, project_id, id);
