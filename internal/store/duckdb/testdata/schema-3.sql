-- A file of a version that did not write down by which records views changed.
CREATE TABLE views (
	id UUID NOT NULL,
	environment_id VARCHAR DEFAULT '',
	view_id VARCHAR DEFAULT '',
	view_start BIGINT,
	view_end BIGINT,
	viewer_key BIGINT,
	complete_record BIGINT,
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
INSERT INTO views VALUES ('019e6f5e-1000-7000-8000-000000000000', 'e', 'v', 1780000000000, 1780000000500, 7, 4, 'old', NULL, NULL, false, '');
-- The view whole, in the city of Ulm and with one event.
INSERT INTO timelines VALUES ('019e6f5e-1000-7000-8000-000000000000', unhex('28b52ffd44003700ad0500324b221e6049ab000d4a72ba155c19e5f569a974af28024b1aa8471fb7d0822060110bc1b228e94429da273c4050410229047ee91eeee92fc46c8a34c2132b03e964d9df6dbc9480d38955c4c64935a7af56f7684ffa6c0ae9e41a72777caf10ab2146623f188af43ab4c94bb83e1bff58f6c59ad3c76e633c88783888683888589c1b06000f28d0e9a45602100050155c21dfa092c1627af0bd6344c1061c8a39032cc1930fd30c84b011901b73b8ad6e0586230366e162a9'));
