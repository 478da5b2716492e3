-- Projects, buildings, rooms, parking; the register of people (业主, 家庭成员, 租户, 公司), shares, field history, transfer.

-- Address down to the door number; address itself is what they make together. kinds: ',residential,retail,' (each between
-- commas); kind stays the first of them. closed_at: taken out of use (soft delete), 0: in use.
ALTER TABLE project ADD COLUMN province TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN city TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN district TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN street TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN door_number TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN kinds TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN year_built @INT NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN developer TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN phone TEXT NOT NULL DEFAULT '';
ALTER TABLE project ADD COLUMN parking_area_e4 @INT NOT NULL DEFAULT 0;
ALTER TABLE project ADD COLUMN green_area_e4 @INT NOT NULL DEFAULT 0;
UPDATE project SET kinds = ',' || kind || ',' WHERE kind <> '';

-- floors: storeys above ground; year: built in, 0 unknown
ALTER TABLE building ADD COLUMN kind TEXT NOT NULL DEFAULT 'residential';
ALTER TABLE building ADD COLUMN floors @INT NOT NULL DEFAULT 0;
ALTER TABLE building ADD COLUMN area_e4 @INT NOT NULL DEFAULT 0;
ALTER TABLE building ADD COLUMN year @INT NOT NULL DEFAULT 0;
ALTER TABLE building ADD COLUMN closed_at @INT NOT NULL DEFAULT 0;
ALTER TABLE unit ADD COLUMN floors @INT NOT NULL DEFAULT 0;
ALTER TABLE unit ADD COLUMN lift @INT NOT NULL DEFAULT 0;
ALTER TABLE unit ADD COLUMN version @INT NOT NULL DEFAULT 1;
ALTER TABLE unit ADD COLUMN closed_at @INT NOT NULL DEFAULT 0;

-- use: residence, shop, office, storage. state: unsold, sold, delivered, occupied, rented, vacant, decorating.
-- owned_from: first day of the present ownership; bills of periods that began before are the former owner's business. owned_at:
-- when it was handed over; what had been done with by then (repairs, money paid in advance) likewise.
ALTER TABLE room ADD COLUMN use TEXT NOT NULL DEFAULT 'residence';
ALTER TABLE room ADD COLUMN floor @INT NOT NULL DEFAULT 0;
ALTER TABLE room ADD COLUMN inner_area_e4 @INT NOT NULL DEFAULT 0;
ALTER TABLE room ADD COLUMN owned_from @INT NOT NULL DEFAULT 0;
ALTER TABLE room ADD COLUMN owned_at @INT NOT NULL DEFAULT 0;
ALTER TABLE room ADD COLUMN closed_at @INT NOT NULL DEFAULT 0;
CREATE INDEX room_building ON room(building_id, id);
CREATE INDEX room_unit ON room(unit_id) WHERE unit_id IS NOT NULL;

