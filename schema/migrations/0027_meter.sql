-- The day as of which a reading counts; 0: its own. What is read on the day after a period's last counts in that period; when it
-- was billed before a swap or a handover of that day was entered, in the next one: as of the day after.
ALTER TABLE meter_reading ADD COLUMN counts_on @INT NOT NULL DEFAULT 0;
