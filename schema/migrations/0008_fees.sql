-- All that a bill can be made of: kinds of fees, spaces, shares, charges, discounts; late fees; what two people decide about
-- a bill; meters that are swapped, imported, public; runs by themselves. Tables whose CHECKs widen are built anew.

-- bill_day: the day of the month on which runs by themselves take the item; reach_days: no bill of it ever spanned more
CREATE TABLE fee_item_new (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('area', 'fixed', 'metered', 'tiered', 'formula', 'parking', 'shared', 'one_off', 'deposit')),
  cycle TEXT NOT NULL CHECK (cycle IN ('monthly', 'quarterly', 'yearly', 'anniversary')),
  part_month TEXT NOT NULL CHECK (part_month IN ('actual', 'thirty', 'fifteenth', 'whole')),
  rounding TEXT NOT NULL CHECK (rounding IN ('half_up', 'up', 'down')),
  round_to TEXT NOT NULL DEFAULT 'fen' CHECK (round_to IN ('fen', 'jiao', 'yuan')),
  in_advance @INT NOT NULL DEFAULT 0,
  inner_area @INT NOT NULL DEFAULT 0,
  formula TEXT NOT NULL DEFAULT '',
  price_unit TEXT NOT NULL DEFAULT 'yuan/m2/month',
  bill_day @INT NOT NULL DEFAULT 1 CHECK (bill_day BETWEEN 1 AND 28),
  due_days @INT NOT NULL DEFAULT 15,
  late_rate_e6 @INT NOT NULL DEFAULT 0,
  late_grace_days @INT NOT NULL DEFAULT 0,
  late_cap_e4 @INT NOT NULL DEFAULT 3000,
  reach_days @INT NOT NULL DEFAULT 366,
  income TEXT NOT NULL DEFAULT 'fee_income' CHECK (income IN ('fee_income', 'collected_for_others', 'deposits')),
  enabled @INT NOT NULL DEFAULT 1,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  UNIQUE (company_id, project_id, code),
  CHECK ((kind = 'deposit') = (income = 'deposits'))
);
INSERT INTO fee_item_new(id, company_id, project_id, code, name, kind, cycle, part_month, rounding, in_advance, inner_area,
  formula, price_unit, due_days, late_rate_e6, late_grace_days, late_cap_e4, income, enabled, version, created_at)
  SELECT id, company_id, project_id, code, name, kind, cycle, part_month, rounding, in_advance, inner_area,
  formula, price_unit, due_days, late_rate_e6, late_grace_days, late_cap_e4, income, enabled, version, created_at FROM fee_item;

CREATE TABLE fee_price_new (
  company_id @INT NOT NULL,
  item_id @INT NOT NULL REFERENCES fee_item_new(id),
  from_day @INT NOT NULL,
  price_e4 @INT NOT NULL CHECK (price_e4 >= 0),
  tiers TEXT NOT NULL DEFAULT '',
  account_id @INT NOT NULL,
  at @INT NOT NULL,
  PRIMARY KEY (item_id, from_day)
);
INSERT INTO fee_price_new SELECT company_id, item_id, from_day, price_e4, tiers, account_id, at FROM fee_price;

-- ref_id: the parking space that the room pays for; 0: the room itself
CREATE TABLE fee_assign_new (
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  item_id @INT NOT NULL REFERENCES fee_item_new(id),
  room_id @INT NOT NULL REFERENCES room(id),
  ref_id @INT NOT NULL DEFAULT 0,
  from_day @INT NOT NULL,
  to_day @INT NOT NULL DEFAULT 99991231,
  coefficient_e4 @INT NOT NULL DEFAULT 10000,
  PRIMARY KEY (item_id, room_id, ref_id, from_day)
);
INSERT INTO fee_assign_new(company_id, project_id, item_id, room_id, from_day, to_day, coefficient_e4)
  SELECT company_id, project_id, item_id, room_id, from_day, to_day, coefficient_e4 FROM fee_assign;

