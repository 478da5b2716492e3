-- The second factor (动态口令, RFC 6238) of staff, and when a session's person last proved who they are.

-- confirmed_at 0: shown, not yet proven by a first code. last_step: the last 30-second step used; one code opens one door
CREATE TABLE account_totp (
  account_id @INT NOT NULL PRIMARY KEY REFERENCES account(id),
  company_id @INT NOT NULL,
  secret_enc @BLOB NOT NULL,
  confirmed_at @INT NOT NULL DEFAULT 0,
  last_step @INT NOT NULL DEFAULT 0,
  created_at @INT NOT NULL
);
-- What to use when the phone is lost: ten codes, each once; mac is keyed, so a copy of the store opens nothing
CREATE TABLE account_totp_code (
  account_id @INT NOT NULL REFERENCES account(id),
  mac @BLOB NOT NULL,
  used_at @INT NOT NULL DEFAULT 0,
  PRIMARY KEY (account_id, mac)
);

-- 0: by a remembered device or a key, which prove nothing about who holds it
ALTER TABLE session ADD COLUMN proven_at @INT NOT NULL DEFAULT 0;
-- 1: who runs the company or a project must have a second factor
ALTER TABLE company ADD COLUMN totp_required @INT NOT NULL DEFAULT 0;
