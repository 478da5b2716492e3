-- What the boards look at every few seconds: open orders, today's orders (ids are times), what is due
CREATE INDEX repair_open ON repair(company_id, project_id) WHERE closed_at = 0;
CREATE INDEX repair_time ON repair(company_id, project_id, id);
CREATE INDEX complaint_open ON complaint(company_id, project_id) WHERE closed_at = 0;
CREATE INDEX maint_task_open ON maint_task(company_id, project_id) WHERE state IN ('scheduled', 'in_progress', 'await_accept');
CREATE INDEX facility_down_now ON facility(company_id, project_id) WHERE up = 0;
-- The counters last pushed to a project's board: pushed again when they differ
CREATE TABLE board_counters (
  company_id @INT NOT NULL,
  project_id @INT NOT NULL PRIMARY KEY REFERENCES project(id),
  seq @INT NOT NULL,
  counters TEXT NOT NULL,
  at @INT NOT NULL
);
CREATE INDEX party_room_project ON party_room(company_id, project_id, id);
