-- What reading the money paths again has asked for: who submitted a run, indexes for what grows, bills of nothing.

-- Whoever submits a run does not approve it, whoever started it (0: started by itself)
ALTER TABLE bill_run ADD COLUMN submitted_by @INT NOT NULL DEFAULT 0;

-- A bill of nothing is paid from the start: nobody can pay it
UPDATE bill SET state = 'paid', version = version + 1
  WHERE state = 'published' AND amount_fen = 0 AND late_fen = 0 AND paid_fen = 0;

CREATE INDEX refund_txn ON refund(txn_row_id) WHERE txn_row_id > 0;
CREATE INDEX recon_row_number ON recon_row(out_no, kind);
CREATE INDEX export_task_old ON export_task(done_at) WHERE state = 'done';
CREATE INDEX invoice_payment ON invoice(payment_id);
CREATE INDEX invoice_account ON invoice(company_id, account_id, id);
CREATE INDEX pay_order_payer ON pay_order(company_id, payer_id, id) WHERE payer_id > 0;
CREATE INDEX pay_order_maker ON pay_order(company_id, created_by, id) WHERE created_by > 0;
CREATE INDEX refund_done ON refund(company_id, done_at) WHERE state = 'success';
CREATE INDEX refund_cash ON refund(company_id, project_id) WHERE shift_id = 0 AND method = 'cash' AND state = 'success';
DROP INDEX ledger_entry_day; -- the first part of ledger_entry_order
