-- People, property, sessions. Times: unix ms UTC. Days: yyyymmdd in Asia/Shanghai. Areas: 1/10000 m2. Money: fen.
-- *_enc columns are AES-256-GCM blobs (crypto.h), *_idx their keyed blind indexes, *_hint the masked form.
-- project_id 0 in a grant means the whole company. Every tenant table carries company_id.

CREATE TABLE company (
  id @ID,
  code TEXT NOT NULL UNIQUE,
  name TEXT NOT NULL,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'closed')),
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL
);

CREATE TABLE project (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  address TEXT NOT NULL,
  kind TEXT NOT NULL DEFAULT 'residential',
  land_area_e4 @INT NOT NULL DEFAULT 0,
  building_area_e4 @INT NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'closed')),
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  UNIQUE (company_id, code)
);

CREATE TABLE building (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  name TEXT NOT NULL,
  norm TEXT NOT NULL,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  UNIQUE (company_id, project_id, norm)
);

CREATE TABLE unit (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  building_id @INT NOT NULL REFERENCES building(id),
  name TEXT NOT NULL,
  norm TEXT NOT NULL,
  created_at @INT NOT NULL,
  UNIQUE (company_id, project_id, building_id, norm)
);

-- norm is the comparable form of the human name: "3-2-1502" for 3栋2单元1502室 (estate_norm.c)
CREATE TABLE room (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  building_id @INT NOT NULL REFERENCES building(id),
  unit_id @INT REFERENCES unit(id),
  name TEXT NOT NULL,
  full_name TEXT NOT NULL,
  norm TEXT NOT NULL,
  layout TEXT NOT NULL DEFAULT '',
  area_e4 @INT NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'delivered',
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  UNIQUE (company_id, project_id, norm)
);

CREATE TABLE account (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  kind TEXT NOT NULL CHECK (kind IN ('staff', 'resident')),
  login TEXT,
  name TEXT NOT NULL,
  phone_enc @BLOB,
  phone_idx @BLOB,
  phone_hint TEXT,
  email_enc @BLOB,
  email_idx @BLOB,
  email_hint TEXT,
  password TEXT,
  password_at @INT NOT NULL DEFAULT 0,
  must_change @INT NOT NULL DEFAULT 0,
  state TEXT NOT NULL DEFAULT 'active' CHECK (state IN ('active', 'disabled')),
  failed @INT NOT NULL DEFAULT 0,
  failed_at @INT NOT NULL DEFAULT 0,
  lock_level @INT NOT NULL DEFAULT 0,
  locked_until @INT NOT NULL DEFAULT 0,
  english @INT NOT NULL DEFAULT 0,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  UNIQUE (company_id, login),
  UNIQUE (company_id, kind, phone_idx)
);
CREATE INDEX account_email ON account(company_id, email_idx);

CREATE TABLE account_password (
  account_id @INT NOT NULL REFERENCES account(id),
  at @INT NOT NULL,
  password TEXT NOT NULL,
  PRIMARY KEY (account_id, at)
);

CREATE TABLE role_grant (
  id @ID,
  company_id @INT NOT NULL,
  account_id @INT NOT NULL REFERENCES account(id),
  role TEXT NOT NULL,
  project_id @INT NOT NULL DEFAULT 0,
  created_by @INT NOT NULL DEFAULT 0,
  created_at @INT NOT NULL,
  UNIQUE (company_id, account_id, role, project_id)
);
CREATE INDEX role_grant_project ON role_grant(company_id, project_id, role);

CREATE TABLE binding (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL REFERENCES project(id),
  room_id @INT NOT NULL REFERENCES room(id),
  account_id @INT NOT NULL REFERENCES account(id),
  role TEXT NOT NULL CHECK (role IN ('owner', 'family', 'tenant')),
  state TEXT NOT NULL CHECK (state IN ('applied', 'active', 'rejected', 'revoked')),
  source TEXT NOT NULL CHECK (source IN ('register', 'match', 'approved')),
  expires_at @INT NOT NULL DEFAULT 0,
  decided_by @INT NOT NULL DEFAULT 0,
  reason TEXT NOT NULL DEFAULT '',
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  changed_at @INT NOT NULL,
  UNIQUE (company_id, room_id, account_id)
);
CREATE INDEX binding_account ON binding(account_id, state);
CREATE INDEX binding_expiry ON binding(state, expires_at);

CREATE TABLE identity (
  id @ID,
  company_id @INT NOT NULL,
  account_id @INT NOT NULL REFERENCES account(id),
  provider TEXT NOT NULL CHECK (provider IN ('wechat', 'alipay')),
  appid TEXT NOT NULL,
  openid TEXT NOT NULL,
  created_at @INT NOT NULL,
  UNIQUE (company_id, provider, appid, openid)
);
CREATE INDEX identity_account ON identity(account_id);

CREATE TABLE session (
  id @ID,
  company_id @INT NOT NULL,
  account_id @INT NOT NULL REFERENCES account(id),
  token_hash @BLOB NOT NULL UNIQUE,
  family_id @INT NOT NULL,
  project_id @INT NOT NULL DEFAULT 0,
  platform TEXT NOT NULL DEFAULT '',
  device TEXT NOT NULL DEFAULT '',
  ip TEXT NOT NULL DEFAULT '',
  user_agent TEXT NOT NULL DEFAULT '',
  created_at @INT NOT NULL,
  last_at @INT NOT NULL,
  expires_at @INT NOT NULL,
  ends_at @INT NOT NULL
);
CREATE INDEX session_account ON session(account_id, created_at);
CREATE INDEX session_end ON session(expires_at);

