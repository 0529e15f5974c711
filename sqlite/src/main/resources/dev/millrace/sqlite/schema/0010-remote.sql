-- What is kept of workers whose beats come over HTTP. seal: stands for the secret that a worker names
-- with all it says; empty for one that has none. caller: who registered it.

ALTER TABLE worker ADD COLUMN seal TEXT NOT NULL DEFAULT '';
ALTER TABLE worker ADD COLUMN caller TEXT NOT NULL DEFAULT '';
