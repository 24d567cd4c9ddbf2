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
INSERT INTO "attempts" VALUES(1,0,0,1.79526743561685752864e+09,1.79526743576797032358e+09,'complete');
INSERT INTO "attempts" VALUES(1,1,0,1.79526743568324398999e+09,1.79526743657615160945e+09,'complete');
INSERT INTO "attempts" VALUES(1,2,0,1.79526743648544168476e+09,1.79526743673459410668e+09,'complete');
INSERT INTO "attempts" VALUES(1,3,0,1.79526743666446161268e+09,NULL,NULL);
INSERT INTO "attempts" VALUES(1,4,0,1.79526743675376892084e+09,NULL,NULL);
INSERT INTO "attempts" VALUES(1,5,0,1.79526743686595773689e+09,NULL,NULL);
INSERT INTO "attempts" VALUES(1,6,0,1.79526743708349037173e+09,NULL,NULL);
INSERT INTO "attempts" VALUES(1,7,0,1.7952674371735692024e+09,NULL,NULL);
INSERT INTO "attempts" VALUES(1,8,0,1.79526743727422046664e+09,NULL,NULL);
CREATE TABLE budgets (
	study_id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	budget JSON NOT NULL, 
	CONSTRAINT pk_budgets PRIMARY KEY (study_id, revision), 
	CONSTRAINT fk_budgets_study_id FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE
);
INSERT INTO "budgets" VALUES(1,1,'{"device_seconds": null, "wall_seconds": null, "trials": 8, "device": null}');
CREATE TABLE charges (
	study_id INTEGER NOT NULL, 
	revision INTEGER NOT NULL, 
	kind VARCHAR(20) NOT NULL, 
	seconds DOUBLE NOT NULL, 
	worker TEXT NOT NULL, 
	CONSTRAINT pk_charges PRIMARY KEY (study_id, revision), 
	CONSTRAINT fk_charges_study_id FOREIGN KEY(study_id) REFERENCES studies (id) ON DELETE CASCADE
);
INSERT INTO "charges" VALUES(1,2,'startup',0.0,'worker-0');
INSERT INTO "charges" VALUES(1,3,'calibration',4.0,'worker-0');
INSERT INTO "charges" VALUES(1,4,'startup',0.0,'worker-1');
INSERT INTO "charges" VALUES(1,5,'calibration',4.0,'worker-1');
INSERT INTO "charges" VALUES(1,10,'startup',0.0,'worker-0');
INSERT INTO "charges" VALUES(1,11,'startup',0.0,'worker-1');
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
INSERT INTO "checkpoints" VALUES(1,0,0,0,9008,'1-old/trial-00000/000000-0-9008-8e882323.ckpt',18,'2d90f6f93eef414cfed5775201cceee544426a87d714cfb9ba00eb0c6c2a390a',1.79526743576797032358e+09);
INSERT INTO "checkpoints" VALUES(1,2,1,0,9008,'1-old/trial-00001/000002-0-9008-827cdb8e.ckpt',18,'bd6e28b0c5ed77fc079543538af59956a024312d2c174bf676fdbb3c73da6840',1.79526743657615160945e+09);
INSERT INTO "checkpoints" VALUES(1,3,2,0,9008,'1-old/trial-00002/000003-0-9008-8654608c.ckpt',18,'1582572a12442df98991ec0e5e7741586cbbc4430f51186bceb08ad2d328e8c4',1.79526743673459410668e+09);
INSERT INTO "checkpoints" VALUES(1,5,4,0,336,'1-old/trial-00004/000005-0-336-cd1cf57b.ckpt',17,'310e9fc4934b370d16f872732d72d7bb5f3499a024408156d8e65ccb2a883d4c',1.7952674368453102111e+09);
INSERT INTO "checkpoints" VALUES(1,7,5,0,1008,'1-old/trial-00005/000007-0-1008-7c9c9088.ckpt',18,'9cdc10d71ab1e68063b25bfccad17eabc98ba9967fa2a98967cecbef9088c557',1.79526743704403018951e+09);
INSERT INTO "checkpoints" VALUES(1,8,6,0,336,'1-old/trial-00006/000008-0-336-7ae8a82d.ckpt',17,'120fb1431137fbc2ef51a1eedd78d3d77cbbd15c21a08b9d9e648710ae832051',1.79526743715603566168e+09);
INSERT INTO "checkpoints" VALUES(1,9,7,0,336,'1-old/trial-00007/000009-0-336-b7a280cf.ckpt',17,'2172e7c44102391aed6a12ba584a697523650aa06bd356db22f66d257658e2f5',1.7952674372560472488e+09);
INSERT INTO "checkpoints" VALUES(1,10,8,0,336,'1-old/trial-00008/000010-0-336-451b5db1.ckpt',17,'2d049ae4d16ae36dc8e6f6461eef63ba3d313927fd39bbb03c87aea869a1e8f9',1.79526743735198831553e+09);
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
INSERT INTO "curve_points" VALUES(1,0,0,0,0,336,5.10999999999999943156e+00,'{"f1_accuracy": 0.6124625234917502, "f1": 0.6124625234917502, "accuracy": 0.6124625234917502, "loss": 0.38753747650824977, "train_loss": 0.38753747650824977}');
INSERT INTO "curve_points" VALUES(1,0,1,0,0,1008,1.35799999999999982942e+01,'{"f1_accuracy": 0.6326732762150208, "f1": 0.6326732762150208, "accuracy": 0.6326732762150208, "loss": 0.3673267237849792, "train_loss": 0.3673267237849792}');
INSERT INTO "curve_points" VALUES(1,0,2,0,0,3008,35.33,'{"f1_accuracy": 0.6683710116284846, "f1": 0.6683710116284846, "accuracy": 0.6683710116284846, "loss": 0.33162898837151544, "train_loss": 0.33162898837151544}');
INSERT INTO "curve_points" VALUES(1,0,3,0,0,6000,67.0,'{"f1_accuracy": 0.6951598422634196, "f1": 0.6951598422634196, "accuracy": 0.6951598422634196, "loss": 0.30484015773658035, "train_loss": 0.30484015773658035}');
INSERT INTO "curve_points" VALUES(1,0,4,0,0,9008,98.83,'{"f1_accuracy": 0.7003580478543604, "f1": 0.7003580478543604, "accuracy": 0.7003580478543604, "loss": 0.2996419521456396, "train_loss": 0.2996419521456396}');
INSERT INTO "curve_points" VALUES(1,2,0,1,0,336,5.10999999999999943156e+00,'{"f1_accuracy": 0.6349566616970431, "f1": 0.6349566616970431, "accuracy": 0.6349566616970431, "loss": 0.3650433383029569, "train_loss": 0.3650433383029569}');
INSERT INTO "curve_points" VALUES(1,2,1,1,0,1008,1.35799999999999982942e+01,'{"f1_accuracy": 0.698057599701896, "f1": 0.698057599701896, "accuracy": 0.698057599701896, "loss": 0.30194240029810404, "train_loss": 0.30194240029810404}');
INSERT INTO "curve_points" VALUES(1,2,2,1,0,3008,35.33,'{"f1_accuracy": 0.8103972583982537, "f1": 0.8103972583982537, "accuracy": 0.8103972583982537, "loss": 0.18960274160174628, "train_loss": 0.18960274160174628}');
INSERT INTO "curve_points" VALUES(1,2,3,1,0,6000,67.0,'{"f1_accuracy": 0.8752366603781974, "f1": 0.8752366603781974, "accuracy": 0.8752366603781974, "loss": 0.12476333962180264, "train_loss": 0.12476333962180264}');
INSERT INTO "curve_points" VALUES(1,2,4,1,0,9008,98.83,'{"f1_accuracy": 0.8908654092842124, "f1": 0.8908654092842124, "accuracy": 0.8908654092842124, "loss": 0.10913459071578757, "train_loss": 0.10913459071578757}');
INSERT INTO "curve_points" VALUES(1,3,0,2,0,336,5.10999999999999943156e+00,'{"f1_accuracy": 0.6349016410609996, "f1": 0.6349016410609996, "accuracy": 0.6349016410609996, "loss": 0.36509835893900044, "train_loss": 0.36509835893900044}');
INSERT INTO "curve_points" VALUES(1,3,1,2,0,1008,1.35799999999999982942e+01,'{"f1_accuracy": 0.6826792691350768, "f1": 0.6826792691350768, "accuracy": 0.6826792691350768, "loss": 0.3173207308649232, "train_loss": 0.3173207308649232}');
INSERT INTO "curve_points" VALUES(1,3,2,2,0,3008,35.33,'{"f1_accuracy": 0.7769543758990524, "f1": 0.7769543758990524, "accuracy": 0.7769543758990524, "loss": 0.22304562410094764, "train_loss": 0.22304562410094764}');
INSERT INTO "curve_points" VALUES(1,3,3,2,0,6000,67.0,'{"f1_accuracy": 0.8299908859334989, "f1": 0.8299908859334989, "accuracy": 0.8299908859334989, "loss": 0.1700091140665011, "train_loss": 0.1700091140665011}');
INSERT INTO "curve_points" VALUES(1,3,4,2,0,9008,98.83,'{"f1_accuracy": 0.848102786791537, "f1": 0.848102786791537, "accuracy": 0.848102786791537, "loss": 0.15189721320846294, "train_loss": 0.15189721320846294}');
INSERT INTO "curve_points" VALUES(1,5,0,4,0,336,5.10999999999999943156e+00,'{"f1_accuracy": 0.6260708278779666, "f1": 0.6260708278779666, "accuracy": 0.6260708278779666, "loss": 0.37392917212203336, "train_loss": 0.37392917212203336}');
INSERT INTO "curve_points" VALUES(1,6,0,5,0,336,5.10999999999999943156e+00,'{"f1_accuracy": 0.6400105121625979, "f1": 0.6400105121625979, "accuracy": 0.6400105121625979, "loss": 0.35998948783740214, "train_loss": 0.35998948783740214}');
INSERT INTO "curve_points" VALUES(1,7,0,5,0,1008,8.46999999999999886313e+00,'{"f1_accuracy": 0.6934425319215156, "f1": 0.6934425319215156, "accuracy": 0.6934425319215156, "loss": 0.3065574680784844, "train_loss": 0.3065574680784844}');
INSERT INTO "curve_points" VALUES(1,8,0,6,0,336,5.10999999999999943156e+00,'{"f1_accuracy": 0.6389211028852856, "f1": 0.6389211028852856, "accuracy": 0.6389211028852856, "loss": 0.3610788971147144, "train_loss": 0.3610788971147144}');
INSERT INTO "curve_points" VALUES(1,9,0,7,0,336,5.10999999999999943156e+00,'{"f1_accuracy": 0.6319572742601277, "f1": 0.6319572742601277, "accuracy": 0.6319572742601277, "loss": 0.3680427257398723, "train_loss": 0.3680427257398723}');
INSERT INTO "curve_points" VALUES(1,10,0,8,0,336,5.10999999999999943156e+00,'{"f1_accuracy": 0.6323181612351846, "f1": 0.6323181612351846, "accuracy": 0.6323181612351846, "loss": 0.3676818387648154, "train_loss": 0.3676818387648154}');
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
INSERT INTO "decisions" VALUES(1,0,6,5,0.0,0,0,'{"action": "start", "config": {"method": "head"}, "end": 9000, "reason": "control: head", "kind": "control", "label": "head", "seed": 0, "repeat_of": null, "bracket": null}','{"trainable_params": 0.0, "total_trained": 770.0, "stored_bytes": 3542.0, "checkpoint_bytes": 9240.0, "added_flops": 0.0}','control: head',1.79526743561685752864e+09);
INSERT INTO "decisions" VALUES(1,1,7,6,0.0,1,0,'{"action": "start", "config": {"method": "lora"}, "end": 9000, "reason": "control: lora", "kind": "control", "label": "lora", "seed": 0, "repeat_of": null, "bracket": null}','{"trainable_params": 73728.0, "total_trained": 74498.0, "stored_bytes": 303083.0, "checkpoint_bytes": 893976.0, "added_flops": 0.0}','control: lora',1.79526743568324398999e+09);
INSERT INTO "decisions" VALUES(1,2,12,11,98.83,1,0,'{"action": "thaw", "trial": 1, "end": 9000, "reason": "on to 9,000 examples, which was cut short"}','{}','on to 9,000 examples, which was cut short',1.7952674364369478225e+09);
INSERT INTO "decisions" VALUES(1,3,13,12,98.83,2,0,'{"action": "start", "config": {"method": "lora", "lora.lr": 0.0003}, "end": 9000, "reason": "control: lora lr=0.0003", "kind": "control", "label": "lora lr=0.0003", "seed": 0, "repeat_of": null, "bracket": null}','{"trainable_params": 73728.0, "total_trained": 74498.0, "stored_bytes": 303083.0, "checkpoint_bytes": 893976.0, "added_flops": 0.0}','control: lora lr=0.0003',1.79526743648544168476e+09);
INSERT INTO "decisions" VALUES(1,4,15,14,197.66,3,0,'{"action": "start", "config": {"method": "lora", "lora.lr": 0.003}, "end": 9000, "reason": "control: lora lr=0.003", "kind": "control", "label": "lora lr=0.003", "seed": 0, "repeat_of": null, "bracket": null}','{"trainable_params": 73728.0, "total_trained": 74498.0, "stored_bytes": 303083.0, "checkpoint_bytes": 893976.0, "added_flops": 0.0}','control: lora lr=0.003',1.79526743666446161268e+09);
INSERT INTO "decisions" VALUES(1,5,17,16,197.66,4,0,'{"action": "start", "config": {"method": "lora", "lora.lr": 0.0006626637158165699, "lora.rank": 3, "lora.targets": "qv", "lora.layers": [4]}, "end": 333, "reason": "nothing to promote: a new trial, to 333 examples", "kind": "search", "label": "", "seed": 0, "repeat_of": null, "bracket": null}','{"trainable_params": 4608.0, "total_trained": 5378.0, "stored_bytes": 23360.0, "checkpoint_bytes": 64536.0, "added_flops": 0.0}','nothing to promote: a new trial, to 333 examples',1.79526743675376892084e+09);
INSERT INTO "decisions" VALUES(1,6,19,18,2.02769999999999981808e+02,5,0,'{"action": "start", "config": {"method": "serial_adapter", "serial_adapter.lr": 0.0006650836563663387, "serial_adapter.size": 13, "serial_adapter.layers": [0, 1, 3, 5]}, "end": 333, "reason": "nothing to promote: a new trial, to 333 examples", "kind": "search", "label": "", "seed": 0, "repeat_of": null, "bracket": null}','{"trainable_params": 41524.0, "total_trained": 42294.0, "stored_bytes": 171758.0, "checkpoint_bytes": 507528.0, "added_flops": 10223616.0}','nothing to promote: a new trial, to 333 examples',1.79526743686595773689e+09);
INSERT INTO "decisions" VALUES(1,7,21,20,207.88,5,0,'{"action": "thaw", "trial": 5, "end": 1000, "reason": "promoted to 1,000 examples: rank 1 of 5 at 336 (losses 0.360, 41,524 parameters, f1_accuracy 0.640)"}','{}','promoted to 1,000 examples: rank 1 of 5 at 336 (losses 0.360, 41,524 parameters, f1_accuracy 0.640)',1.7952674369691386223e+09);
INSERT INTO "decisions" VALUES(1,8,23,22,216.35,6,0,'{"action": "start", "config": {"method": "lora", "lora.lr": 0.003965870172409294, "lora.rank": 4, "lora.targets": "all", "lora.layers": [0, 1, 2, 3, 4, 5]}, "end": 333, "reason": "nothing to promote: a new trial, to 333 examples", "kind": "search", "label": "", "seed": 0, "repeat_of": null, "bracket": null}','{"trainable_params": 165888.0, "total_trained": 166658.0, "stored_bytes": 679350.0, "checkpoint_bytes": 1999896.0, "added_flops": 0.0}','nothing to promote: a new trial, to 333 examples',1.79526743708349037173e+09);
INSERT INTO "decisions" VALUES(1,9,25,24,2.21459999999999979525e+02,7,0,'{"action": "start", "config": {"method": "serial_adapter", "serial_adapter.lr": 0.00020012795171852322, "serial_adapter.size": 5, "serial_adapter.layers": [0, 1, 2, 3, 5]}, "end": 333, "reason": "nothing to promote: a new trial, to 333 examples", "kind": "search", "label": "", "seed": 0, "repeat_of": null, "bracket": null}','{"trainable_params": 21145.0, "total_trained": 21915.0, "stored_bytes": 90701.0, "checkpoint_bytes": 262980.0, "added_flops": 4915200.0}','nothing to promote: a new trial, to 333 examples',1.7952674371735692024e+09);
INSERT INTO "decisions" VALUES(1,10,27,26,226.57,8,0,'{"action": "start", "config": {"method": "lora", "lora.lr": 0.0002953012376359695, "lora.rank": 8, "lora.targets": "all", "lora.layers": [0, 1, 2, 3, 5]}, "end": 333, "reason": "nothing to promote: a new trial, to 333 examples", "kind": "search", "label": "", "seed": 0, "repeat_of": null, "bracket": null}','{"trainable_params": 276480.0, "total_trained": 277250.0, "stored_bytes": 1119811.0, "checkpoint_bytes": 3327000.0, "added_flops": 0.0}','nothing to promote: a new trial, to 333 examples',1.79526743727422046664e+09);
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
INSERT INTO "failures" VALUES(1,1,1,0,'lost','the controller went away','',1.79526743633622908589e+09);
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
INSERT INTO "segments" VALUES(1,0,8,0,0,'train',0,9000,'done',9008,98.83,'{}','{"train_seconds": 90.0}',NULL,'',1.79526743561685752864e+09,NULL,0.0,98.83);
INSERT INTO "segments" VALUES(1,1,9,1,0,'train',0,9000,'lost',NULL,1.2829875946044921875e-01,NULL,NULL,NULL,'',1.79526743568324398999e+09,1.79526743581154274941e+09,NULL,1.79526743633622908589e+09);
INSERT INTO "segments" VALUES(1,2,14,1,0,'train',0,9000,'done',9008,98.83,'{}','{"train_seconds": 90.0}',NULL,'',1.7952674364369478225e+09,NULL,0.0,98.83);
INSERT INTO "segments" VALUES(1,3,16,2,0,'train',0,9000,'done',9008,98.83,'{}','{"train_seconds": 90.0}',NULL,'',1.79526743648544168476e+09,NULL,0.0,98.83);
INSERT INTO "segments" VALUES(1,4,NULL,3,0,'train',0,9000,'running',NULL,NULL,NULL,NULL,NULL,NULL,1.79526743666446161268e+09,NULL,NULL,NULL);
INSERT INTO "segments" VALUES(1,5,18,4,0,'train',0,333,'done',336,5.10999999999999943156e+00,'{}','{"train_seconds": 90.0}',NULL,'',1.79526743675376892084e+09,NULL,98.83,103.94);
INSERT INTO "segments" VALUES(1,6,20,5,0,'train',0,333,'done',336,5.10999999999999943156e+00,'{}','{"train_seconds": 90.0}',NULL,'',1.79526743686595773689e+09,NULL,103.94,109.05);
INSERT INTO "segments" VALUES(1,7,22,5,0,'train',336,1000,'done',1008,8.46999999999999886313e+00,'{}','{"train_seconds": 90.0}',NULL,'',1.7952674369691386223e+09,NULL,109.05,117.52);
INSERT INTO "segments" VALUES(1,8,24,6,0,'train',0,333,'done',336,5.10999999999999943156e+00,'{}','{"train_seconds": 90.0}',NULL,'',1.79526743708349037173e+09,NULL,117.52,122.63);
INSERT INTO "segments" VALUES(1,9,26,7,0,'train',0,333,'done',336,5.10999999999999943156e+00,'{}','{"train_seconds": 90.0}',NULL,'',1.7952674371735692024e+09,NULL,122.63,127.74);
INSERT INTO "segments" VALUES(1,10,28,8,0,'train',0,333,'done',336,5.10999999999999943156e+00,'{}','{"train_seconds": 90.0}',NULL,'',1.79526743727422046664e+09,NULL,127.74,132.85);
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
INSERT INTO "studies" VALUES(1,'old','running','','{"task": {"name": "glue/mrpc", "data_dir": null, "text_columns": [], "label_column": null, "kind": null, "metric": null, "max_train": null, "split_seed": 0, "offline": false}, "model": "builtin/minilm", "space": {"name": "quick", "description": "LoRA or a serial bottleneck adapter, on any layers, for about 30 trials", "parameters": {"method": {"type": "choice", "options": ["lora", "serial_adapter"], "default": "lora"}, "lora.lr": {"type": "float", "low": 0.0001, "high": 0.01, "log": true, "default": 0.001, "when": {"method": "lora"}}, "lora.rank": {"type": "int", "low": 1, "high": 32, "log": true, "default": 8, "when": {"method": "lora"}}, "lora.targets": {"type": "choice", "options": ["qv", "attention", "all"], "default": "qv", "when": {"method": "lora"}}, "lora.layers": {"type": "layers", "min": 1, "default": "all", "when": {"method": "lora"}}, "serial_adapter.lr": {"type": "float", "low": 0.0001, "high": 0.01, "log": true, "default": 0.001, "when": {"method": "serial_adapter"}}, "serial_adapter.size": {"type": "int", "low": 4, "high": 128, "log": true, "default": 32, "when": {"method": "serial_adapter"}}, "serial_adapter.layers": {"type": "layers", "min": 1, "default": "all", "when": {"method": "serial_adapter"}}}}, "budget": ["8trials"], "study": "old", "seed": 0, "objectives": [], "constraints": [], "searcher": "tpe", "scheduler": "asha", "eta": 3, "min_resource": null, "max_epochs": null, "reserve": 0.3, "seeds": 2, "controls": ["head", "lora", "lora-tuned"], "enqueue": [], "portfolio": true, "warm_start": [], "precision": "auto", "device": "auto", "workers": 2, "threads": null, "max_length": 128, "plugins": [], "trust_remote_code": false}','199396d8e061a7455c4743e297f52e7395562030b80b209dd7550ad3a5153d54','{"model": "builtin/minilm", "architecture": "bert", "layers": 6, "hidden": 384, "heads": 12, "layer_path": "bert.encoder.layer", "linears": [{"role": "query", "name": "attention.self.query", "d_in": 384, "d_out": 384, "bias": true}, {"role": "key", "name": "attention.self.key", "d_in": 384, "d_out": 384, "bias": true}, {"role": "value", "name": "attention.self.value", "d_in": 384, "d_out": 384, "bias": true}, {"role": "attention_output", "name": "attention.output.dense", "d_in": 384, "d_out": 384, "bias": true}, {"role": "ffn_up", "name": "intermediate.dense", "d_in": 384, "d_out": 1536, "bias": true}, {"role": "ffn_down", "name": "output.dense", "d_in": 1536, "d_out": 384, "bias": true}], "layer_biases": [["attention.self.query.bias", 384], ["attention.self.key.bias", 384], ["attention.self.value.bias", 384], ["attention.output.dense.bias", 384], ["attention.output.LayerNorm.bias", 384], ["intermediate.dense.bias", 1536], ["output.dense.bias", 384], ["output.LayerNorm.bias", 384]], "head_modules": ["classifier"], "head_params": 770, "total_params": 22713986, "max_length": 512, "attention": "dispatched", "head_tensors": [], "layer_norms": [["attention.output.LayerNorm", 384], ["output.LayerNorm", 384]], "repeats": 1, "embeddings": ["bert.embeddings.word_embeddings", 30522, 384]}','{"task": "glue/mrpc", "kind": "classification", "labels": ["0", "1"], "train": 3000, "selection": 700, "held_out": 400, "metrics": {"f1_accuracy": "maximize", "f1": "maximize", "accuracy": "maximize", "loss": "minimize"}, "rank_metric": "f1_accuracy", "digest": "0000000000000000000000000000000000000000000000000000000000000000"}','{"device": "cpu", "precision": "bf16", "threads": 2, "train_examples_per_second": 100.0, "evaluate_examples_per_second": 400.0, "seconds": 4.0, "startup_seconds": 8.0, "details": {"bf16": 100.0, "fp32": 60.0}}',9000,'[333, 1000, 3000, 9000]',0,'{"python": "3.11.7", "packages": {"autotune": "0.1.0", "torch": "2.13.0+cpu", "transformers": "5.23.0", "peft": "0.21.2", "optuna": "5.0.0", "numpy": "2.4.6", "sqlalchemy": "2.1.9", "datasets": "5.2.0", "tokenizers": "0.23.3"}, "platform": "", "processor": "", "cores": 2, "fidelity": {"full": 9000, "levels": [333, 1000, 3000, 9000], "epochs": 3.0, "full_seconds": 98.75, "score_seconds": 1.1, "device_seconds": null}}',1.79526743534381866456e+09,1.79526743735198831553e+09,28,226.57,0,1.79526743660768914228e+09,'d4b8420b760441e08ebaf01707a9e431',18195,1795267435.57,'machine','',1.79526746660768914218e+09);
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
INSERT INTO "trials" VALUES(1,0,'{"method": "head"}','640e7ef13fdcc53fab2c061b035f768b1bbc1ec293264868a7efc99254d381ce','control','head',NULL,0,NULL,'complete',0,9008,NULL,'{"trainable_params": 0.0, "total_trained": 770.0, "stored_bytes": 3542.0, "checkpoint_bytes": 9240.0, "added_flops": 0.0}','{"train_seconds": 90.0}',NULL,98.83,NULL,1.79526743561685752864e+09,1.79526743576797032358e+09);
INSERT INTO "trials" VALUES(1,1,'{"method": "lora"}','e9881fb148d2fecf1d964f5796ef3205fe7f0e135c2a96559bdc90132550e57c','control','lora',NULL,0,NULL,'complete',0,9008,NULL,'{"trainable_params": 73728.0, "total_trained": 74498.0, "stored_bytes": 303083.0, "checkpoint_bytes": 893976.0, "added_flops": 0.0}','{"train_seconds": 90.0}',NULL,98.83,NULL,1.79526743568324398999e+09,1.79526743657615160945e+09);
INSERT INTO "trials" VALUES(1,2,'{"method": "lora", "lora.lr": 0.0003}','592324dfa1b7cdedde860fd0f48a77d935c8c09b05f516af74f136318d6ade8d','control','lora lr=0.0003',NULL,0,NULL,'complete',0,9008,NULL,'{"trainable_params": 73728.0, "total_trained": 74498.0, "stored_bytes": 303083.0, "checkpoint_bytes": 893976.0, "added_flops": 0.0}','{"train_seconds": 90.0}',NULL,98.83,NULL,1.79526743648544168476e+09,1.79526743673459410668e+09);
INSERT INTO "trials" VALUES(1,3,'{"method": "lora", "lora.lr": 0.003}','e8bba37cb00b1d300fe586f51b7259f8154d971e09a3b2749117cc8872d2a21d','control','lora lr=0.003',NULL,0,NULL,'running',0,0,9000,'{"trainable_params": 73728.0, "total_trained": 74498.0, "stored_bytes": 303083.0, "checkpoint_bytes": 893976.0, "added_flops": 0.0}','{}',NULL,0.0,NULL,1.79526743666446161268e+09,1.79526743666446161268e+09);
INSERT INTO "trials" VALUES(1,4,'{"method": "lora", "lora.lr": 0.0006626637158165699, "lora.rank": 3, "lora.targets": "qv", "lora.layers": [4]}','b390a15915ee5dffb981172b52b7d0615bc020c7ab7034accd1d35db18b7fc18','search','',NULL,0,NULL,'paused',0,336,NULL,'{"trainable_params": 4608.0, "total_trained": 5378.0, "stored_bytes": 23360.0, "checkpoint_bytes": 64536.0, "added_flops": 0.0}','{"train_seconds": 90.0}',NULL,5.10999999999999943156e+00,NULL,1.79526743675376892084e+09,1.7952674368453102111e+09);
INSERT INTO "trials" VALUES(1,5,'{"method": "serial_adapter", "serial_adapter.lr": 0.0006650836563663387, "serial_adapter.size": 13, "serial_adapter.layers": [0, 1, 3, 5]}','bfea824d812598c0b098cb02caf887ad582142814e88e490093313686474e1d1','search','',NULL,0,NULL,'paused',0,1008,NULL,'{"trainable_params": 41524.0, "total_trained": 42294.0, "stored_bytes": 171758.0, "checkpoint_bytes": 507528.0, "added_flops": 10223616.0}','{"train_seconds": 90.0}',NULL,1.35799999999999982942e+01,NULL,1.79526743686595773689e+09,1.79526743704403018951e+09);
INSERT INTO "trials" VALUES(1,6,'{"method": "lora", "lora.lr": 0.003965870172409294, "lora.rank": 4, "lora.targets": "all", "lora.layers": [0, 1, 2, 3, 4, 5]}','87fd5fc98f16a4f3b37bde4ac3e62a210dc7af63af9953d02cc44152defa4398','search','',NULL,0,NULL,'paused',0,336,NULL,'{"trainable_params": 165888.0, "total_trained": 166658.0, "stored_bytes": 679350.0, "checkpoint_bytes": 1999896.0, "added_flops": 0.0}','{"train_seconds": 90.0}',NULL,5.10999999999999943156e+00,NULL,1.79526743708349037173e+09,1.79526743715603566168e+09);
INSERT INTO "trials" VALUES(1,7,'{"method": "serial_adapter", "serial_adapter.lr": 0.00020012795171852322, "serial_adapter.size": 5, "serial_adapter.layers": [0, 1, 2, 3, 5]}','e6ce685f86b842bdf4c2d7b2222986f10ddbba1390446c5f2523c546a88251c1','search','',NULL,0,NULL,'paused',0,336,NULL,'{"trainable_params": 21145.0, "total_trained": 21915.0, "stored_bytes": 90701.0, "checkpoint_bytes": 262980.0, "added_flops": 4915200.0}','{"train_seconds": 90.0}',NULL,5.10999999999999943156e+00,NULL,1.7952674371735692024e+09,1.7952674372560472488e+09);
INSERT INTO "trials" VALUES(1,8,'{"method": "lora", "lora.lr": 0.0002953012376359695, "lora.rank": 8, "lora.targets": "all", "lora.layers": [0, 1, 2, 3, 5]}','7aabde688909f385e38b0a33e607550902607c7e3f308e598b5367d4de5fe449','search','',NULL,0,NULL,'paused',0,336,NULL,'{"trainable_params": 276480.0, "total_trained": 277250.0, "stored_bytes": 1119811.0, "checkpoint_bytes": 3327000.0, "added_flops": 0.0}','{"train_seconds": 90.0}',NULL,5.10999999999999943156e+00,NULL,1.79526743727422046664e+09,1.79526743735198831553e+09);
CREATE INDEX ix_trials_study_id_state ON trials (study_id, state);
CREATE INDEX ix_segments_study_id_status ON segments (study_id, status);
CREATE INDEX ix_curve_points_study_id_trial ON curve_points (study_id, trial);
CREATE INDEX ix_checkpoints_study_id_trial ON checkpoints (study_id, trial);
DELETE FROM "sqlite_sequence";
INSERT INTO "sqlite_sequence" VALUES('studies',1);
COMMIT;
