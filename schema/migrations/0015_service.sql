-- Complaints and suggestions (投诉建议), notices (公告), message templates, preferences, delivery.

-- ---- messages: the table is built anew because a CHECK cannot be changed in place ----
-- plan: what is tried when this channel fails, e.g. 'sms,mail'. reason: why it was suppressed (quota, blacklist, throttle,
-- quiet, preference, no_address, no_template). to_hint is masked, to_idx the blind index the log is searched by. secret: the
-- log does not say to whom (what it is about was told anonymously)
CREATE TABLE message_new (
  id @ID,
  company_id @INT NOT NULL,
  project_id @INT NOT NULL DEFAULT 0,
  account_id @INT NOT NULL DEFAULT 0,
  channel TEXT NOT NULL CHECK (channel IN ('sms', 'mail', 'wechat', 'alipay')),
  kind TEXT NOT NULL,
  dedup TEXT NOT NULL,
  payload_enc @BLOB NOT NULL,
  to_hint TEXT NOT NULL DEFAULT '',
  to_idx @BLOB,
  urgent @INT NOT NULL DEFAULT 0,
  secret @INT NOT NULL DEFAULT 0,
  plan TEXT NOT NULL DEFAULT '',
  state TEXT NOT NULL DEFAULT 'pending'
    CHECK (state IN ('pending', 'sending', 'sent', 'delivered', 'suppressed', 'dead', 'discarded')),
  reason TEXT NOT NULL DEFAULT '',
  attempts @INT NOT NULL DEFAULT 0,
  next_at @INT NOT NULL,
  give_up_at @INT NOT NULL,
  error TEXT NOT NULL DEFAULT '',
  provider TEXT NOT NULL DEFAULT '',
  provider_ref TEXT NOT NULL DEFAULT '',
  ask_at @INT NOT NULL DEFAULT 0,
  created_at @INT NOT NULL,
  sent_at @INT NOT NULL DEFAULT 0,
  delivered_at @INT NOT NULL DEFAULT 0,
  UNIQUE (company_id, dedup)
);
INSERT INTO message_new(id, company_id, account_id, channel, kind, dedup, payload_enc, state, attempts, next_at, give_up_at,
  error, provider_ref, created_at, sent_at)
  SELECT id, company_id, account_id, channel, kind, dedup, payload_enc, state, attempts, next_at, give_up_at, error,
  provider_ref, created_at, sent_at FROM message;
DROP TABLE message;
ALTER TABLE message_new RENAME TO message;
CREATE INDEX message_due ON message(urgent DESC, next_at, id) WHERE state IN ('pending', 'sending');
CREATE INDEX message_next ON message(next_at) WHERE state IN ('pending', 'sending');
-- when the SMS provider is asked what became of it; 0: never again
CREATE INDEX message_ask ON message(ask_at) WHERE ask_at > 0;
CREATE INDEX message_log ON message(company_id, id);
CREATE INDEX message_of ON message(account_id, kind, created_at);

-- Every grant (+) and use (-) of a subscribe message; message_quota.left_n is their sum
CREATE TABLE message_quota_move (
  id @ID,
  account_id @INT NOT NULL REFERENCES account(id),
  provider TEXT NOT NULL,
  template TEXT NOT NULL,
  n @INT NOT NULL,
  left_n @INT NOT NULL,
  at @INT NOT NULL
);
CREATE INDEX message_quota_move_of ON message_quota_move(account_id, id);

-- A company's own words for a kind; without a row the built-in ones hold. provider_template: the approved template's id at
-- the SMS or mini-program platform; for wechat and alipay the body has lines "key=text"
CREATE TABLE message_template (
  company_id @INT NOT NULL REFERENCES company(id),
  kind TEXT NOT NULL,
  channel TEXT NOT NULL CHECK (channel IN ('inapp', 'sms', 'mail', 'wechat', 'alipay')),
  lang TEXT NOT NULL CHECK (lang IN ('zh', 'en')),
  subject TEXT NOT NULL DEFAULT '',
  body TEXT NOT NULL,
  provider_template TEXT NOT NULL DEFAULT '',
  version @INT NOT NULL DEFAULT 1,
  changed_by @INT NOT NULL,
  changed_at @INT NOT NULL,
  PRIMARY KEY (company_id, kind, channel, lang)
) @KV;

-- What a person does not want; without a row: wanted
CREATE TABLE message_pref (
  account_id @INT NOT NULL REFERENCES account(id),
  kind TEXT NOT NULL,
  channel TEXT NOT NULL,
  wanted @INT NOT NULL,
  PRIMARY KEY (account_id, kind, channel)
) @KV;

