-- Since when the owner is asked to confirm a repair: finished, and paid if it cost something. The time for rating and for
-- rework counts from there.
ALTER TABLE repair ADD COLUMN confirm_at @INT NOT NULL DEFAULT 0;
UPDATE repair SET confirm_at = finished_at WHERE state = 'await_confirm';

-- told 1: something was paid of the bill of an order that asks for nothing any more, and the books were told.
ALTER TABLE repair_bill ADD COLUMN told @INT NOT NULL DEFAULT 0;

-- A published bill is voided by two people: another kind of request.
CREATE TABLE fee_request_new (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  kind TEXT NOT NULL CHECK (kind IN ('adjust', 'late_waiver', 'write_off', 'vacancy', 'deposit_back', 'void')),
  bill_id @INT NOT NULL DEFAULT 0,
  line_n @INT NOT NULL DEFAULT 0,
  room_id @INT NOT NULL DEFAULT 0,
  amount_fen @INT NOT NULL DEFAULT 0,
  from_day @INT NOT NULL DEFAULT 0,
  to_day @INT NOT NULL DEFAULT 0,
  method TEXT NOT NULL DEFAULT '' CHECK (method IN ('', 'cash', 'transfer')),
  voucher TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'requested' CHECK (state IN ('requested', 'approved', 'rejected', 'withdrawn')),
  maker_id @INT NOT NULL,
  checker_id @INT NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  day @INT NOT NULL DEFAULT 0,
  entry_id @INT NOT NULL DEFAULT 0,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  decided_at @INT NOT NULL DEFAULT 0
);
INSERT INTO fee_request_new(id, company_id, project_id, kind, bill_id, line_n, room_id, amount_fen, from_day, to_day, method,
  voucher, reason, state, maker_id, checker_id, note, day, entry_id, version, created_at, decided_at)
  SELECT id, company_id, project_id, kind, bill_id, line_n, room_id, amount_fen, from_day, to_day, method, voucher, reason,
  state, maker_id, checker_id, note, day, entry_id, version, created_at, decided_at FROM fee_request;
DROP TABLE fee_request;
ALTER TABLE fee_request_new RENAME TO fee_request;
CREATE INDEX fee_request_project ON fee_request(company_id, project_id, state, id);
CREATE INDEX fee_request_bill ON fee_request(bill_id) WHERE bill_id > 0;

-- A notice that is withdrawn leaves the inboxes.
CREATE INDEX notification_notice ON notification(object_id) WHERE object = 'notice';
