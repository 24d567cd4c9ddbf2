BEGIN TRANSACTION;
CREATE TABLE alembic_version (
	version_num VARCHAR(32) NOT NULL, 
	CONSTRAINT alembic_version_pkc PRIMARY KEY (version_num)
);
INSERT INTO "alembic_version" VALUES('0001');
CREATE TABLE attempts (
	study_id INTEGER NOT NULL, 
	trial INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	started DOUBLE NOT NULL, 
	ended DOUBLE, 
	how VARCHAR(20), 
	CONSTRAINT pk_attempts PRIMARY KEY (study_id, trial, number), 
	CONSTRAINT fk_attempts_study_id FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE, 
	CONSTRAINT fk_attempts_study_id_trial FOREIGN KEY(study_id, trial) REFERENCES trials (study_id, number) ON DELETE CASCADE
);
INSERT INTO "attempts" VALUES(1,0,0,1.79522147353553342824e+09,1.79522147354848742484e+09,'lost');
INSERT INTO "attempts" VALUES(1,0,1,1.79522147356337833409e+09,1.79522147359153532979e+09,'complete');
INSERT INTO "attempts" VALUES(1,1,0,1.79522147363138198858e+09,1.7952214736394050121e+09,'failed');
CREATE TABLE budgets (
	study_id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	budget JSON NOT NULL, 
	CONSTRAINT pk_budgets PRIMARY KEY (study_id, revision), 
	CONSTRAINT fk_budgets_study_id FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE
);
INSERT INTO "budgets" VALUES(1,1,'{"device_seconds": 1200.0, "wall_seconds": null, "trials": null, "device": "cpu"}');
INSERT INTO "budgets" VALUES(1,11,'{"device_seconds": 2400.0, "wall_seconds": null, "trials": null, "device": "cpu"}');
CREATE TABLE charges (
	study_id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	seconds DOUBLE NOT NULL, 
	worker TEXT NOT NULL, 
	CONSTRAINT pk_charges PRIMARY KEY (study_id, revision), 
	CONSTRAINT fk_charges_study_id FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE
);
INSERT INTO "charges" VALUES(1,2,'startup',3.25,'worker-0');
CREATE TABLE checkpoints (
	study_id INTEGER NOT NULL, 
	segment INTEGER NOT NULL, 
	trial INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	examples BIGINT NOT NULL, 
	path TEXT NOT NULL, 
	bytes BIGINT NOT NULL, 
	sha256 VARCHAR(64) NOT NULL, 
	created DOUBLE NOT NULL, 
	CONSTRAINT pk_checkpoints PRIMARY KEY (study_id, segment), 
	CONSTRAINT fk_checkpoints_study_id FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE, 
	CONSTRAINT fk_checkpoints_study_id_segment FOREIGN KEY(study_id, segment) REFERENCES segments (study_id, number) ON DELETE CASCADE
);
INSERT INTO "checkpoints" VALUES(1,1,0,1,90,'1-mrpc/trial-00000/000001-1-90-7aa27b45.ckpt',5,'4ba69735ca53765ed6a709edb56c6ea236b7193a3b29a6b390c346f0f4340e4e',1.79522147359153532979e+09);
CREATE TABLE curve_points (
	study_id INTEGER NOT NULL, 
	segment INTEGER NOT NULL, 
	position INTEGER NOT NULL, 
	trial INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	examples BIGINT NOT NULL, 
	seconds DOUBLE NOT NULL, 
	metrics JSON NOT NULL, 
	CONSTRAINT pk_curve_points PRIMARY KEY (study_id, segment, position), 
	CONSTRAINT fk_curve_points_study_id FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE, 
	CONSTRAINT fk_curve_points_study_id_segment FOREIGN KEY(study_id, segment) REFERENCES segments (study_id, number) ON DELETE CASCADE
);
INSERT INTO "curve_points" VALUES(1,1,0,0,1,90,2.0,'{"loss": 0.5, "accuracy": 0.7}');
INSERT INTO "curve_points" VALUES(1,3,0,1,0,5,1.0,'{"loss": "NaN"}');
CREATE TABLE decisions (
	study_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	seen_revision INTEGER NOT NULL, 
	elapsed DOUBLE NOT NULL, 
	trial INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	action JSON NOT NULL, 
	known JSON NOT NULL, 
	reason TEXT NOT NULL, 
	made_at DOUBLE NOT NULL, 
	CONSTRAINT pk_decisions PRIMARY KEY (study_id, number), 
	CONSTRAINT fk_decisions_study_id FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE, 
	CONSTRAINT uq_decisions_study_id_revision UNIQUE (study_id, revision), 
	CONSTRAINT fk_decisions_study_id_trial FOREIGN KEY(study_id, trial) REFERENCES trials (study_id, number) ON DELETE CASCADE
);
INSERT INTO "decisions" VALUES(1,0,3,2,1.0,0,0,'{"action": "start", "config": {"method": "lora", "lora.rank": 8, "lora.layers": [0, 5]}, "end": 10, "reason": "first", "kind": "search", "label": "", "seed": 4, "repeat_of": null, "bracket": 1}','{"trainable_params": 73728}','first',1.79522147353553342824e+09);
INSERT INTO "decisions" VALUES(1,1,5,4,2.0,0,1,'{"action": "thaw", "trial": 0, "end": 90, "reason": "again"}','{}','again',1.79522147356337833409e+09);
INSERT INTO "decisions" VALUES(1,2,7,6,3.0,0,1,'{"action": "score", "trial": 0, "reason": "finalist"}','{}','finalist',1.79522147360418605805e+09);
INSERT INTO "decisions" VALUES(1,3,9,8,4.0,1,0,'{"action": "start", "config": {"method": "ia3", "lr": 0.01}, "end": 10, "reason": "second", "kind": "search", "label": "", "seed": 0, "repeat_of": null, "bracket": null}','{}','second',1.79522147363138198858e+09);
CREATE TABLE failures (
	study_id INTEGER NOT NULL, 
	segment INTEGER NOT NULL, 
	trial INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	message TEXT NOT NULL, 
	traceback TEXT NOT NULL, 
	at DOUBLE NOT NULL, 
	CONSTRAINT pk_failures PRIMARY KEY (study_id, segment), 
	CONSTRAINT fk_failures_study_id FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE, 
	CONSTRAINT fk_failures_study_id_segment FOREIGN KEY(study_id, segment) REFERENCES segments (study_id, number) ON DELETE CASCADE
);
INSERT INTO "failures" VALUES(1,0,0,0,'lost','the worker was killed','',1.79522147354848742484e+09);
INSERT INTO "failures" VALUES(1,3,1,0,'diverged','the loss is not a number','Traceback ...',1.7952214736394050121e+09);
CREATE TABLE predictions (
	study_id INTEGER NOT NULL, 
	trial INTEGER NOT NULL, 
	split VARCHAR(100) NOT NULL, 
	segment INTEGER NOT NULL, 
	data BLOB NOT NULL, 
	CONSTRAINT pk_predictions PRIMARY KEY (study_id, trial, split), 
	CONSTRAINT fk_predictions_study_id FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE, 
	CONSTRAINT fk_predictions_study_id_trial FOREIGN KEY(study_id, trial) REFERENCES trials (study_id, number) ON DELETE CASCADE
);
INSERT INTO "predictions" VALUES(1,0,'held_out',2,X'789CAB56CA494C4ACD2956B25288368CAD050028D404F3');
CREATE TABLE segments (
	study_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	revision INTEGER, 
	trial INTEGER NOT NULL, 
	attempt INTEGER NOT NULL, 
	purpose VARCHAR(20) NOT NULL, 
	start_examples BIGINT NOT NULL, 
	end_examples BIGINT NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	examples_seen BIGINT, 
	device_seconds DOUBLE, 
	seconds_by_kind JSON, 
	measured JSON, 
	held_out JSON, 
	worker TEXT, 
	submitted_at DOUBLE NOT NULL, 
	last_alive_at DOUBLE, 
	started_at DOUBLE, 
	ended_at DOUBLE, 
	CONSTRAINT pk_segments PRIMARY KEY (study_id, number), 
	CONSTRAINT fk_segments_study_id FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE, 
	CONSTRAINT uq_segments_study_id_revision UNIQUE (study_id, revision), 
	CONSTRAINT fk_segments_study_id_trial FOREIGN KEY(study_id, trial) REFERENCES trials (study_id, number) ON DELETE CASCADE
);
INSERT INTO "segments" VALUES(1,0,4,0,0,'train',0,10,'lost',NULL,4.0,NULL,NULL,NULL,NULL,1.79522147353553342824e+09,NULL,NULL,1.79522147354848742484e+09);
INSERT INTO "segments" VALUES(1,1,6,0,1,'train',0,90,'done',90,2.5,'{}','{"latency_ms": 3.0}',NULL,'worker-0',1.79522147356337833409e+09,NULL,100.0,102.5);
INSERT INTO "segments" VALUES(1,2,8,0,1,'score',90,90,'done',90,2.5,'{}','{}','{"f1": 0.8}','worker-0',1.79522147360418605805e+09,NULL,100.0,102.5);
INSERT INTO "segments" VALUES(1,3,10,1,0,'train',0,10,'failed',5,2.5,'{}','{}',NULL,'worker-0',1.79522147363138198858e+09,NULL,100.0,102.5);
CREATE TABLE studies (
	id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT, 
	name VARCHAR(100) NOT NULL, 
	status VARCHAR(20) NOT NULL, 
	message TEXT NOT NULL, 
	spec JSON NOT NULL, 
	space_digest VARCHAR(64) NOT NULL, 
	model_facts JSON, 
	task_facts JSON, 
	calibration JSON, 
	full_examples BIGINT NOT NULL, 
	levels JSON NOT NULL, 
	seed BIGINT NOT NULL, 
	environment JSON NOT NULL, 
	created DOUBLE NOT NULL, 
	updated DOUBLE NOT NULL, 
	revision INTEGER NOT NULL, 
	elapsed DOUBLE NOT NULL, 
	stop_requested BOOLEAN NOT NULL, 
	heartbeat DOUBLE, 
	lease_token VARCHAR(32), 
	lease_pid INTEGER, 
	lease_process_started DOUBLE, 
	lease_host VARCHAR(255), 
	lease_machine VARCHAR(255), 
	lease_expires DOUBLE, 
	CONSTRAINT uq_studies_name UNIQUE (name)
);
INSERT INTO "studies" VALUES(1,'mrpc','complete','the budget is spent','{"model": "builtin/minilm", "seed": 3, "budget": ["20cpu-min"]}','abc','{"layers": 6}','{"labels": ["no", "yes"]}','{"precision": "fp32"}',90,'[10, 30, 90]',3,'{"python": "3.11"}',1.79522147349119687081e+09,1.79522147365895605084e+09,11,4.0,0,NULL,NULL,NULL,NULL,NULL,NULL,NULL);
CREATE TABLE trials (
	study_id INTEGER NOT NULL, 
	number INTEGER NOT NULL, 
	config JSON NOT NULL, 
	config_digest VARCHAR(64) NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	label TEXT NOT NULL, 
	repeat_of INTEGER, 
	seed BIGINT NOT NULL, 
	bracket INTEGER, 
	state VARCHAR(20) NOT NULL, 
	attempt INTEGER NOT NULL, 
	examples_seen BIGINT NOT NULL, 
	target BIGINT, 
	known JSON NOT NULL, 
	measured JSON NOT NULL, 
	held_out JSON, 
	device_seconds DOUBLE NOT NULL, 
	failure_kind VARCHAR(20), 
	created DOUBLE NOT NULL, 
	updated DOUBLE NOT NULL, 
	CONSTRAINT pk_trials PRIMARY KEY (study_id, number), 
	CONSTRAINT fk_trials_study_id FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE
);
INSERT INTO "trials" VALUES(1,0,'{"method": "lora", "lora.rank": 8, "lora.layers": [0, 5]}','3f76a8cb2011712f66c5481ec3466493053cf4df2e56df3de6d128304827ab0a','search','',NULL,4,1,'complete',1,90,NULL,'{"trainable_params": 73728}','{"latency_ms": 3.0}','{"f1": 0.8}',9.0,NULL,1.79522147353553342824e+09,1.79522147361898493761e+09);
INSERT INTO "trials" VALUES(1,1,'{"method": "ia3", "lr": 0.01}','afd1a361f9d4812e58a96af12a6b5a9ba7819795f2048a40e135613e565dfbd4','search','',NULL,0,NULL,'failed',0,5,NULL,'{}','{}',NULL,2.5,'diverged',1.79522147363138198858e+09,1.7952214736394050121e+09);
CREATE INDEX ix_trials_study_id_state ON trials (study_id, state);
CREATE INDEX ix_segments_study_id_status ON segments (study_id, status);
CREATE INDEX ix_curve_points_study_id_trial ON curve_points (study_id, trial);
CREATE INDEX ix_checkpoints_study_id_trial ON checkpoints (study_id, trial);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('studies',1);
COMMIT;
