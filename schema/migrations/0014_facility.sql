-- Facilities (设施设备), maintenance plans (维保计划), tasks, patrol (巡检). Days: yyyymmdd. Quantities: 1/1000.

-- A company's own categories, and other names for those that the program brings (same code); enabled 0 hides one
CREATE TABLE facility_category (
  company_id @INT NOT NULL REFERENCES company(id),
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  enabled @INT NOT NULL DEFAULT 1,
  PRIMARY KEY (company_id, code)
) @KV;

CREATE TABLE facility_supplier (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  name TEXT NOT NULL,
  contact TEXT NOT NULL DEFAULT '',
  phone_enc @BLOB,
  note TEXT NOT NULL DEFAULT '',
  version @INT NOT NULL DEFAULT 1,
  UNIQUE (company_id, name)
);

-- The register (台账). up 0: broken down since down_at. code_version: of its QR code, from 1; code_live 0: revoked.
-- inspect_told: which of the reminders of inspect_due are out (1: 30 days before, 2: 7 days, 3: due).
-- reading_e3: the last reading of its hour meter or counter, what plans by usage go by. search: folded text to look in
CREATE TABLE facility (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  category TEXT NOT NULL,
  brand TEXT NOT NULL DEFAULT '',
  model TEXT NOT NULL DEFAULT '',
  serial TEXT NOT NULL DEFAULT '',
  bought_day @INT NOT NULL DEFAULT 0,
  price_fen @INT NOT NULL DEFAULT 0 CHECK (price_fen >= 0),
  service_day @INT NOT NULL DEFAULT 0,
  building_id @INT REFERENCES building(id),
  room_id @INT REFERENCES room(id),
  place TEXT NOT NULL DEFAULT '',
  supplier_id @INT REFERENCES facility_supplier(id),
  warranty_day @INT NOT NULL DEFAULT 0,
  life_months @INT NOT NULL DEFAULT 0,
  importance TEXT NOT NULL DEFAULT 'B' CHECK (importance IN ('A', 'B', 'C')),
  parent_id @INT REFERENCES facility(id),
  keeper_id @INT REFERENCES account(id),
  reg_no TEXT NOT NULL DEFAULT '',
  inspected_day @INT NOT NULL DEFAULT 0,
  inspect_due @INT NOT NULL DEFAULT 0,
  inspect_told @INT NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'in_use' CHECK (state IN ('in_use', 'stopped', 'idle', 'scrapped')),
  up @INT NOT NULL DEFAULT 1 CHECK (up IN (0, 1)),
  down_at @INT NOT NULL DEFAULT 0,
  code_version @INT NOT NULL DEFAULT 1,
  code_live @INT NOT NULL DEFAULT 1,
  measure TEXT NOT NULL DEFAULT '',
  reading_e3 @INT NOT NULL DEFAULT 0,
  search TEXT NOT NULL DEFAULT '',
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  UNIQUE (company_id, project_id, code)
);
CREATE INDEX facility_order ON facility(company_id, project_id, id);
CREATE INDEX facility_parent ON facility(parent_id) WHERE parent_id IS NOT NULL;
CREATE INDEX facility_inspect ON facility(inspect_due) WHERE inspect_due > 0;

-- Everything that happened to it: edits field by field, states, downtime, repairs, tasks, readings. ref_id: repair, task
CREATE TABLE facility_event (
  id @ID,
  facility_id @INT NOT NULL REFERENCES facility(id),
  company_id @INT NOT NULL,
  kind TEXT NOT NULL,
  field TEXT NOT NULL DEFAULT '',
  old_text TEXT NOT NULL DEFAULT '',
  new_text TEXT NOT NULL DEFAULT '',
  ref_id @INT NOT NULL DEFAULT 0,
  account_id @INT NOT NULL DEFAULT 0,
  actor TEXT NOT NULL DEFAULT '',
  at @INT NOT NULL
);
CREATE INDEX facility_event_order ON facility_event(facility_id, id);

