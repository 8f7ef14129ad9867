WITH grouped AS (
SELECT CAST(quantile_cont(video_startup_time, 0.5) AS DOUBLE) AS v0, CAST(count() AS DOUBLE) AS v1, CAST(coalesce(sum(watch_time), 0) AS DOUBLE) AS v2, CAST(coalesce(sum(playing_time), 0) AS DOUBLE) AS v3
FROM views
WHERE environment_id = ? AND view_end >= ? AND view_end < ? AND video_startup_time IS NOT NULL
	AND (country IN (?, ?))
	AND NOT (browser IN (?))
	AND (asn IS NULL OR asn IS NOT NULL AND asn IN (?))
	AND NOT (player_autoplay IS NOT NULL AND CASE WHEN player_autoplay THEN 1 WHEN NOT player_autoplay THEN 0 END IN (?))
	AND ((video_cdn_trace IN (?)) OR (position(? IN video_cdn_trace) > 0))
	AND (video_startup_time IS NOT NULL AND video_startup_time >= ?)
	AND (playback_failure IS NOT NULL AND CASE WHEN playback_failure THEN 1 WHEN NOT playback_failure THEN 0 END < ?)
HAVING count(*) >= 0
)
SELECT v0, v1, v2, v3
FROM grouped

-- 1: string "'); DROP TABLE views; --"
-- 2: int64 1700000000000
-- 3: int64 1700086400000
-- 4: string "'); DROP TABLE views; --"
-- 5: string "DE"
-- 6: string "'); DROP TABLE views; --"
-- 7: int64 64512
-- 8: int64 1
-- 9: string "\x1fa\x1f'); DROP TABLE views; --\x1f"
-- 10: string "\x1f'); DROP TABLE views; --\x1f"
-- 11: int64 1000
-- 12: int64 1