-- room_id NULL: a public meter, whose use is shared; follows_id: the meter that hung there before (换表)
CREATE TABLE meter_new (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  item_id @INT NOT NULL REFERENCES fee_item_new(id),
  room_id @INT REFERENCES room(id),
  serial TEXT NOT NULL,
  modulus_e3 @INT NOT NULL DEFAULT 0,
  multiplier_e3 @INT NOT NULL DEFAULT 1000,
  from_day @INT NOT NULL,
  to_day @INT NOT NULL DEFAULT 99991231,
  follows_id @INT NOT NULL DEFAULT 0,
  UNIQUE (company_id, project_id, serial)
);
INSERT INTO meter_new(id, company_id, project_id, item_id, room_id, serial, modulus_e3, multiplier_e3, from_day, to_day)
  SELECT id, company_id, project_id, item_id, room_id, serial, modulus_e3, multiplier_e3, from_day, to_day FROM meter;
CREATE TABLE meter_reading_new (
  meter_id @INT NOT NULL REFERENCES meter_new(id),
  day @INT NOT NULL,
  company_id @INT NOT NULL,
  reading_e3 @INT NOT NULL CHECK (reading_e3 >= 0),
  usage_e3 @INT NOT NULL,
  account_id @INT NOT NULL,
  at @INT NOT NULL,
  PRIMARY KEY (meter_id, day)
);
INSERT INTO meter_reading_new SELECT meter_id, day, company_id, reading_e3, usage_e3, account_id, at FROM meter_reading;

-- What the lines of a run have in common: price, period, rounding (text: JSON), and the terms of the late fee as they were
CREATE TABLE bill_basis (
  id @ID,
  company_id @INT NOT NULL,
  run_id @INT NOT NULL,
  item_id @INT NOT NULL,
  period_to @INT NOT NULL,
  late_rate_e6 @INT NOT NULL,
  late_grace_days @INT NOT NULL,
  late_cap_e4 @INT NOT NULL,
  text TEXT NOT NULL
);
CREATE INDEX bill_basis_run ON bill_basis(run_id);
CREATE INDEX bill_basis_item ON bill_basis(item_id, period_to);
INSERT INTO bill_basis(id, company_id, run_id, item_id, period_to, late_rate_e6, late_grace_days, late_cap_e4, text)
  SELECT f.id, f.company_id, 0, f.id, COALESCE((SELECT MAX(l.period_to) FROM bill_line l WHERE l.item_id = f.id), 0),
  f.late_rate_e6, f.late_grace_days, f.late_cap_e4, '' FROM fee_item f;

-- kind: what was charged, a discount given with it, or an adjustment later. ref_id: the parking space, the share or the
-- charge that the line is about; 0: the room. The snapshot holds what the basis does not.
CREATE TABLE bill_line_new (
  bill_id @INT NOT NULL REFERENCES bill(id),
  n @INT NOT NULL,
  company_id @INT NOT NULL,
  item_id @INT NOT NULL REFERENCES fee_item_new(id),
  room_id @INT NOT NULL,
  ref_id @INT NOT NULL DEFAULT 0,
  basis_id @INT NOT NULL DEFAULT 0,
  kind TEXT NOT NULL DEFAULT 'charge' CHECK (kind IN ('charge', 'discount', 'adjust')),
  name TEXT NOT NULL,
  income TEXT NOT NULL,
  period_from @INT NOT NULL,
  period_to @INT NOT NULL,
  amount_fen @INT NOT NULL,
  snapshot TEXT NOT NULL,
  live @INT NOT NULL DEFAULT 1,
  PRIMARY KEY (bill_id, n)
) @KV;
INSERT INTO bill_line_new(bill_id, n, company_id, item_id, room_id, basis_id, name, income, period_from, period_to,
  amount_fen, snapshot, live) SELECT bill_id, n, company_id, item_id, room_id, item_id, name, income, period_from, period_to,
  amount_fen, snapshot, live FROM bill_line;

DROP TABLE bill_line;
DROP TABLE meter_reading;
DROP TABLE meter;
DROP TABLE fee_assign;
DROP TABLE fee_price;
DROP TABLE fee_item;
ALTER TABLE fee_item_new RENAME TO fee_item;
ALTER TABLE fee_price_new RENAME TO fee_price;
ALTER TABLE fee_assign_new RENAME TO fee_assign;
ALTER TABLE meter_new RENAME TO meter;
ALTER TABLE meter_reading_new RENAME TO meter_reading;
ALTER TABLE bill_line_new RENAME TO bill_line;
CREATE INDEX fee_assign_room ON fee_assign(company_id, project_id, room_id);
CREATE INDEX fee_assign_ref ON fee_assign(ref_id) WHERE ref_id > 0;
CREATE INDEX meter_room ON meter(company_id, project_id, room_id, item_id);
-- One live charge per room, item, thing and period start: a second run, or two at once, cannot bill twice
CREATE UNIQUE INDEX bill_line_once ON bill_line(company_id, room_id, period_from, item_id, ref_id) WHERE live = 1 AND kind = 'charge';

