-- What the platform itself keeps. These tables belong to no tenant: events are addressed by topic,
-- the outbox carries the tenant of its reference.

CREATE TABLE topic_seq(
    topic TEXT NOT NULL PRIMARY KEY,
    seq @INT NOT NULL
) @KV;

CREATE TABLE event(
    topic TEXT NOT NULL,
    seq @INT NOT NULL,
    at @INT NOT NULL,
    type TEXT NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (topic, seq)
) @KV;
CREATE INDEX event_at ON event(at);

-- Work for outside the transaction: dispatch, messages, provider calls. A row is deleted when it is done.
CREATE TABLE outbox(
    id @ID,
    kind TEXT NOT NULL,
    ref @INT NOT NULL,
    version @INT NOT NULL DEFAULT 0,
    company_id @INT NOT NULL DEFAULT 0,
    project_id @INT NOT NULL DEFAULT 0,
    payload TEXT NOT NULL DEFAULT '{}',
    created_at @INT NOT NULL,
    attempts @INT NOT NULL DEFAULT 0,
    next_at @INT NOT NULL DEFAULT 0,
    last_error TEXT NOT NULL DEFAULT ''
);
CREATE INDEX outbox_next ON outbox(kind, next_at, id);

-- The first answer to an Idempotency-Key, written in the transaction that has the effect.
CREATE TABLE idempotency(
    account_id @INT NOT NULL,
    route TEXT NOT NULL,
    key TEXT NOT NULL,
    body_sha @BLOB NOT NULL,
    status @INT NOT NULL,
    content_type TEXT NOT NULL,
    body @BLOB NOT NULL,
    created_at @INT NOT NULL,
    PRIMARY KEY (account_id, route, key)
) @KV;
CREATE INDEX idempotency_created ON idempotency(created_at);

-- Who runs a job that only one node may run; epoch grows with every change of hands. A row with an
-- owner of '' is free. The store's own row, "store.probe", shows that the disk takes writes again.
CREATE TABLE lease(
    name TEXT NOT NULL PRIMARY KEY,
    owner TEXT NOT NULL,
    until @INT NOT NULL,
    epoch @INT NOT NULL
) @KV;
