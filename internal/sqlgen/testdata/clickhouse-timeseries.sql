WITH grouped AS (
SELECT toInt64(intDiv((view_end - 1699999200000), 3600000)) AS bucket, (toFloat64(ifNull(sumOrNull(toFloat64(rebuffer_duration)), 0)) / nullif(toFloat64(ifNull(sumOrNull(toFloat64(watch_time)), 0)), 0)) AS v0, toFloat64(count()) AS v1, toFloat64(ifNull(sumOrNull(toFloat64(watch_time)), 0)) AS v2, toFloat64(ifNull(sumOrNull(toFloat64(playing_time)), 0)) AS v3
FROM views
WHERE environment_id = ? AND view_end >= ? AND view_end < ? AND rebuffer_percentage IS NOT NULL
	AND (country IN (?, ?))
	AND NOT (browser IN (?))
	AND (asn IS NULL OR asn IS NOT NULL AND asn IN (?))
	AND NOT (player_autoplay IS NOT NULL AND CASE WHEN player_autoplay THEN 1 WHEN NOT player_autoplay THEN 0 END IN (?))
	AND ((video_cdn_trace IN (?)) OR (position(? IN video_cdn_trace) > 0))
	AND (video_startup_time IS NOT NULL AND video_startup_time >= ?)
	AND (playback_failure IS NOT NULL AND CASE WHEN playback_failure THEN 1 WHEN NOT playback_failure THEN 0 END < ?)
GROUP BY bucket
)
SELECT bucket, v0, v1, v2, v3
FROM grouped
ORDER BY bucket

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