-- Remember-me: single use, rotated; a second use of one revokes the family (a copy is in the wild)
CREATE TABLE refresh_token (
  id @ID,
  company_id @INT NOT NULL,
  account_id @INT NOT NULL REFERENCES account(id),
  family_id @INT NOT NULL,
  hash @BLOB NOT NULL UNIQUE,
  device TEXT NOT NULL,
  platform TEXT NOT NULL,
  created_at @INT NOT NULL,
  expires_at @INT NOT NULL,
  used_at @INT NOT NULL DEFAULT 0,
  revoked_at @INT NOT NULL DEFAULT 0
);
CREATE INDEX refresh_family ON refresh_token(family_id);
CREATE INDEX refresh_account ON refresh_token(account_id);

-- One-time codes by SMS or mail; only their MAC is kept. target_idx: blind index of phone or address
CREATE TABLE login_code (
  id @ID,
  company_id @INT NOT NULL,
  purpose TEXT NOT NULL CHECK (purpose IN ('login', 'recover', 'phone')),
  channel TEXT NOT NULL CHECK (channel IN ('sms', 'mail')),
  target_idx @BLOB NOT NULL,
  account_id @INT NOT NULL DEFAULT 0,
  code_mac @BLOB NOT NULL,
  ip TEXT NOT NULL,
  device TEXT NOT NULL,
  tries @INT NOT NULL DEFAULT 0,
  used_at @INT NOT NULL DEFAULT 0,
  expires_at @INT NOT NULL,
  created_at @INT NOT NULL
);
CREATE INDEX login_code_target ON login_code(company_id, target_idx, created_at);
CREATE INDEX login_code_ip ON login_code(ip, created_at);
CREATE INDEX login_code_device ON login_code(device, created_at);
CREATE INDEX login_code_day ON login_code(company_id, created_at);

CREATE TABLE login_log (
  id @ID,
  company_id @INT NOT NULL,
  account_id @INT NOT NULL DEFAULT 0,
  how TEXT NOT NULL,
  ok @INT NOT NULL,
  reason TEXT NOT NULL DEFAULT '',
  ip TEXT NOT NULL,
  device TEXT NOT NULL,
  user_agent TEXT NOT NULL,
  at @INT NOT NULL
);
CREATE INDEX login_log_account ON login_log(company_id, account_id, at);
CREATE INDEX login_log_ip ON login_log(ip, at);

CREATE TABLE live_ticket (
  hash @BLOB NOT NULL PRIMARY KEY,
  company_id @INT NOT NULL,
  account_id @INT NOT NULL,
  session_id @INT NOT NULL,
  expires_at @INT NOT NULL
);
CREATE INDEX live_ticket_end ON live_ticket(expires_at);

-- What was changed, by whom, from what to what. Rows are only ever inserted; a job seals them in batches
-- with a hash chain per company, so that a changed, removed or swapped row is found.
CREATE TABLE audit (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL DEFAULT 0,
  account_id @INT NOT NULL DEFAULT 0,
  action TEXT NOT NULL,
  object TEXT NOT NULL,
  object_id @INT NOT NULL,
  before TEXT,
  after TEXT,
  ip TEXT NOT NULL,
  request_id TEXT NOT NULL,
  at @INT NOT NULL
);
CREATE INDEX audit_object ON audit(company_id, object, object_id);
CREATE TABLE audit_seal (
  company_id @INT NOT NULL,
  n @INT NOT NULL,
  audit_id @INT NOT NULL UNIQUE,
  hash @BLOB NOT NULL,
  PRIMARY KEY (company_id, n)
);

CREATE TABLE file (
  id @ID,
  company_id @INT NOT NULL,
  account_id @INT NOT NULL,
  name TEXT NOT NULL,
  kind TEXT NOT NULL,
  stored TEXT NOT NULL UNIQUE,
  bytes @INT NOT NULL,
  width @INT NOT NULL DEFAULT 0,
  height @INT NOT NULL DEFAULT 0,
  sha256 @BLOB NOT NULL,
  object TEXT NOT NULL DEFAULT '',
  object_id @INT NOT NULL DEFAULT 0,
  created_at @INT NOT NULL
);
CREATE INDEX file_account ON file(account_id, created_at);
CREATE INDEX file_object ON file(company_id, object, object_id);

-- Messages to people (短信, 订阅消息, 邮件): one row a message and channel; dedup makes sending idempotent
CREATE TABLE message (
  id @ID,
  company_id @INT NOT NULL,
  account_id @INT NOT NULL DEFAULT 0,
  channel TEXT NOT NULL CHECK (channel IN ('sms', 'mail', 'wechat', 'alipay')),
  kind TEXT NOT NULL,
  dedup TEXT NOT NULL,
  payload_enc @BLOB NOT NULL,
  state TEXT NOT NULL DEFAULT 'pending' CHECK (state IN ('pending', 'sending', 'sent', 'suppressed', 'dead')),
  attempts @INT NOT NULL DEFAULT 0,
  next_at @INT NOT NULL,
  give_up_at @INT NOT NULL,
  error TEXT NOT NULL DEFAULT '',
  provider_ref TEXT NOT NULL DEFAULT '',
  created_at @INT NOT NULL,
  sent_at @INT NOT NULL DEFAULT 0,
  UNIQUE (company_id, dedup)
);
CREATE INDEX message_due ON message(state, next_at);

-- One tap on "允许" = one subscribe message of a template
CREATE TABLE message_quota (
  account_id @INT NOT NULL REFERENCES account(id),
  provider TEXT NOT NULL,
  template TEXT NOT NULL,
  left_n @INT NOT NULL,
  PRIMARY KEY (account_id, provider, template)
);
