-- Upkeep: indexes for what was looked for row by row, turns for webhooks, a column that nothing ever used.

-- Where a room, a person or a facility goes because an import is taken back, or a bill because its run is made anew, the engine
-- asks every table that refers to it
CREATE INDEX bill_room ON bill(room_id);
CREATE INDEX complaint_room ON complaint(room_id) WHERE room_id IS NOT NULL;
CREATE INDEX facility_room ON facility(room_id) WHERE room_id IS NOT NULL;
CREATE INDEX facility_building ON facility(building_id) WHERE building_id IS NOT NULL;
CREATE INDEX fee_assign_of ON fee_assign(room_id);
CREATE INDEX fee_charge_room ON fee_charge(room_id);
CREATE INDEX fee_share_part_room ON fee_share_part(room_id);
CREATE INDEX meter_of_room ON meter(room_id);
CREATE INDEX room_code_room ON room_code(room_id);
CREATE INDEX room_transfer_of ON room_transfer(room_id);
CREATE INDEX room_transfer_to ON room_transfer_party(party_id);
CREATE INDEX pii_reveal_of ON pii_reveal(party_id);
CREATE INDEX unit_building ON unit(building_id);
CREATE INDEX maint_point_facility ON maint_point(facility_id);
CREATE INDEX facility_report_of ON facility_report(facility_id);
CREATE INDEX pay_order_bill_of ON pay_order_bill(bill_id);

-- Who may see a picture is asked from the picture; what somebody may do, from the account; whose a room is, from the room
CREATE INDEX complaint_file_file ON complaint_file(file_id);
CREATE INDEX notice_file_file ON notice_file(file_id);
CREATE INDEX party_room_room ON party_room(company_id, room_id);
CREATE INDEX binding_applied ON binding(company_id, project_id) WHERE state = 'applied';
CREATE INDEX role_grant_account ON role_grant(account_id);
CREATE INDEX technician_company ON technician(company_id);
CREATE INDEX login_log_page ON login_log(company_id, id);
CREATE INDEX session_family ON session(family_id);
CREATE INDEX facility_down_of ON facility_down(facility_id);

-- What is open, by all of the key: an index as long as that of everything was passed over for it
DROP INDEX repair_open;
CREATE INDEX repair_open ON repair(company_id, project_id, closed_at) WHERE closed_at = 0;
DROP INDEX pay_order_payer;
DROP INDEX pay_order_maker;
CREATE INDEX pay_order_payer ON pay_order(payer_id, id) WHERE payer_id > 0;
CREATE INDEX pay_order_maker ON pay_order(created_by, id) WHERE created_by > 0;

-- One delivery of a webhook at a time, and the webhook that has waited longest comes first. turn_at: when its last try ended;
-- in the future while one is under way (a lease). slow: its last answer was long in coming, so it waits among its like
ALTER TABLE webhook ADD COLUMN turn_at @INT NOT NULL DEFAULT 0;
ALTER TABLE webhook ADD COLUMN slow @INT NOT NULL DEFAULT 0;
CREATE INDEX webhook_turn ON webhook(slow, turn_at, id) WHERE enabled = 1;
DROP INDEX webhook_delivery_due;
CREATE INDEX webhook_delivery_due ON webhook_delivery(webhook_id, next_at, id) WHERE next_at > 0;

ALTER TABLE recon_run DROP COLUMN fee_entry_id;
