-- What a room has prepaid, found by the room.
CREATE INDEX payment_prepaid ON payment(prepaid_room_id) WHERE prepaid_room_id > 0;
-- Prepaid money of a former owner that waits to be handed out.
CREATE INDEX room_transfer_back ON room_transfer(company_id, project_id, id)
  WHERE state = 'done' AND prepaid = 'refund' AND prepaid_fen > 0 AND back_entry_id = 0;