-- late_day: the late fee is worked out up to and including this day; late_rated: a line of the bill can bear one;
-- late_waived_fen: let off, so that it is not demanded again
ALTER TABLE bill ADD COLUMN late_rated @INT NOT NULL DEFAULT 0;
ALTER TABLE bill ADD COLUMN late_day @INT NOT NULL DEFAULT 0;
ALTER TABLE bill ADD COLUMN late_waived_fen @INT NOT NULL DEFAULT 0;
UPDATE bill SET late_rated = 1 WHERE EXISTS (SELECT 1 FROM bill_line l JOIN fee_item f ON f.id = l.item_id
  WHERE l.bill_id = bill.id AND f.late_rate_e6 > 0);
CREATE INDEX bill_voided ON bill(company_id, project_id, room_id) WHERE state = 'void' AND published_at > 0;
CREATE INDEX bill_late ON bill(late_day, id) WHERE late_rated = 1 AND state IN ('published', 'partial');
CREATE INDEX room_of_project ON room(company_id, project_id, id);

-- only_room_id: the run is for one room; bill_day: only items of that bill day; 0: all. publish_on: when approved, from that day
ALTER TABLE bill_run ADD COLUMN only_room_id @INT NOT NULL DEFAULT 0;
ALTER TABLE bill_run ADD COLUMN bill_day @INT NOT NULL DEFAULT 0;
ALTER TABLE bill_run ADD COLUMN publish_on @INT NOT NULL DEFAULT 0;
CREATE INDEX bill_run_publish ON bill_run(publish_on) WHERE state = 'approved' AND publish_on > 0;

-- How a project bills: runs by themselves on the items' bill days from a day on, and how long a bill is payable at least
CREATE TABLE billing_setting (
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  auto_runs @INT NOT NULL DEFAULT 0,
  auto_from_day @INT NOT NULL DEFAULT 0,
  due_floor_days @INT NOT NULL DEFAULT 7,
  version @INT NOT NULL DEFAULT 1,
  PRIMARY KEY (company_id, project_id)
);
-- Days on which a run was due: started once, or missed (the server was away; only the latest day is caught up)
CREATE TABLE bill_auto (
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  day @INT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('started', 'missed')),
  run_id @INT NOT NULL DEFAULT 0,
  at @INT NOT NULL,
  PRIMARY KEY (company_id, project_id, day)
);

-- Who owes for the room from a day on (过户、开发商代缴); without rows: its owner by binding
CREATE TABLE fee_liable (
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  room_id @INT NOT NULL REFERENCES room(id),
  from_day @INT NOT NULL,
  payer_id @INT NOT NULL DEFAULT 0,
  payer_name TEXT NOT NULL,
  account_id @INT NOT NULL,
  at @INT NOT NULL,
  PRIMARY KEY (room_id, from_day)
);

CREATE TABLE parking_space (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  name TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'closed')),
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  UNIQUE (company_id, project_id, name)
);

-- An amount for a room, billed once by the next run (一次性收费、押金)
CREATE TABLE fee_charge (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  item_id @INT NOT NULL REFERENCES fee_item(id),
  room_id @INT NOT NULL REFERENCES room(id),
  day @INT NOT NULL,
  amount_fen @INT NOT NULL CHECK (amount_fen > 0),
  note TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'billed', 'cancelled')),
  bill_id @INT NOT NULL DEFAULT 0,
  maker_id @INT NOT NULL,
  created_at @INT NOT NULL
);
CREATE INDEX fee_charge_open ON fee_charge(company_id, project_id, room_id) WHERE state = 'open';
CREATE INDEX fee_charge_bill ON fee_charge(bill_id) WHERE bill_id > 0;
CREATE INDEX fee_charge_list ON fee_charge(company_id, project_id, id);

