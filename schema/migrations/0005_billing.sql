-- Fee items, prices by date, who pays what, bill runs and bills (收费项目、单价、账单).
-- A bill is a snapshot: what it says never follows later changes of price, area or owner.

CREATE TABLE fee_item (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('area', 'fixed', 'metered', 'tiered', 'formula')),
  cycle TEXT NOT NULL CHECK (cycle IN ('monthly', 'quarterly', 'yearly', 'anniversary')),
  part_month TEXT NOT NULL CHECK (part_month IN ('actual', 'thirty', 'fifteenth', 'whole')),
  rounding TEXT NOT NULL CHECK (rounding IN ('half_up', 'up', 'down')),
  in_advance @INT NOT NULL DEFAULT 0,
  inner_area @INT NOT NULL DEFAULT 0,
  formula TEXT NOT NULL DEFAULT '',
  price_unit TEXT NOT NULL DEFAULT 'yuan/m2/month',
  due_days @INT NOT NULL DEFAULT 15,
  late_rate_e6 @INT NOT NULL DEFAULT 0,
  late_grace_days @INT NOT NULL DEFAULT 0,
  late_cap_e4 @INT NOT NULL DEFAULT 3000,
  income TEXT NOT NULL DEFAULT 'fee_income' CHECK (income IN ('fee_income', 'collected_for_others')),
  enabled @INT NOT NULL DEFAULT 1,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  UNIQUE (company_id, project_id, code)
);

-- The price from a day on; tiers: JSON [{"upto_e3":..,"price_e4":..}] for kind tiered
CREATE TABLE fee_price (
  company_id @INT NOT NULL,
  item_id @INT NOT NULL REFERENCES fee_item(id),
  from_day @INT NOT NULL,
  price_e4 @INT NOT NULL CHECK (price_e4 >= 0),
  tiers TEXT NOT NULL DEFAULT '',
  account_id @INT NOT NULL,
  at @INT NOT NULL,
  PRIMARY KEY (item_id, from_day)
);

-- Which room pays the item from when to when; coefficient 10000 = 1
CREATE TABLE fee_assign (
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  item_id @INT NOT NULL REFERENCES fee_item(id),
  room_id @INT NOT NULL REFERENCES room(id),
  from_day @INT NOT NULL,
  to_day @INT NOT NULL DEFAULT 99991231,
  coefficient_e4 @INT NOT NULL DEFAULT 10000,
  PRIMARY KEY (item_id, room_id, from_day)
);
CREATE INDEX fee_assign_room ON fee_assign(company_id, project_id, room_id);

CREATE TABLE meter (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  item_id @INT NOT NULL REFERENCES fee_item(id),
  room_id @INT NOT NULL REFERENCES room(id),
  serial TEXT NOT NULL,
  modulus_e3 @INT NOT NULL DEFAULT 0,
  multiplier_e3 @INT NOT NULL DEFAULT 1000,
  from_day @INT NOT NULL,
  to_day @INT NOT NULL DEFAULT 99991231,
  UNIQUE (company_id, project_id, serial)
);
CREATE INDEX meter_room ON meter(company_id, item_id, room_id);
CREATE TABLE meter_reading (
  meter_id @INT NOT NULL REFERENCES meter(id),
  day @INT NOT NULL,
  company_id @INT NOT NULL,
  reading_e3 @INT NOT NULL CHECK (reading_e3 >= 0),
  usage_e3 @INT NOT NULL,
  account_id @INT NOT NULL,
  at @INT NOT NULL,
  PRIMARY KEY (meter_id, day)
);

CREATE TABLE bill_run (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  day @INT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('generating', 'ready', 'submitted', 'approved', 'publishing', 'published', 'cancelled')),
  cursor_room @INT NOT NULL DEFAULT 0,
  maker_id @INT NOT NULL,
  checker_id @INT NOT NULL DEFAULT 0,
  hash @BLOB,
  bills @INT NOT NULL DEFAULT 0,
  lines @INT NOT NULL DEFAULT 0,
  total_fen @INT NOT NULL DEFAULT 0,
  skipped @INT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL
);
CREATE INDEX bill_run_project ON bill_run(company_id, project_id, id);
CREATE INDEX bill_run_state ON bill_run(state, id);
CREATE TABLE bill_skip (
  run_id @INT NOT NULL REFERENCES bill_run(id),
  room_id @INT NOT NULL,
  item_id @INT NOT NULL,
  company_id @INT NOT NULL,
  reason TEXT NOT NULL,
  PRIMARY KEY (run_id, room_id, item_id)
);

-- OVERDUE is derived: due_day < today and something unpaid
CREATE TABLE bill (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  room_id @INT NOT NULL REFERENCES room(id),
  run_id @INT NOT NULL DEFAULT 0,
  payer_id @INT NOT NULL DEFAULT 0,
  payer_name TEXT NOT NULL DEFAULT '',
  room_name TEXT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('draft', 'published', 'partial', 'paid', 'void', 'written_off')),
  period_from @INT NOT NULL,
  period_to @INT NOT NULL,
  due_day @INT NOT NULL,
  amount_fen @INT NOT NULL CHECK (amount_fen >= 0),
  late_fen @INT NOT NULL DEFAULT 0,
  paid_fen @INT NOT NULL DEFAULT 0,
  replaces_id @INT NOT NULL DEFAULT 0,
  version @INT NOT NULL DEFAULT 1,
  published_at @INT NOT NULL DEFAULT 0,
  created_at @INT NOT NULL
);
CREATE INDEX bill_of_room ON bill(company_id, room_id, id);
CREATE INDEX bill_of_run ON bill(run_id, id);
CREATE INDEX bill_board ON bill(company_id, project_id, state, id);
CREATE TABLE bill_line (
  bill_id @INT NOT NULL REFERENCES bill(id),
  n @INT NOT NULL,
  company_id @INT NOT NULL,
  item_id @INT NOT NULL REFERENCES fee_item(id),
  room_id @INT NOT NULL,
  name TEXT NOT NULL,
  income TEXT NOT NULL,
  period_from @INT NOT NULL,
  period_to @INT NOT NULL,
  amount_fen @INT NOT NULL,
  snapshot TEXT NOT NULL,
  live @INT NOT NULL DEFAULT 1,
  PRIMARY KEY (bill_id, n)
);
-- One live charge per item, room and period start: a second run, or two at once, cannot bill twice
CREATE UNIQUE INDEX bill_line_once ON bill_line(company_id, item_id, period_from, room_id) WHERE live = 1;
