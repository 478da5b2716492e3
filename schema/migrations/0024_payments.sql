-- What a room has prepaid, found by the room.
CREATE INDEX payment_prepaid ON payment(prepaid_room_id) WHERE prepaid_room_id > 0;
