-- Other programs: keys they log in by (a session that lasts), and webhooks they are told by.

-- A key is a session of an account of staff that has no password; name says what it is for
ALTER TABLE session ADD COLUMN key_name TEXT NOT NULL DEFAULT '';
CREATE INDEX session_keys ON session(company_id, account_id) WHERE key_name <> '';

-- events: ',repair.status,pay.status,' of the project's board; project_id 0: all projects. secret signs every delivery.
-- off_reason: why it was switched off by itself
CREATE TABLE webhook (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL DEFAULT 0,
  url TEXT NOT NULL,
  events TEXT NOT NULL,
  secret_enc @BLOB NOT NULL,
  enabled @INT NOT NULL DEFAULT 1,
  off_reason TEXT NOT NULL DEFAULT '',
  failing_since @INT NOT NULL DEFAULT 0,
  version @INT NOT NULL DEFAULT 1,
  created_by @INT NOT NULL,
  created_at @INT NOT NULL
);
CREATE INDEX webhook_company ON webhook(company_id, id);

-- How far each project's board has been told; moved by the transaction that makes the deliveries
CREATE TABLE webhook_cursor (
  project_id @INT NOT NULL PRIMARY KEY REFERENCES project(id),
  seq @INT NOT NULL
);
-- (webhook, project, seq) is unique: an event is delivered by a webhook once, tried until it is taken
CREATE TABLE webhook_delivery (
  id @ID,
  company_id @INT NOT NULL,
  webhook_id @INT NOT NULL REFERENCES webhook(id),
  project_id @INT NOT NULL,
  seq @INT NOT NULL,
  event TEXT NOT NULL,
  body TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'done', 'dead')),
  attempts @INT NOT NULL DEFAULT 0,
  next_at @INT NOT NULL DEFAULT 0,
  status @INT NOT NULL DEFAULT 0,
  error TEXT NOT NULL DEFAULT '',
  created_at @INT NOT NULL,
  done_at @INT NOT NULL DEFAULT 0,
  UNIQUE (webhook_id, project_id, seq)
);
CREATE INDEX webhook_delivery_due ON webhook_delivery(next_at) WHERE next_at > 0;
CREATE INDEX webhook_delivery_list ON webhook_delivery(company_id, webhook_id, id);
CREATE INDEX webhook_delivery_old ON webhook_delivery(created_at) WHERE state <> 'pending';
