-- Since when the owner is asked to confirm a repair: finished, and paid if it cost something. The time for rating and for
-- rework counts from there.
ALTER TABLE repair ADD COLUMN confirm_at @INT NOT NULL DEFAULT 0;
UPDATE repair SET confirm_at = finished_at WHERE state = 'await_confirm';

-- told 1: something was paid of the bill of an order that asks for nothing any more, and the books were told.
ALTER TABLE repair_bill ADD COLUMN told @INT NOT NULL DEFAULT 0;