-- Downtime (停机): at most one open row (to_at 0) a facility
CREATE TABLE facility_down (
  id @ID,
  facility_id @INT NOT NULL REFERENCES facility(id),
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  from_at @INT NOT NULL,
  to_at @INT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL,
  repair_id @INT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX facility_down_open ON facility_down(facility_id) WHERE to_at = 0;
CREATE INDEX facility_down_order ON facility_down(company_id, project_id, from_at);

CREATE TABLE facility_file (
  facility_id @INT NOT NULL REFERENCES facility(id),
  file_id @INT NOT NULL REFERENCES file(id),
  company_id @INT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('photo', 'manual', 'certificate', 'contract', 'report', 'other')),
  account_id @INT NOT NULL,
  at @INT NOT NULL,
  PRIMARY KEY (facility_id, file_id)
) @KV;

CREATE TABLE facility_reading (
  id @ID,
  facility_id @INT NOT NULL REFERENCES facility(id),
  company_id @INT NOT NULL,
  value_e3 @INT NOT NULL CHECK (value_e3 >= 0),
  account_id @INT NOT NULL,
  at @INT NOT NULL
);
CREATE INDEX facility_reading_order ON facility_reading(facility_id, id);

-- Costs that come from nowhere else: outside contractors, parts bought for it
CREATE TABLE facility_cost (
  id @ID,
  facility_id @INT NOT NULL REFERENCES facility(id),
  company_id @INT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('repair', 'parts', 'maintenance', 'inspection', 'other')),
  amount_fen @INT NOT NULL CHECK (amount_fen > 0),
  day @INT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  account_id @INT NOT NULL,
  at @INT NOT NULL
);
CREATE INDEX facility_cost_order ON facility_cost(facility_id, day);

-- What passers-by report by the code on a facility, until the desk has looked at it
CREATE TABLE facility_report (
  id @ID,
  facility_id @INT NOT NULL REFERENCES facility(id),
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  description TEXT NOT NULL,
  contact_enc @BLOB,
  contact_hint TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'accepted', 'rejected')),
  repair_id @INT NOT NULL DEFAULT 0,
  decided_by @INT NOT NULL DEFAULT 0,
  decided_at @INT NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  at @INT NOT NULL
);
CREATE INDEX facility_report_order ON facility_report(company_id, project_id, state, id);
-- Tries by address (who; "" all together), in slots of ten minutes
CREATE TABLE facility_report_try (
  facility_id @INT NOT NULL,
  who TEXT NOT NULL,
  slot @INT NOT NULL,
  tries @INT NOT NULL,
  PRIMARY KEY (facility_id, who, slot)
) @KV;

-- Files of facilities that were imported, by their digest: the same file is not taken twice
CREATE TABLE facility_import (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  sha @BLOB NOT NULL,
  rows @INT NOT NULL,
  account_id @INT NOT NULL,
  at @INT NOT NULL,
  UNIQUE (company_id, project_id, sha)
);

ALTER TABLE repair ADD COLUMN facility_id @INT;
CREATE INDEX repair_facility ON repair(facility_id, id) WHERE facility_id IS NOT NULL;

-- ---- patrol routes (巡检路线) ----
CREATE TABLE maint_route (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  name TEXT NOT NULL,
  in_order @INT NOT NULL DEFAULT 0,
  enabled @INT NOT NULL DEFAULT 1,
  version @INT NOT NULL DEFAULT 1,
  UNIQUE (company_id, project_id, name)
);
-- at_min: minute of the day from which a check is on time, for window_min minutes. radius_m 0: the place is not checked
CREATE TABLE maint_point (
  id @ID,
  route_id @INT NOT NULL REFERENCES maint_route(id),
  company_id @INT NOT NULL,
  n @INT NOT NULL,
  name TEXT NOT NULL,
  facility_id @INT REFERENCES facility(id),
  at_min @INT NOT NULL CHECK (at_min BETWEEN 0 AND 1439),
  window_min @INT NOT NULL CHECK (window_min BETWEEN 1 AND 1440),
  lat_e6 @INT NOT NULL DEFAULT 0,
  lng_e6 @INT NOT NULL DEFAULT 0,
  radius_m @INT NOT NULL DEFAULT 0,
  code_version @INT NOT NULL DEFAULT 1,
  gone @INT NOT NULL DEFAULT 0
);
CREATE INDEX maint_point_route ON maint_point(route_id, n);