-- Numbers and addresses nothing is sent to (黑名单)
CREATE TABLE message_block (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  to_idx @BLOB NOT NULL,
  to_hint TEXT NOT NULL,
  reason TEXT NOT NULL,
  created_by @INT NOT NULL,
  created_at @INT NOT NULL,
  UNIQUE (company_id, to_idx)
);

-- quiet_from, quiet_to: minutes of the day between which nobody is disturbed (22:00 to 8:00); equal: no quiet hours.
-- hourly: messages of one kind and channel to one person within an hour
CREATE TABLE message_setting (
  company_id @INT PRIMARY KEY REFERENCES company(id),
  quiet_from @INT NOT NULL,
  quiet_to @INT NOT NULL,
  hourly @INT NOT NULL,
  version @INT NOT NULL DEFAULT 1
);

-- The inbox inside the application (站内信)
CREATE TABLE notification (
  id @ID,
  company_id @INT NOT NULL,
  account_id @INT NOT NULL REFERENCES account(id),
  kind TEXT NOT NULL,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  object TEXT NOT NULL DEFAULT '',
  object_id @INT NOT NULL DEFAULT 0,
  urgent @INT NOT NULL DEFAULT 0,
  dedup TEXT NOT NULL,
  read_at @INT NOT NULL DEFAULT 0,
  created_at @INT NOT NULL,
  UNIQUE (account_id, dedup)
);
CREATE INDEX notification_of ON notification(account_id, id);
CREATE INDEX notification_unread ON notification(account_id) WHERE read_at = 0;

-- ---- complaints ----
-- Categories are built in (service, facility, environment, security, fee, other); a row changes one or adds another
CREATE TABLE complaint_category (
  company_id @INT NOT NULL REFERENCES company(id),
  code TEXT NOT NULL,
  name TEXT NOT NULL,
  due_h @INT NOT NULL CHECK (due_h > 0),
  enabled @INT NOT NULL DEFAULT 1,
  version @INT NOT NULL DEFAULT 1,
  PRIMARY KEY (company_id, code)
) @KV;
-- Who is told of a new one by mail and SMS; project_id 0: in every project
CREATE TABLE complaint_manager (
  company_id @INT NOT NULL REFERENCES company(id),
  code TEXT NOT NULL,
  project_id @INT NOT NULL DEFAULT 0,
  account_id @INT NOT NULL REFERENCES account(id),
  PRIMARY KEY (company_id, code, project_id, account_id)
) @KV;

CREATE TABLE complaint_number (
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  day @INT NOT NULL,
  n @INT NOT NULL,
  PRIMARY KEY (company_id, project_id, day)
) @KV;

-- reporter_id: the resident whose complaint it is, 0 a caller without an account; entered_by: the desk that wrote it down.
-- anonymous hides reporter, contact and room from everybody but the auditor. level: how often it went to a superior;
-- escalation: 0, 1, 2 by being overdue. due_at: deadline; tick_at: when a job has to look again, 0 never
CREATE TABLE complaint (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL REFERENCES project(id),
  number TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('complaint', 'suggestion', 'inquiry', 'praise')),
  category TEXT NOT NULL,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  urgency TEXT NOT NULL CHECK (urgency IN ('low', 'normal', 'high', 'emergency')),
  channel TEXT NOT NULL CHECK (channel IN ('owner', 'staff', 'phone')),
  state TEXT NOT NULL CHECK (state IN ('new', 'classified', 'assigned', 'in_progress', 'resolved', 'reopened', 'closed',
    'merged', 'withdrawn')),
  version @INT NOT NULL,
  room_id @INT REFERENCES room(id),
  building_id @INT NOT NULL DEFAULT 0,
  place TEXT NOT NULL DEFAULT '',
  reporter_id @INT NOT NULL DEFAULT 0,
  entered_by @INT NOT NULL DEFAULT 0,
  anonymous @INT NOT NULL DEFAULT 0,
  contact_name TEXT NOT NULL DEFAULT '',
  contact_enc @BLOB,
  contact_hint TEXT NOT NULL DEFAULT '',
  accused_id @INT NOT NULL DEFAULT 0,
  handler_id @INT NOT NULL DEFAULT 0,
  department TEXT NOT NULL DEFAULT '',
  level @INT NOT NULL DEFAULT 0,
  escalation @INT NOT NULL DEFAULT 0,
  reopened @INT NOT NULL DEFAULT 0,
  due_at @INT NOT NULL,
  tick_at @INT NOT NULL,
  result TEXT NOT NULL DEFAULT '',
  stars @INT NOT NULL DEFAULT 0 CHECK (stars BETWEEN 0 AND 5),
  rating_text TEXT NOT NULL DEFAULT '',
  merged_into @INT NOT NULL DEFAULT 0,
  repair_id @INT NOT NULL DEFAULT 0,
  bill_id @INT NOT NULL DEFAULT 0,
  dispute_id @INT NOT NULL DEFAULT 0,
  answered_at @INT NOT NULL DEFAULT 0,
  resolved_at @INT NOT NULL DEFAULT 0,
  closed_at @INT NOT NULL DEFAULT 0,
  created_at @INT NOT NULL,
  UNIQUE (company_id, number)
);
CREATE INDEX complaint_board ON complaint(company_id, project_id, id);
CREATE INDEX complaint_mine ON complaint(reporter_id, id) WHERE reporter_id > 0;
CREATE INDEX complaint_handler ON complaint(handler_id, id) WHERE handler_id > 0;
CREATE INDEX complaint_held ON complaint(handler_id) WHERE handler_id > 0 AND state IN ('assigned', 'in_progress');
CREATE INDEX complaint_tick ON complaint(tick_at) WHERE tick_at > 0;

