-- Repair and dispatch (报修与派单). One order state, an append-only event list, one guarded version that
-- decides who holds a job. Quantities: 1/1000. Durations: ms.

CREATE TABLE fault_type (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  parent_id @INT,
  name TEXT NOT NULL,
  skill TEXT NOT NULL,
  mode TEXT NOT NULL DEFAULT 'auto' CHECK (mode IN ('grab', 'assign', 'round_robin', 'auto')),
  place TEXT NOT NULL DEFAULT 'any' CHECK (place IN ('room', 'public', 'any')),
  urgency TEXT NOT NULL DEFAULT 'normal' CHECK (urgency IN ('low', 'normal', 'high', 'emergency')),
  chargeable @INT NOT NULL DEFAULT 0,
  photo_needed @INT NOT NULL DEFAULT 0,
  visit TEXT NOT NULL DEFAULT 'unrated' CHECK (visit IN ('never', 'unrated', 'always')),
  respond_ms @INT NOT NULL,
  arrive_ms @INT NOT NULL,
  finish_ms @INT NOT NULL,
  enabled @INT NOT NULL DEFAULT 1,
  version @INT NOT NULL DEFAULT 1,
  UNIQUE (company_id, name)
);

CREATE TABLE cause_code (
  id @ID,
  company_id @INT NOT NULL,
  skill TEXT NOT NULL,
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  enabled @INT NOT NULL DEFAULT 1,
  UNIQUE (company_id, code)
);

CREATE TABLE material (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  name TEXT NOT NULL,
  measure TEXT NOT NULL,
  price_min_fen @INT NOT NULL,
  price_max_fen @INT NOT NULL,
  stock_e3 @INT NOT NULL CHECK (stock_e3 >= 0),
  version @INT NOT NULL DEFAULT 1,
  UNIQUE (company_id, project_id, name)
);
CREATE TABLE stock_move (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  material_id @INT NOT NULL REFERENCES material(id),
  repair_id @INT NOT NULL DEFAULT 0,
  qty_e3 @INT NOT NULL,
  reason TEXT NOT NULL,
  account_id @INT NOT NULL,
  at @INT NOT NULL
);
CREATE INDEX stock_move_repair ON stock_move(repair_id);

CREATE TABLE technician (
  account_id @INT NOT NULL PRIMARY KEY REFERENCES account(id),
  company_id @INT NOT NULL,
  on_duty @INT NOT NULL DEFAULT 0,
  max_open @INT NOT NULL DEFAULT 5,
  duty_at @INT NOT NULL DEFAULT 0
);
CREATE TABLE technician_skill (
  account_id @INT NOT NULL REFERENCES technician(account_id),
  company_id @INT NOT NULL,
  skill TEXT NOT NULL,
  PRIMARY KEY (account_id, skill)
);
CREATE TABLE shift (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL DEFAULT 0,
  account_id @INT NOT NULL REFERENCES technician(account_id),
  weekdays @INT NOT NULL CHECK (weekdays BETWEEN 1 AND 127),
  from_min @INT NOT NULL CHECK (from_min BETWEEN 0 AND 1439),
  to_min @INT NOT NULL CHECK (to_min BETWEEN 1 AND 2880)
);
CREATE INDEX shift_account ON shift(account_id);
-- Round robin that survives restarts: whoever has the smallest turn is next
CREATE TABLE dispatch_turn (
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  skill TEXT NOT NULL,
  account_id @INT NOT NULL,
  turn @INT NOT NULL,
  PRIMARY KEY (company_id, project_id, skill, account_id)
);

CREATE TABLE repair_number (
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  day @INT NOT NULL,
  n @INT NOT NULL,
  PRIMARY KEY (company_id, project_id, day)
);

