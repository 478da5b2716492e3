-- Double-entry ledger (复式记账) in fen. Entries are only ever added; a correction is an entry the other way round.
-- (kind, ref_kind, ref_id) makes posting idempotent: what was booked once for an order, a refund, a shift stays booked once.

CREATE TABLE ledger_entry (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  day @INT NOT NULL,
  kind TEXT NOT NULL,
  ref_kind TEXT NOT NULL,
  ref_id @INT NOT NULL,
  reverses_id @INT,
  account_id @INT NOT NULL DEFAULT 0,
  memo TEXT NOT NULL DEFAULT '',
  at @INT NOT NULL,
  UNIQUE (company_id, kind, ref_kind, ref_id)
);
CREATE INDEX ledger_entry_day ON ledger_entry(company_id, project_id, day);

-- party: what the line is about within its account (room for receivables, merchant for clearing, till for cash); 0: none
CREATE TABLE ledger_line (
  entry_id @INT NOT NULL REFERENCES ledger_entry(id),
  n @INT NOT NULL,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  account TEXT NOT NULL,
  party_id @INT NOT NULL DEFAULT 0,
  debit_fen @INT NOT NULL CHECK (debit_fen >= 0),
  credit_fen @INT NOT NULL CHECK (credit_fen >= 0),
  PRIMARY KEY (entry_id, n),
  CHECK ((debit_fen = 0) <> (credit_fen = 0))
);
CREATE INDEX ledger_line_account ON ledger_line(company_id, project_id, account, party_id);

-- Nothing is posted to a day up to and including until_day any more (结账)
CREATE TABLE ledger_lock (
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  until_day @INT NOT NULL,
  account_id @INT NOT NULL,
  at @INT NOT NULL,
  PRIMARY KEY (company_id, project_id)
);
