-- Who did what, and who is signed in. Moments in microseconds since 1970.

CREATE TABLE audit (
  id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  who TEXT NOT NULL,
  role TEXT NOT NULL,
  action TEXT NOT NULL,
  target TEXT NOT NULL,
  before TEXT,
  after TEXT,
  address TEXT NOT NULL
) STRICT;

CREATE TABLE sign_in (
  token_hash TEXT PRIMARY KEY,
  user TEXT NOT NULL,
  stamp TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX sign_in_expires_at ON sign_in (expires_at);
CREATE INDEX sign_in_user ON sign_in (user);
