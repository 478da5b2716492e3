-- The audit log (审计): only ever inserted, by trigger; old rows leave from the front of a chain, below its anchor.
CREATE INDEX audit_time ON audit(company_id, id);

-- Where a company's chain begins since rows were let go: link n, its hash; rows before until_at may be deleted.
CREATE TABLE audit_anchor (
  company_id @INT NOT NULL PRIMARY KEY,
  n @INT NOT NULL,
  hash @BLOB NOT NULL,
  until_at @INT NOT NULL,
  removed @INT NOT NULL,
  at @INT NOT NULL
);

@REFUSE_FUNCTION;
CREATE TRIGGER audit_no_change BEFORE UPDATE ON audit @REFUSE;
CREATE TRIGGER audit_no_delete BEFORE DELETE ON audit @REFUSE_ABOVE_ANCHOR;
CREATE TRIGGER audit_seal_no_change BEFORE UPDATE ON audit_seal @REFUSE;

-- The log of log-ins is searched by time and cut by time
CREATE INDEX login_log_time ON login_log(at);
CREATE INDEX message_done ON message(created_at) WHERE state IN ('sent', 'delivered', 'suppressed', 'dead', 'discarded');
