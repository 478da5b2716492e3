-- Arrears from before (历史欠费): a file that makes bills is applied by another person than the one who checked it.
-- asked_by: who asked for the last step; total_fen: what the good rows of a file with money add up to
ALTER TABLE import_task ADD COLUMN asked_by @INT NOT NULL DEFAULT 0;
ALTER TABLE import_task ADD COLUMN total_fen @INT NOT NULL DEFAULT 0;
-- late_from: the late fee counts from this day, if that is behind the due day; 0: from the due day
ALTER TABLE bill ADD COLUMN late_from @INT NOT NULL DEFAULT 0;
