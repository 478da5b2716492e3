-- Daily reconciliation (对账): what a channel's bill of a day says against what we booked.

CREATE TABLE recon_run (
  id @ID,
  company_id @INT NOT NULL,
  merchant_id @INT NOT NULL REFERENCES merchant(id),
  day @INT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('waiting', 'matched', 'done', 'failed')),
  rounds @INT NOT NULL DEFAULT 0,
  pays @INT NOT NULL DEFAULT 0,
  pay_fen @INT NOT NULL DEFAULT 0,
  refunds @INT NOT NULL DEFAULT 0,
  refund_fen @INT NOT NULL DEFAULT 0,
  fee_e5 @INT NOT NULL DEFAULT 0,
  our_pays @INT NOT NULL DEFAULT 0,
  our_pay_fen @INT NOT NULL DEFAULT 0,
  our_refunds @INT NOT NULL DEFAULT 0,
  our_refund_fen @INT NOT NULL DEFAULT 0,
  open_items @INT NOT NULL DEFAULT 0,
  fee_entry_id @INT NOT NULL DEFAULT 0,
  tries @INT NOT NULL DEFAULT 0,
  next_at @INT NOT NULL DEFAULT 0,
  note TEXT NOT NULL DEFAULT '',
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  done_at @INT NOT NULL DEFAULT 0,
  UNIQUE (company_id, merchant_id, day)
);
CREATE INDEX recon_run_next ON recon_run(next_at) WHERE next_at > 0;

-- The channel's rows of the day, loaded anew with every round
CREATE TABLE recon_row (
  run_id @INT NOT NULL REFERENCES recon_run(id),
  kind TEXT NOT NULL CHECK (kind IN ('pay', 'refund')),
  out_no TEXT NOT NULL,
  txn_id TEXT NOT NULL,
  company_id @INT NOT NULL,
  amount_fen @INT NOT NULL,
  fee_e5 @INT NOT NULL,
  at @INT NOT NULL,
  PRIMARY KEY (run_id, kind, out_no, txn_id)
);

-- Differences; number: out_trade_no or out_refund_no. One row a difference, however often the day is run
CREATE TABLE recon_item (
  id @ID,
  company_id @INT NOT NULL,
  run_id @INT NOT NULL REFERENCES recon_run(id),
  merchant_id @INT NOT NULL,
  day @INT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('channel_only', 'local_only', 'amount', 'refund_channel_only', 'refund_local_only',
    'refund_amount', 'duplicate')),
  number TEXT NOT NULL,
  txn_id TEXT NOT NULL DEFAULT '',
  channel_fen @INT NOT NULL DEFAULT 0,
  our_fen @INT NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'open' CHECK (state IN ('open', 'auto_resolved', 'closed', 'escalated')),
  reason TEXT NOT NULL DEFAULT '',
  closed_by @INT NOT NULL DEFAULT 0,
  created_at @INT NOT NULL,
  closed_at @INT NOT NULL DEFAULT 0,
  UNIQUE (run_id, kind, number, txn_id)
);
CREATE INDEX recon_item_open ON recon_item(company_id, state, id);