-- A sum shared out over rooms (公摊): given, or a public meter's use at a price. The parts add up to the total exactly.
CREATE TABLE fee_share (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  item_id @INT NOT NULL REFERENCES fee_item(id),
  period_from @INT NOT NULL,
  period_to @INT NOT NULL,
  basis TEXT NOT NULL CHECK (basis IN ('area', 'household', 'weight')),
  total_fen @INT NOT NULL CHECK (total_fen > 0),
  meter_id @INT NOT NULL DEFAULT 0,
  usage_e3 @INT NOT NULL DEFAULT 0,
  price_e4 @INT NOT NULL DEFAULT 0,
  rooms @INT NOT NULL,
  weights @INT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'cancelled')),
  maker_id @INT NOT NULL,
  created_at @INT NOT NULL
);
CREATE INDEX fee_share_project ON fee_share(company_id, project_id, id);
-- Public use is shared out once
CREATE UNIQUE INDEX fee_share_meter ON fee_share(meter_id, period_from) WHERE state = 'open' AND meter_id > 0;
-- reason: why the room takes no part
CREATE TABLE fee_share_part (
  share_id @INT NOT NULL REFERENCES fee_share(id),
  room_id @INT NOT NULL REFERENCES room(id),
  company_id @INT NOT NULL,
  weight @INT NOT NULL DEFAULT 0,
  amount_fen @INT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  bill_id @INT NOT NULL DEFAULT 0,
  PRIMARY KEY (share_id, room_id)
);
CREATE INDEX fee_share_part_open ON fee_share_part(company_id, room_id) WHERE bill_id = 0 AND amount_fen > 0;
CREATE INDEX fee_share_part_bill ON fee_share_part(bill_id) WHERE bill_id > 0;

-- Percent off by rule: paid at least so many months in advance, or standing empty. item_id 0: every item
CREATE TABLE fee_discount (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  item_id @INT NOT NULL DEFAULT 0,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('advance', 'vacant')),
  off_e4 @INT NOT NULL CHECK (off_e4 BETWEEN 1 AND 10000),
  months @INT NOT NULL DEFAULT 0,
  from_day @INT NOT NULL,
  to_day @INT NOT NULL DEFAULT 99991231,
  enabled @INT NOT NULL DEFAULT 1,
  account_id @INT NOT NULL,
  created_at @INT NOT NULL
);
CREATE INDEX fee_discount_project ON fee_discount(company_id, project_id, id);
-- Rooms that stand empty, as two people have agreed
CREATE TABLE fee_vacancy (
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  room_id @INT NOT NULL REFERENCES room(id),
  from_day @INT NOT NULL,
  to_day @INT NOT NULL,
  request_id @INT NOT NULL,
  PRIMARY KEY (room_id, from_day)
);

-- What one person asks for and another decides: adjustments, waivers, write-offs, vacancies, deposits paid back
CREATE TABLE fee_request (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  kind TEXT NOT NULL CHECK (kind IN ('adjust', 'late_waiver', 'write_off', 'vacancy', 'deposit_back')),
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
CREATE INDEX fee_request_project ON fee_request(company_id, project_id, state, id);
CREATE INDEX fee_request_bill ON fee_request(bill_id) WHERE bill_id > 0;

-- While a bill is disputed no late fee accrues on it; both days count
CREATE TABLE bill_dispute (
  id @ID,
  company_id @INT NOT NULL,
  bill_id @INT NOT NULL REFERENCES bill(id),
  from_day @INT NOT NULL,
  to_day @INT NOT NULL DEFAULT 99991231,
  reason TEXT NOT NULL,
  outcome TEXT NOT NULL DEFAULT '',
  opened_by @INT NOT NULL,
  closed_by @INT NOT NULL DEFAULT 0,
  created_at @INT NOT NULL
);
CREATE INDEX bill_dispute_bill ON bill_dispute(bill_id);
CREATE UNIQUE INDEX bill_dispute_open ON bill_dispute(bill_id) WHERE to_day = 99991231;

-- A file of readings is taken once
CREATE TABLE meter_import (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  sha @BLOB NOT NULL,
  rows @INT NOT NULL,
  account_id @INT NOT NULL,
  created_at @INT NOT NULL,
  UNIQUE (company_id, project_id, sha)
);
