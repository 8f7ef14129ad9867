SELECT id, view_id, view_start, view_end, operating_system, browser, video_title, country, player_error_message, player_error_code, error_type_id, playback_failure, viewer_experience_score, video_startup_time, rebuffer_duration, watch_time
FROM views
WHERE environment_id = ? AND view_end >= ? AND view_end < ?
	AND (country IN (?, ?))
	AND NOT (browser IN (?))
	AND (asn IS NULL OR asn IS NOT NULL AND asn IN (?))
	AND NOT (player_autoplay IS NOT NULL AND CASE WHEN player_autoplay THEN 1 WHEN NOT player_autoplay THEN 0 END IN (?))
	AND ((video_cdn_trace IN (?)) OR (position(? IN video_cdn_trace) > 0))
	AND (video_startup_time IS NOT NULL AND video_startup_time >= ?)
	AND (playback_failure IS NOT NULL AND CASE WHEN playback_failure THEN 1 WHEN NOT playback_failure THEN 0 END < ?)
	AND ((viewer_user_id IN (?)) OR (mux_viewer_id IN (?)))
	AND (view_id IN (?))
	AND NOT (error_type_id IS NULL)
ORDER BY view_end DESC NULLS LAST, id
LIMIT 25

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
-- 13: string "'); DROP TABLE views; --"
-- 14: string "'); DROP TABLE views; --"
-- 15: string "'); DROP TABLE views; --"
