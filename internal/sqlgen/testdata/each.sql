WITH grouped AS (
SELECT split_part(element, chr(30), 1) AS g0, split_part(element, chr(30), 6) AS g1, CAST(count() AS DOUBLE) AS v0, CAST(coalesce(sum(CASE WHEN translate(split_part(element, chr(30), 7), '0123456789.', '') = '' THEN TRY_CAST(split_part(element, chr(30), 7) AS DOUBLE) END), 0) AS DOUBLE) AS v1
FROM (SELECT *, unnest(string_split(rendition_playing_times[2:-2], chr(31))) AS element FROM views
WHERE environment_id = ? AND view_end >= ? AND view_end < ? AND video_startup_time IS NOT NULL
	AND (country IN (?, ?))
	AND NOT (browser IN (?))
	AND (asn IS NULL OR asn IS NOT NULL AND asn IN (?))
	AND NOT (player_autoplay IS NOT NULL AND CASE WHEN player_autoplay THEN 1 WHEN NOT player_autoplay THEN 0 END IN (?))
	AND ((video_cdn_trace IN (?)) OR (position(? IN video_cdn_trace) > 0))
	AND (video_startup_time IS NOT NULL AND video_startup_time >= ?)
	AND (playback_failure IS NOT NULL AND CASE WHEN playback_failure THEN 1 WHEN NOT playback_failure THEN 0 END < ?)
	AND (position(? IN rendition_playing_times) > 0 OR position(? IN rendition_playing_times) > 0)
	AND rendition_playing_times <> '') AS elements
WHERE (split_part(element, chr(30), 2) IN (?, ?))
	AND NOT (regexp_matches(split_part(element, chr(30), 6), ?))
GROUP BY g0, g1
)
SELECT g0, g1, v0, v1, count(*) OVER () AS total
FROM grouped
ORDER BY nullif(g0, '') ASC NULLS LAST, nullif(g1, '') ASC NULLS LAST
LIMIT 25
OFFSET 50

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
-- 13: string "\x1f'); DROP TABLE views; --\x1e"
-- 14: string "\x1f'); DROP TABLE views; --\x1f"
-- 15: string "1080"
-- 16: string "'); DROP TABLE views; --"
-- 17: string "'\\); [Dd][Rr][Oo][Pp] [Tt][Aa][Bb][Ll][Ee] [vV][iI][eE][wW][sſS]; --"