CREATE TABLE repair (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  number TEXT NOT NULL,
  type_id @INT NOT NULL REFERENCES fault_type(id),
  skill TEXT NOT NULL,
  mode TEXT NOT NULL,
  room_id @INT REFERENCES room(id),
  place TEXT NOT NULL,
  public_area @INT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('owner', 'staff', 'phone', 'inspection', 'device')),
  reporter_id @INT NOT NULL REFERENCES account(id),
  contact_name TEXT NOT NULL DEFAULT '',
  contact_enc @BLOB,
  contact_hint TEXT NOT NULL DEFAULT '',
  description TEXT NOT NULL,
  urgency TEXT NOT NULL,
  slot_from @INT NOT NULL DEFAULT 0,
  slot_to @INT NOT NULL DEFAULT 0,
  state TEXT NOT NULL,
  version @INT NOT NULL DEFAULT 1,
  holder_id @INT,
  held_from TEXT NOT NULL DEFAULT '',
  hold_reason TEXT NOT NULL DEFAULT '',
  hold_at @INT NOT NULL DEFAULT 0,
  hold_until @INT NOT NULL DEFAULT 0,
  paused_ms @INT NOT NULL DEFAULT 0,
  respond_due @INT NOT NULL,
  arrive_due @INT NOT NULL,
  finish_due @INT NOT NULL,
  sla_told @INT NOT NULL DEFAULT 0,
  due_at @INT NOT NULL DEFAULT 0,
  attempts @INT NOT NULL DEFAULT 0,
  reopened @INT NOT NULL DEFAULT 0,
  escalated @INT NOT NULL DEFAULT 0,
  forced @INT NOT NULL DEFAULT 0,
  quote_fen @INT NOT NULL DEFAULT 0,
  quote_state TEXT NOT NULL DEFAULT '' CHECK (quote_state IN ('', 'asked', 'accepted', 'refused')),
  charge_fen @INT NOT NULL DEFAULT 0,
  cause_id @INT,
  measure TEXT NOT NULL DEFAULT '',
  labour_min @INT NOT NULL DEFAULT 0,
  stars @INT NOT NULL DEFAULT 0,
  rating_tags TEXT NOT NULL DEFAULT '',
  rating_text TEXT NOT NULL DEFAULT '',
  urged_at @INT NOT NULL DEFAULT 0,
  queued_at @INT NOT NULL DEFAULT 0,
  accepted_at @INT NOT NULL DEFAULT 0,
  arrived_at @INT NOT NULL DEFAULT 0,
  started_at @INT NOT NULL DEFAULT 0,
  finished_at @INT NOT NULL DEFAULT 0,
  closed_at @INT NOT NULL DEFAULT 0,
  created_at @INT NOT NULL,
  UNIQUE (company_id, project_id, number)
);
CREATE INDEX repair_board ON repair(company_id, project_id, state, id);
CREATE INDEX repair_holder ON repair(holder_id, state);
CREATE INDEX repair_reporter ON repair(reporter_id, id);
CREATE INDEX repair_room ON repair(room_id, id);
CREATE INDEX repair_due ON repair(due_at) WHERE due_at > 0;

CREATE TABLE repair_event (
  repair_id @INT NOT NULL REFERENCES repair(id),
  n @INT NOT NULL,
  company_id @INT NOT NULL,
  at @INT NOT NULL,
  actor_id @INT NOT NULL DEFAULT 0,
  actor_name TEXT NOT NULL DEFAULT '',
  event TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  holder_id @INT NOT NULL DEFAULT 0,
  internal @INT NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (repair_id, n)
);

-- version = the order's version when the offer was made: the fencing token of accept and decline
CREATE TABLE repair_offer (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  repair_id @INT NOT NULL REFERENCES repair(id),
  account_id @INT NOT NULL REFERENCES account(id),
  kind TEXT NOT NULL CHECK (kind IN ('offer', 'assign', 'transfer')),
  version @INT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('open', 'accepted', 'declined', 'expired', 'withdrawn')),
  reason TEXT NOT NULL DEFAULT '',
  rung @INT NOT NULL DEFAULT 0,
  next_at @INT NOT NULL,
  expires_at @INT NOT NULL,
  delivered_at @INT NOT NULL DEFAULT 0,
  seen_at @INT NOT NULL DEFAULT 0,
  answered_at @INT NOT NULL DEFAULT 0,
  created_at @INT NOT NULL
);
CREATE INDEX repair_offer_due ON repair_offer(state, next_at);
CREATE INDEX repair_offer_tech ON repair_offer(account_id, state);
CREATE INDEX repair_offer_repair ON repair_offer(repair_id, id);

CREATE TABLE repair_line (
  repair_id @INT NOT NULL REFERENCES repair(id),
  n @INT NOT NULL,
  company_id @INT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('labour', 'material')),
  material_id @INT,
  name TEXT NOT NULL,
  qty_e3 @INT NOT NULL CHECK (qty_e3 > 0),
  price_fen @INT NOT NULL CHECK (price_fen >= 0),
  amount_fen @INT NOT NULL CHECK (amount_fen >= 0),
  PRIMARY KEY (repair_id, n)
);

CREATE TABLE repair_photo (
  repair_id @INT NOT NULL REFERENCES repair(id),
  file_id @INT NOT NULL REFERENCES file(id),
  company_id @INT NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN ('report', 'before', 'after')),
  account_id @INT NOT NULL,
  at @INT NOT NULL,
  PRIMARY KEY (repair_id, file_id)
);