-- The history; n of the last one is the complaint's version
CREATE TABLE complaint_event (
  complaint_id @INT NOT NULL REFERENCES complaint(id),
  n @INT NOT NULL,
  company_id @INT NOT NULL,
  at @INT NOT NULL,
  actor_id @INT NOT NULL,
  actor_name TEXT NOT NULL,
  by_owner @INT NOT NULL,
  event TEXT NOT NULL,
  from_state TEXT NOT NULL,
  to_state TEXT NOT NULL,
  handler_id @INT NOT NULL,
  internal @INT NOT NULL,
  note TEXT NOT NULL,
  PRIMARY KEY (complaint_id, n)
) @KV;
CREATE TABLE complaint_file (
  complaint_id @INT NOT NULL REFERENCES complaint(id),
  file_id @INT NOT NULL REFERENCES file(id),
  company_id @INT NOT NULL,
  stage TEXT NOT NULL CHECK (stage IN ('report', 'progress', 'evidence')),
  internal @INT NOT NULL DEFAULT 0,
  at @INT NOT NULL,
  PRIMARY KEY (complaint_id, file_id)
) @KV;

-- ---- notices ----
-- project_id 0: for every project of the company. audience: 'company', 'project', 'buildings', 'rooms'; roles: which people
-- of it, a comma list of owner, family, tenant, staff. publish_at, expire_at: 0 at once, never
CREATE TABLE notice (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL DEFAULT 0,
  title TEXT NOT NULL,
  text TEXT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('common', 'important', 'emergency')),
  audience TEXT NOT NULL CHECK (audience IN ('company', 'project', 'buildings', 'rooms')),
  for_owner @INT NOT NULL,
  for_family @INT NOT NULL,
  for_tenant @INT NOT NULL,
  for_staff @INT NOT NULL,
  pinned @INT NOT NULL DEFAULT 0,
  state TEXT NOT NULL CHECK (state IN ('draft', 'scheduled', 'published', 'withdrawn')),
  publish_at @INT NOT NULL DEFAULT 0,
  expire_at @INT NOT NULL DEFAULT 0,
  published_at @INT NOT NULL DEFAULT 0,
  push_at @INT NOT NULL DEFAULT 0,
  push_after @INT NOT NULL DEFAULT 0,
  pushed @INT NOT NULL DEFAULT 0,
  pushed_at @INT NOT NULL DEFAULT 0,
  tick_at @INT NOT NULL DEFAULT 0,
  created_by @INT NOT NULL,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL
);
CREATE INDEX notice_list ON notice(company_id, id);
CREATE INDEX notice_tick ON notice(tick_at) WHERE tick_at > 0;
CREATE TABLE notice_target (
  notice_id @INT NOT NULL REFERENCES notice(id),
  target_id @INT NOT NULL,
  company_id @INT NOT NULL,
  PRIMARY KEY (notice_id, target_id)
) @KV;
CREATE TABLE notice_file (
  notice_id @INT NOT NULL REFERENCES notice(id),
  file_id @INT NOT NULL REFERENCES file(id),
  company_id @INT NOT NULL,
  PRIMARY KEY (notice_id, file_id)
) @KV;
CREATE TABLE notice_read (
  notice_id @INT NOT NULL REFERENCES notice(id),
  account_id @INT NOT NULL REFERENCES account(id),
  company_id @INT NOT NULL,
  at @INT NOT NULL,
  PRIMARY KEY (notice_id, account_id)
) @KV;
-- The last push of a project: at most one an hour but for emergencies
CREATE TABLE notice_push (
  company_id @INT NOT NULL,
  project_id @INT NOT NULL,
  at @INT NOT NULL,
  PRIMARY KEY (company_id, project_id)
) @KV;
