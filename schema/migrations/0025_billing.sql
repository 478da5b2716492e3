-- Arrears of up to a year did not make the runs of monthly and quarterly items look back further than their own period.
UPDATE fee_item SET reach_days = 366 WHERE reach_days < 366
  AND id IN (SELECT l.item_id FROM bill b JOIN bill_line l ON l.bill_id = b.id WHERE b.run_id = 0);

-- What was assigned from an earlier day than it was already went on beyond that: until the day before (yyyymmdd, less one day).
UPDATE fee_assign SET to_day = (SELECT CASE WHEN y.n % 100 > 1 THEN y.n - 1 WHEN y.n / 100 % 100 = 1 THEN y.n - 8870
    WHEN y.n / 100 % 100 = 3 THEN y.n - 73 + CASE WHEN y.n / 10000 % 4 = 0 AND y.n / 10000 % 100 > 0 THEN 1 ELSE 0 END
    WHEN y.n / 100 % 100 IN (5, 7, 10, 12) THEN y.n - 71 ELSE y.n - 70 END
    FROM (SELECT MIN(x.from_day) AS n FROM fee_assign x WHERE x.item_id = fee_assign.item_id
      AND x.room_id = fee_assign.room_id AND x.ref_id = fee_assign.ref_id AND x.from_day > fee_assign.from_day) y)
  WHERE EXISTS (SELECT 1 FROM fee_assign z WHERE z.item_id = fee_assign.item_id AND z.room_id = fee_assign.room_id
    AND z.ref_id = fee_assign.ref_id AND z.from_day > fee_assign.from_day AND z.from_day <= fee_assign.to_day);

-- upheld 0: nothing was wrong with the bill, and the days of the dispute cost.
ALTER TABLE bill_dispute ADD COLUMN upheld @INT NOT NULL DEFAULT 1;
