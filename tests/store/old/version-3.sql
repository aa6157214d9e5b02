BEGIN TRANSACTION;
CREATE TABLE encounter (
	id VARCHAR(36) NOT NULL,
	resident VARCHAR(64) NOT NULL,
	script_id VARCHAR(80) NOT NULL,
	script_hash VARCHAR(16) NOT NULL,
	script JSON NOT NULL,
	mode VARCHAR(12) NOT NULL,
	phase VARCHAR(20) NOT NULL,
	created_at DATETIME NOT NULL,
	started_at DATETIME,
	deadline DATETIME,
	ended_at DATETIME,
	note_deadline DATETIME,
	hints JSON NOT NULL,
	pad TEXT NOT NULL,
	note JSON NOT NULL,
	self_assessment JSON NOT NULL,
	unsent TEXT NOT NULL,
	added_percent INTEGER NOT NULL,
	PRIMARY KEY (id)
);
CREATE TABLE model_call (
	id INTEGER NOT NULL,
	encounter VARCHAR(36) NOT NULL,
	resident VARCHAR(64) NOT NULL,
	at DATETIME NOT NULL,
	tokens INTEGER NOT NULL,
	record JSON NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(encounter) REFERENCES encounter (id)
);
CREATE TABLE orders (
	id INTEGER NOT NULL,
	encounter VARCHAR(36) NOT NULL,
	kind VARCHAR(12) NOT NULL,
	name VARCHAR(200) NOT NULL,
	result TEXT NOT NULL,
	after_turn INTEGER NOT NULL,
	at DATETIME NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (encounter, kind, name),
	FOREIGN KEY(encounter) REFERENCES encounter (id)
);
CREATE TABLE report (
	id INTEGER NOT NULL,
	encounter VARCHAR(36) NOT NULL,
	report JSON NOT NULL,
	at DATETIME NOT NULL,
	PRIMARY KEY (id),
	FOREIGN KEY(encounter) REFERENCES encounter (id)
);
CREATE TABLE turn (
	id INTEGER NOT NULL,
	encounter VARCHAR(36) NOT NULL,
	seq INTEGER NOT NULL,
	client_turn_id VARCHAR(64) NOT NULL,
	said TEXT NOT NULL,
	reply TEXT NOT NULL,
	trace JSON NOT NULL,
	state JSON NOT NULL,
	at DATETIME NOT NULL,
	PRIMARY KEY (id),
	UNIQUE (encounter, seq),
	UNIQUE (encounter, client_turn_id),
	FOREIGN KEY(encounter) REFERENCES encounter (id)
);
CREATE INDEX ix_encounter_resident ON encounter (resident);
CREATE INDEX ix_turn_encounter ON turn (encounter);
CREATE INDEX ix_orders_encounter ON orders (encounter);
CREATE INDEX ix_report_encounter ON report (encounter);
CREATE INDEX ix_model_call_resident ON model_call (resident);
CREATE INDEX ix_model_call_encounter ON model_call (encounter);
CREATE INDEX ix_model_call_at ON model_call (at);
CREATE TRIGGER turn_no_update BEFORE UPDATE ON turn BEGIN SELECT RAISE(ABORT, 'turn rows are never changed'); END;
CREATE TRIGGER turn_no_delete BEFORE DELETE ON turn BEGIN SELECT RAISE(ABORT, 'turn rows are never changed'); END;
CREATE TRIGGER report_no_update BEFORE UPDATE ON report BEGIN SELECT RAISE(ABORT, 'report rows are never changed'); END;
CREATE TRIGGER report_no_delete BEFORE DELETE ON report BEGIN SELECT RAISE(ABORT, 'report rows are never changed'); END;
CREATE TRIGGER model_call_no_update BEFORE UPDATE ON model_call BEGIN SELECT RAISE(ABORT, 'model_call rows are never changed'); END;
CREATE TRIGGER model_call_no_delete BEFORE DELETE ON model_call BEGIN SELECT RAISE(ABORT, 'model_call rows are never changed'); END;
COMMIT;
PRAGMA user_version = 3;