-- kind: underground, ground, mechanical, garage. holding: free, sold, rented; party_id/room_id: whose it is (0 nobody's),
-- until to_day when rented. norm: 'B1-23' as rooms are compared.
ALTER TABLE parking_space ADD COLUMN norm TEXT NOT NULL DEFAULT '';
ALTER TABLE parking_space ADD COLUMN zone TEXT NOT NULL DEFAULT '';
ALTER TABLE parking_space ADD COLUMN kind TEXT NOT NULL DEFAULT 'underground';
ALTER TABLE parking_space ADD COLUMN area_e4 @INT NOT NULL DEFAULT 0;
ALTER TABLE parking_space ADD COLUMN holding TEXT NOT NULL DEFAULT 'free';
ALTER TABLE parking_space ADD COLUMN room_id @INT NOT NULL DEFAULT 0;
ALTER TABLE parking_space ADD COLUMN party_id @INT NOT NULL DEFAULT 0;
ALTER TABLE parking_space ADD COLUMN to_day @INT NOT NULL DEFAULT 99991231;
CREATE INDEX parking_space_room ON parking_space(room_id) WHERE room_id > 0;
CREATE INDEX parking_space_party ON parking_space(party_id) WHERE party_id > 0;
CREATE INDEX parking_space_norm ON parking_space(company_id, project_id, norm);

-- The register: a person or company known to a project. *_enc AES-256-GCM, *_idx blind index, *_hint masked.
-- emergency_enc: name and phone of whom to call. erased_at: anonymised on the person's wish.
CREATE TABLE party (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  kind TEXT NOT NULL CHECK (kind IN ('person', 'company')),
  name TEXT NOT NULL,
  email_enc @BLOB,
  email_idx @BLOB,
  email_hint TEXT,
  idno_enc @BLOB,
  idno_idx @BLOB,
  idno_hint TEXT,
  wechat_enc @BLOB,
  wechat_hint TEXT,
  emergency_enc @BLOB,
  emergency_hint TEXT,
  note TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'closed')),
  erased_at @INT NOT NULL DEFAULT 0,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  changed_at @INT NOT NULL
);
CREATE INDEX party_project ON party(company_id, project_id, id);
CREATE INDEX party_name ON party(company_id, project_id, name);
CREATE INDEX party_email ON party(company_id, project_id, email_idx);
CREATE INDEX party_idno ON party(company_id, project_id, idno_idx);

-- One number names one person of a project; n = 1 is the one that is called first
CREATE TABLE party_phone (
  party_id @INT NOT NULL REFERENCES party(id),
  n @INT NOT NULL,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  label TEXT NOT NULL DEFAULT '',
  phone_enc @BLOB NOT NULL,
  phone_idx @BLOB NOT NULL,
  phone_hint TEXT NOT NULL,
  PRIMARY KEY (party_id, n),
  UNIQUE (company_id, phone_idx, project_id)
);

-- Who has to do with a room, from when until when (both days count). A share of n/d; 0/1: none said.
CREATE TABLE party_room (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  party_id @INT NOT NULL REFERENCES party(id),
  room_id @INT NOT NULL REFERENCES room(id),
  role TEXT NOT NULL CHECK (role IN ('owner', 'co_owner', 'family', 'tenant', 'staff')),
  share_n @INT NOT NULL DEFAULT 0 CHECK (share_n >= 0),
  share_d @INT NOT NULL DEFAULT 1 CHECK (share_d > 0),
  from_day @INT NOT NULL,
  to_day @INT NOT NULL DEFAULT 99991231,
  pays @INT NOT NULL DEFAULT 0,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  changed_at @INT NOT NULL,
  UNIQUE (room_id, party_id, role, from_day),
  CHECK (share_n <= share_d AND to_day >= from_day)
);
CREATE INDEX party_room_party ON party_room(party_id, to_day);
CREATE INDEX party_room_begin ON party_room(from_day);

-- A list's conditions kept under a name; query: JSON as the list takes them (phones and e-mails are not kept)
CREATE TABLE owner_filter (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  account_id @INT NOT NULL REFERENCES account(id),
  name TEXT NOT NULL,
  query TEXT NOT NULL,
  created_at @INT NOT NULL,
  UNIQUE (account_id, project_id, name)
);

-- Field by field: who changed what, when, why, from what to what; personal data masked. Only ever inserted.
CREATE TABLE field_change (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  object TEXT NOT NULL CHECK (object IN ('project', 'building', 'unit', 'room', 'parking', 'party', 'party_room')),
  object_id @INT NOT NULL,
  version @INT NOT NULL,
  field TEXT NOT NULL,
  before TEXT,
  after TEXT,
  reason TEXT NOT NULL DEFAULT '',
  account_id @INT NOT NULL,
  at @INT NOT NULL
);
CREATE INDEX field_change_object ON field_change(company_id, object, object_id, id);

