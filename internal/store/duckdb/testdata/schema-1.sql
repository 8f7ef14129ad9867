-- A file of a version that did not store the buckets of values.
CREATE TABLE views (
	id UUID NOT NULL,
	environment_id VARCHAR DEFAULT '',
	view_start BIGINT,
	view_end BIGINT,
	video_title VARCHAR DEFAULT '',
	video_startup_time BIGINT,
	rebuffer_count BIGINT,
	viewer_experience_score DOUBLE,
	upscale_percentage DOUBLE,
);
CREATE TABLE timelines (id UUID NOT NULL, doc BLOB NOT NULL);
CREATE TABLE progress (shard INTEGER NOT NULL, "read" BIGINT NOT NULL, "resume" BIGINT NOT NULL);
INSERT INTO progress VALUES (0, 12, 11);
INSERT INTO views VALUES ('019e6f5e-1000-7000-8000-000000000000', 'e', 1780000000000, 1780000000500, 'old', 1234, 3, 0.87, NULL);
