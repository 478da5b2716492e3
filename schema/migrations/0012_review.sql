-- What reading the money paths again has asked for: who submitted a run, indexes for what grows, bills of nothing.

-- Whoever submits a run does not approve it, whoever started it (0: started by itself)
ALTER TABLE bill_run ADD COLUMN submitted_by @INT NOT NULL DEFAULT 0;

-- A bill of nothing is paid from the start: nobody can pay it
UPDATE bill SET state = 'paid', version = version + 1
  WHERE state = 'published' AND amount_fen = 0 AND late_fen = 0 AND paid_fen = 0;
