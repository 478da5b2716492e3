-- Departments (部门), sets of roles (岗位), the calendar of working days (节假日与调休), the roster (排班) and leave (请假).

-- parent_id 0: right under the company; project_id 0: of the whole company; leader_id 0: nobody yet
CREATE TABLE department (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  parent_id @INT NOT NULL DEFAULT 0,
  project_id @INT NOT NULL DEFAULT 0,
  name TEXT NOT NULL,
  leader_id @INT NOT NULL DEFAULT 0,
  sort @INT NOT NULL DEFAULT 0,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  closed_at @INT NOT NULL DEFAULT 0
);
CREATE UNIQUE INDEX department_name ON department(company_id, parent_id, name) WHERE closed_at = 0;
CREATE TABLE department_member (
  department_id @INT NOT NULL REFERENCES department(id),
  account_id @INT NOT NULL REFERENCES account(id),
  company_id @INT NOT NULL,
  title TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (department_id, account_id)
);
CREATE INDEX department_member_account ON department_member(account_id);

-- A position: roles under one name. Whoever holds it in a project has them all; changing it changes everybody who does.
-- roles: ',cashier,customer_service,'
CREATE TABLE role_set (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  name TEXT NOT NULL,
  roles TEXT NOT NULL,
  note TEXT NOT NULL DEFAULT '',
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  UNIQUE (company_id, name)
);
CREATE TABLE role_set_member (
  role_set_id @INT NOT NULL REFERENCES role_set(id),
  account_id @INT NOT NULL REFERENCES account(id),
  project_id @INT NOT NULL DEFAULT 0,
  company_id @INT NOT NULL,
  PRIMARY KEY (role_set_id, account_id, project_id)
);
CREATE INDEX role_set_member_account ON role_set_member(account_id);
-- set_id: the position a grant comes from; 0: given by itself
ALTER TABLE role_grant ADD COLUMN set_id @INT NOT NULL DEFAULT 0;

-- What differs from the published calendar (calendar.c) in a company
CREATE TABLE calendar_day (
  company_id @INT NOT NULL,
  day @INT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('holiday', 'workday')),
  name TEXT NOT NULL DEFAULT '',
  PRIMARY KEY (company_id, day)
) @KV;

-- The roster of a day beats the weekly shift; leave beats both, once approved. day: of from_at, in Shanghai
CREATE TABLE roster (
  id @ID,
  company_id @INT NOT NULL REFERENCES company(id),
  project_id @INT NOT NULL DEFAULT 0,
  account_id @INT NOT NULL REFERENCES account(id),
  day @INT NOT NULL,
  from_at @INT NOT NULL,
  to_at @INT NOT NULL,
  kind TEXT NOT NULL CHECK (kind IN ('work', 'standby', 'leave')),
  state TEXT NOT NULL DEFAULT 'approved' CHECK (state IN ('asked', 'approved', 'refused', 'withdrawn')),
  name TEXT NOT NULL DEFAULT '',
  note TEXT NOT NULL DEFAULT '',
  asked_by @INT NOT NULL,
  decided_by @INT NOT NULL DEFAULT 0,
  version @INT NOT NULL DEFAULT 1,
  created_at @INT NOT NULL,
  CHECK (to_at > from_at)
);
CREATE INDEX roster_account ON roster(account_id, day);
CREATE INDEX roster_project ON roster(company_id, project_id, day);
CREATE INDEX roster_asked ON roster(company_id, id) WHERE state = 'asked';
