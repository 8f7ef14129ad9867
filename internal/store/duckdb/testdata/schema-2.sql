-- A file of a version that did not write down by which records views were complete.
CREATE TABLE views (
	id UUID NOT NULL,
	environment_id VARCHAR DEFAULT '',
	view_id VARCHAR DEFAULT '',
	view_start BIGINT,
	view_end BIGINT,
	viewer_key BIGINT,
	video_title VARCHAR DEFAULT '',
	video_startup_time BIGINT,
	b_video_startup_time USMALLINT,
	playback_failure BOOLEAN,
	activities VARCHAR DEFAULT ''
);
CREATE TABLE timelines (id UUID NOT NULL, doc BLOB NOT NULL);
CREATE TABLE snapshots ("partition" INTEGER NOT NULL, "read" BIGINT NOT NULL, format BIGINT NOT NULL, doc BLOB NOT NULL);
CREATE TABLE progress (shard INTEGER NOT NULL, "read" BIGINT NOT NULL, "resume" BIGINT NOT NULL, rules VARCHAR DEFAULT '');
INSERT INTO progress VALUES (0, 12, 11, '');
INSERT INTO views VALUES ('019e6f5e-1000-7000-8000-000000000000', 'e', 'v', 1780000000000, 1780000000500, 7, 'old', NULL, NULL, false, '');
