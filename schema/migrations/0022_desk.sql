-- Arrears from before (历史欠费): a file that makes bills is applied by another person than the one who checked it.
-- asked_by: who asked for the last step; total_fen: what the good rows of a file with money add up to
ALTER TABLE import_task ADD COLUMN asked_by @INT NOT NULL DEFAULT 0;
ALTER TABLE import_task ADD COLUMN total_fen @INT NOT NULL DEFAULT 0;
-- late_from: the late fee counts from this day, if that is behind the due day; 0: from the due day
ALTER TABLE bill ADD COLUMN late_from @INT NOT NULL DEFAULT 0;

-- The front desk: handing over rooms (交房、入住办理) - the list that is gone through in a room, the record of each handover - and
-- complaints that departments take.
-- The list of a project; a project without rows has the program's own
CREATE TABLE handover_item (
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  n @INT NOT NULL,
  name TEXT NOT NULL,
  fault_type_id @INT NOT NULL DEFAULT 0,
  PRIMARY KEY (project_id, n)
) @KV;

-- planned -> notified -> inspected -> handed_over, or cancelled. party_id: to whom, by the register; 0: nobody is registered
CREATE TABLE handover (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  room_id @INT NOT NULL REFERENCES room(id),
  party_id @INT NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('planned', 'notified', 'inspected', 'handed_over', 'cancelled')),
  day @INT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  reason TEXT NOT NULL DEFAULT '',
  handed_day @INT NOT NULL DEFAULT 0,
  keys_n @INT NOT NULL DEFAULT 0,
  signature_id @INT NOT NULL DEFAULT 0,
  fee_from @INT NOT NULL DEFAULT 0,
  room_state TEXT NOT NULL DEFAULT '',
  version @INT NOT NULL DEFAULT 1,
  created_by @INT NOT NULL,
  created_at @INT NOT NULL,
  changed_at @INT NOT NULL
);
CREATE INDEX handover_project ON handover(company_id, project_id, id);
CREATE INDEX handover_room ON handover(room_id, id);
-- One at a time for a room
CREATE UNIQUE INDEX handover_open ON handover(room_id) WHERE state IN ('planned', 'notified', 'inspected');

-- The list as it was when the handover was planned, and what was found
CREATE TABLE handover_check (
  handover_id @INT NOT NULL REFERENCES handover(id),
  n @INT NOT NULL,
  name TEXT NOT NULL,
  fault_type_id @INT NOT NULL DEFAULT 0,
  result TEXT NOT NULL DEFAULT '' CHECK (result IN ('', 'ok', 'failed', 'none')),
  note TEXT NOT NULL DEFAULT '',
  repair_id @INT NOT NULL DEFAULT 0,
  account_id @INT NOT NULL DEFAULT 0,
  at @INT NOT NULL DEFAULT 0,
  PRIMARY KEY (handover_id, n)
) @KV;
-- n: of the item; 0: the signature
CREATE TABLE handover_file (
  handover_id @INT NOT NULL REFERENCES handover(id),
  file_id @INT NOT NULL REFERENCES file(id),
  n @INT NOT NULL,
  PRIMARY KEY (handover_id, file_id)
) @KV;
CREATE TABLE handover_meter (
  handover_id @INT NOT NULL REFERENCES handover(id),
  meter_id @INT NOT NULL REFERENCES meter(id),
  reading_e3 @INT NOT NULL,
  PRIMARY KEY (handover_id, meter_id)
) @KV;
CREATE TABLE handover_event (
  handover_id @INT NOT NULL REFERENCES handover(id),
  n @INT NOT NULL,
  event TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  account_id @INT NOT NULL,
  actor TEXT NOT NULL,
  note TEXT NOT NULL,
  at @INT NOT NULL,
  PRIMARY KEY (handover_id, n)
) @KV;

-- A complaint is given to a department of the organisation; `department` keeps what it was called then. Rows from before have
-- the text only
ALTER TABLE complaint ADD COLUMN department_id @INT NOT NULL DEFAULT 0;
CREATE INDEX complaint_department ON complaint(department_id) WHERE department_id > 0 AND handler_id = 0 AND state = 'assigned';