-- ---- plans (保养计划) ----
-- basis: the next slot counts from the slot before (scheduled) or from when the work was accepted (completed).
-- cycle calendar: every_n units from anchor_day on; usage: every step_e3 of the facility's reading.
-- items: the checklist as JSON, copied into each task. remind: days before, "7,1,0". skip_until: slots before it that
-- nobody has made are put down as paused, whatever the catch-up policy says
CREATE TABLE maint_plan (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  name TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('daily', 'minor', 'major', 'annual', 'patrol')),
  basis TEXT NOT NULL CHECK (basis IN ('scheduled', 'completed')),
  cycle TEXT NOT NULL CHECK (cycle IN ('calendar', 'usage')),
  every_n @INT NOT NULL DEFAULT 1,
  unit TEXT NOT NULL DEFAULT 'day' CHECK (unit IN ('day', 'week', 'month', 'year')),
  anchor_day @INT NOT NULL DEFAULT 0,
  month_day @INT NOT NULL DEFAULT 0 CHECK (month_day BETWEEN 0 AND 31),
  workdays @INT NOT NULL DEFAULT 0,
  last_day @INT NOT NULL DEFAULT 0,
  step_e3 @INT NOT NULL DEFAULT 0,
  early_days @INT NOT NULL DEFAULT 0,
  late_days @INT NOT NULL DEFAULT 0,
  horizon_days @INT NOT NULL DEFAULT 7,
  remind TEXT NOT NULL DEFAULT '7,1,0',
  catch_up TEXT NOT NULL DEFAULT 'latest' CHECK (catch_up IN ('all', 'latest', 'none')),
  statutory @INT NOT NULL DEFAULT 0,
  scan @INT NOT NULL DEFAULT 0,
  skill TEXT NOT NULL DEFAULT '',
  deputy_id @INT REFERENCES account(id),
  fault_type_id @INT REFERENCES fault_type(id),
  route_id @INT REFERENCES maint_route(id),
  items TEXT NOT NULL DEFAULT '[]',
  law TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'draft' CHECK (state IN ('draft', 'active', 'paused', 'ended')),
  pause_reason TEXT NOT NULL DEFAULT '',
  skip_until @INT NOT NULL DEFAULT 0,
  version @INT NOT NULL DEFAULT 1,
  created_by @INT NOT NULL,
  created_at @INT NOT NULL,
  UNIQUE (company_id, project_id, name)
);
CREATE TABLE maint_plan_staff (
  plan_id @INT NOT NULL REFERENCES maint_plan(id),
  account_id @INT NOT NULL REFERENCES account(id),
  n @INT NOT NULL,
  company_id @INT NOT NULL,
  PRIMARY KEY (plan_id, account_id)
) @KV;
-- What a plan is about, and how far the scheduler has come with it (the cursor). facility_id 0: a patrol's route, or
-- the plan as such. next_slot: day or reading of the next slot that has neither task nor gap; 0: waits for the open task.
-- look_day: the scheduler looks again from this day on
CREATE TABLE maint_target (
  plan_id @INT NOT NULL REFERENCES maint_plan(id),
  facility_id @INT NOT NULL,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  next_slot @INT NOT NULL,
  look_day @INT NOT NULL,
  PRIMARY KEY (plan_id, facility_id)
) @KV;
CREATE INDEX maint_target_look ON maint_target(look_day) WHERE next_slot > 0;
CREATE INDEX maint_target_facility ON maint_target(facility_id);

-- A slot for which no task was made, and why: missed (outage, by policy), paused, stopped (facility not in use)
CREATE TABLE maint_gap (
  plan_id @INT NOT NULL REFERENCES maint_plan(id),
  facility_id @INT NOT NULL,
  slot @INT NOT NULL,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  reason TEXT NOT NULL CHECK (reason IN ('missed', 'paused', 'stopped')),
  at @INT NOT NULL,
  PRIMARY KEY (plan_id, facility_id, slot)
) @KV;

