-- What joins money to the other modules: the bill a charged repair makes.

-- open: the order still waits for its bill, or the bill for what becomes of the order
CREATE TABLE repair_bill (
  repair_id @INT NOT NULL REFERENCES repair(id),
  version @INT NOT NULL,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  bill_id @INT NOT NULL REFERENCES bill(id),
  open @INT NOT NULL DEFAULT 1,
  PRIMARY KEY (repair_id, version)
) @KV;
CREATE INDEX repair_bill_open ON repair_bill(bill_id) WHERE open = 1;
CREATE INDEX repair_bill_of ON repair_bill(bill_id);
