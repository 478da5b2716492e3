-- Batch import (批量导入). A file becomes rows (sealed: they hold personal data), the rows are checked, one transaction applies
-- them all; what it made is remembered so that it can be taken back until somebody uses it.
--   waiting -> checked -> applied -> undone      failed: could not be checked; expired: a week passed
-- step: what is being done ('read' by the upload, 'check', 'apply', 'undo' by the worker, '' nothing). kept: rows are there
CREATE TABLE import_task (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  account_id @INT NOT NULL,
  kind TEXT NOT NULL,
  name TEXT NOT NULL,
  sha @BLOB NOT NULL,
  bytes @INT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'checked', 'applied', 'undone', 'failed', 'expired')),
  step TEXT NOT NULL,
  skip_failed @INT NOT NULL DEFAULT 0,
  rows_n @INT NOT NULL DEFAULT 0,
  failed_n @INT NOT NULL DEFAULT 0,
  done_n @INT NOT NULL DEFAULT 0,
  made_n @INT NOT NULL DEFAULT 0,
  kept @INT NOT NULL DEFAULT 1,
  reason TEXT NOT NULL DEFAULT '',
  reason_en TEXT NOT NULL DEFAULT '',
  tries @INT NOT NULL DEFAULT 0,
  next_at @INT NOT NULL DEFAULT 0,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  changed_at @INT NOT NULL
);
CREATE INDEX import_task_next ON import_task(next_at) WHERE next_at > 0;
CREATE INDEX import_task_project ON import_task(company_id, project_id, id);
CREATE INDEX import_task_old ON import_task(changed_at) WHERE kept = 1;
-- The same file is taken once; taken back, it may come again
CREATE UNIQUE INDEX import_task_once ON import_task(company_id, project_id, kind, sha) WHERE state = 'applied';

-- n: the row's number in the file. problems: JSON list of {column, zh, en}, '' when there are none
CREATE TABLE import_row (
  task_id @INT NOT NULL REFERENCES import_task(id),
  n @INT NOT NULL,
  cells_enc @BLOB NOT NULL,
  problems TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (task_id, n)
) @KV;
CREATE INDEX import_row_failed ON import_row(task_id, n) WHERE problems <> '';

-- What an applied import has made, in order, with its version right after: taking back goes the other way round
CREATE TABLE import_made (
  task_id @INT NOT NULL REFERENCES import_task(id),
  n @INT NOT NULL,
  object TEXT NOT NULL,
  object_id @INT NOT NULL,
  PRIMARY KEY (task_id, n)
) @KV;
CREATE INDEX import_made_object ON import_made(object_id);