-- ---- tasks (任务) ----
-- told: bit d: the reminder d days before is out. escalated: how often the managers have heard that it is late
CREATE TABLE maint_task (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  plan_id @INT NOT NULL REFERENCES maint_plan(id),
  facility_id @INT NOT NULL,
  route_id @INT NOT NULL DEFAULT 0,
  slot @INT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  from_day @INT NOT NULL,
  day @INT NOT NULL,
  due_day @INT NOT NULL,
  statutory @INT NOT NULL,
  scan @INT NOT NULL,
  skill TEXT NOT NULL,
  holder_id @INT NOT NULL DEFAULT 0,
  deputy_id @INT NOT NULL DEFAULT 0,
  fault_type_id @INT NOT NULL DEFAULT 0,
  remind TEXT NOT NULL,
  items TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'scheduled'
    CHECK (state IN ('scheduled', 'in_progress', 'await_accept', 'done', 'skipped')),
  overdue @INT NOT NULL DEFAULT 0,
  escalated @INT NOT NULL DEFAULT 0,
  told @INT NOT NULL DEFAULT 0,
  next_at @INT NOT NULL DEFAULT 0,
  doer_id @INT NOT NULL DEFAULT 0,
  started_at @INT NOT NULL DEFAULT 0,
  submitted_at @INT NOT NULL DEFAULT 0,
  closed_at @INT NOT NULL DEFAULT 0,
  closed_by @INT NOT NULL DEFAULT 0,
  skip_by @INT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',
  failed @INT NOT NULL DEFAULT 0,
  labour_min @INT NOT NULL DEFAULT 0,
  cost_fen @INT NOT NULL DEFAULT 0,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL
);
-- No slot twice, whatever crashes or races
CREATE UNIQUE INDEX maint_task_slot ON maint_task(plan_id, facility_id, slot);
CREATE INDEX maint_task_order ON maint_task(company_id, project_id, id);
CREATE INDEX maint_task_day ON maint_task(company_id, project_id, day);
CREATE INDEX maint_task_holder ON maint_task(holder_id, id);
CREATE INDEX maint_task_busy ON maint_task(holder_id) WHERE state IN ('scheduled', 'in_progress');
CREATE INDEX maint_task_next ON maint_task(next_at) WHERE next_at > 0;
CREATE INDEX maint_task_facility ON maint_task(facility_id, id);

CREATE TABLE maint_task_event (
  task_id @INT NOT NULL REFERENCES maint_task(id),
  n @INT NOT NULL,
  company_id @INT NOT NULL,
  event TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  account_id @INT NOT NULL,
  actor TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  at @INT NOT NULL,
  PRIMARY KEY (task_id, n)
) @KV;
-- The answer to item n of the checklist. repair_id: the order that a failed item has made, once for all submissions
CREATE TABLE maint_result (
  task_id @INT NOT NULL REFERENCES maint_task(id),
  n @INT NOT NULL,
  company_id @INT NOT NULL,
  value TEXT NOT NULL,
  pass @INT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  file_id @INT NOT NULL DEFAULT 0,
  repair_id @INT NOT NULL DEFAULT 0,
  account_id @INT NOT NULL,
  at @INT NOT NULL,
  PRIMARY KEY (task_id, n)
) @KV;
-- A point of a patrol task; window as of the day it was made. state reinspected: missed, and looked at afterwards
CREATE TABLE maint_check (
  task_id @INT NOT NULL REFERENCES maint_task(id),
  point_id @INT NOT NULL REFERENCES maint_point(id),
  n @INT NOT NULL,
  company_id @INT NOT NULL,
  from_at @INT NOT NULL,
  to_at @INT NOT NULL,
  state TEXT NOT NULL DEFAULT 'wait' CHECK (state IN ('wait', 'early', 'on_time', 'late', 'missed', 'reinspected')),
  at @INT NOT NULL DEFAULT 0,
  account_id @INT NOT NULL DEFAULT 0,
  lat_e6 @INT NOT NULL DEFAULT 0,
  lng_e6 @INT NOT NULL DEFAULT 0,
  away_m @INT NOT NULL DEFAULT -1,
  ok @INT NOT NULL DEFAULT 1,
  note TEXT NOT NULL DEFAULT '',
  repair_id @INT NOT NULL DEFAULT 0,
  PRIMARY KEY (task_id, point_id)
) @KV;