-- Personal data shown in clear: who looked at what, and why
CREATE TABLE pii_reveal (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  account_id @INT NOT NULL REFERENCES account(id),
  party_id @INT NOT NULL REFERENCES party(id),
  field TEXT NOT NULL,
  reason TEXT NOT NULL,
  at @INT NOT NULL
);
CREATE INDEX pii_reveal_account ON pii_reveal(account_id, at);
CREATE INDEX pii_reveal_party ON pii_reveal(company_id, party_id, id);

-- A room changes hands (过户). day: first day of the new owner. prepaid: what becomes of the money paid in advance: it stays
-- with the room, is set aside (suspense) and paid back (back_*), or goes to another room of the old owner (prepaid_room_id).
CREATE TABLE room_transfer (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  room_id @INT NOT NULL REFERENCES room(id),
  day @INT NOT NULL,
  state TEXT NOT NULL CHECK (state IN ('planned', 'done', 'cancelled')),
  end_family @INT NOT NULL DEFAULT 1,
  end_tenants @INT NOT NULL DEFAULT 0,
  prepaid TEXT NOT NULL CHECK (prepaid IN ('stay', 'refund', 'transfer')),
  prepaid_fen @INT NOT NULL DEFAULT 0,
  open_bills @INT NOT NULL DEFAULT 0,
  open_fen @INT NOT NULL DEFAULT 0,
  prepaid_room_id @INT NOT NULL DEFAULT 0,
  entry_id @INT NOT NULL DEFAULT 0,
  back_method TEXT NOT NULL DEFAULT '' CHECK (back_method IN ('', 'cash', 'transfer')),
  back_voucher TEXT NOT NULL DEFAULT '',
  back_entry_id @INT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL,
  problem TEXT NOT NULL DEFAULT '',
  account_id @INT NOT NULL,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  done_at @INT NOT NULL DEFAULT 0
);
CREATE INDEX room_transfer_due ON room_transfer(day, id) WHERE state = 'planned';
CREATE INDEX room_transfer_room ON room_transfer(company_id, room_id, id);
CREATE UNIQUE INDEX room_transfer_one ON room_transfer(room_id) WHERE state = 'planned';
-- The new owners of a transfer
CREATE TABLE room_transfer_party (
  transfer_id @INT NOT NULL REFERENCES room_transfer(id),
  party_id @INT NOT NULL REFERENCES party(id),
  company_id @INT NOT NULL,
  role TEXT NOT NULL CHECK (role IN ('owner', 'co_owner')),
  share_n @INT NOT NULL DEFAULT 0,
  share_d @INT NOT NULL DEFAULT 1,
  pays @INT NOT NULL DEFAULT 0,
  PRIMARY KEY (transfer_id, party_id)
);

-- A resident wants the account gone: what was asked, what became of it
CREATE TABLE account_closing (
  id @ID,
  company_id @INT NOT NULL,
  account_id @INT NOT NULL REFERENCES account(id),
  state TEXT NOT NULL CHECK (state IN ('contact_only', 'done')),
  reason TEXT NOT NULL DEFAULT '',
  at @INT NOT NULL
);
CREATE INDEX account_closing_account ON account_closing(account_id, id);

-- party_id: the register's entry that let the account in; since_day: a tenant's lease, nothing older is shown to them
ALTER TABLE binding ADD COLUMN party_id @INT NOT NULL DEFAULT 0;
ALTER TABLE binding ADD COLUMN since_day @INT NOT NULL DEFAULT 0;
CREATE INDEX binding_party ON binding(party_id) WHERE party_id > 0;
CREATE INDEX binding_room ON binding(room_id, state);

-- party_id: whose the money is, also before that person has an account (payer_id 0)
ALTER TABLE fee_liable ADD COLUMN party_id @INT NOT NULL DEFAULT 0;
ALTER TABLE bill ADD COLUMN party_id @INT NOT NULL DEFAULT 0;
CREATE INDEX fee_liable_party ON fee_liable(party_id) WHERE party_id > 0;
CREATE INDEX bill_party ON bill(party_id) WHERE party_id > 0;
CREATE INDEX bill_payer ON bill(payer_id, id) WHERE payer_id > 0;
