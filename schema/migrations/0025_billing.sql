-- Arrears of up to a year did not make the runs of monthly and quarterly items look back further than their own period.
UPDATE fee_item SET reach_days = 366 WHERE reach_days < 366
  AND id IN (SELECT l.item_id FROM bill b JOIN bill_line l ON l.bill_id = b.id WHERE b.run_id = 0);
