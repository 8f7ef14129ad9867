WITH grouped AS (
SELECT CAST(CASE WHEN grouping(video_title) = 0 THEN 0 WHEN grouping(asn) = 0 THEN 1 WHEN grouping(playback_failure) = 0 THEN 2 WHEN grouping(video_cdn_trace) = 0 THEN 3 ELSE -1 END AS BIGINT) AS set, CASE WHEN grouping(video_title) = 0 THEN video_title WHEN grouping(video_cdn_trace) = 0 THEN video_cdn_trace ELSE '' END AS g0, CAST(CASE WHEN grouping(asn) = 0 THEN asn WHEN grouping(playback_failure) = 0 THEN CASE WHEN playback_failure THEN 1 WHEN NOT playback_failure THEN 0 END ELSE NULL END AS DOUBLE) AS n0, count(*) AS members, CAST(quantile_cont(video_startup_time, 0.5) AS DOUBLE) AS v0, CAST(count() AS DOUBLE) AS v1, CAST(coalesce(sum(watch_time), 0) AS DOUBLE) AS v2, CAST(coalesce(sum(playing_time), 0) AS DOUBLE) AS v3
FROM views
WHERE environment_id = ? AND view_end >= ? AND view_end < ? AND video_startup_time IS NOT NULL
	AND (country IN (?, ?))
	AND NOT (browser IN (?))
	AND (asn IS NULL OR asn IS NOT NULL AND asn IN (?))
	AND NOT (player_autoplay IS NOT NULL AND CASE WHEN player_autoplay THEN 1 WHEN NOT player_autoplay THEN 0 END IN (?))
	AND ((video_cdn_trace IN (?)) OR (position(? IN video_cdn_trace) > 0))
	AND (video_startup_time IS NOT NULL AND video_startup_time >= ?)
	AND (playback_failure IS NOT NULL AND CASE WHEN playback_failure THEN 1 WHEN NOT playback_failure THEN 0 END < ?)
GROUP BY GROUPING SETS ((), (video_title), (asn), (playback_failure), (video_cdn_trace))
), known AS (
SELECT * FROM (SELECT *, max(members) OVER () AS everyone FROM grouped) AS sized
WHERE set < 0 OR g0 <> '' OR n0 IS NOT NULL OR members < everyone
), compared AS (
SELECT *, max(CASE WHEN set < 0 THEN v0 END) OVER () AS standard FROM known
), best AS (
SELECT *, count(*) OVER () - 1 AS total FROM compared ORDER BY set >= 0, (v0 - standard) * v1 DESC NULLS LAST, v1 DESC NULLS LAST, set, nullif(g0, '') ASC NULLS LAST, n0 ASC NULLS LAST LIMIT 76
), ranked AS (
SELECT *, row_number() OVER (ORDER BY set >= 0, (v0 - standard) * v1 DESC NULLS LAST, v1 DESC NULLS LAST, set, nullif(g0, '') ASC NULLS LAST, n0 ASC NULLS LAST) - 1 AS rank FROM best
), placed AS (
SELECT *, rank AS place FROM ranked
)
SELECT set, g0, n0, v0, v1, v2, v3, rank, total
FROM placed
WHERE place = 0 OR place > 50 AND place <= 75
ORDER BY place

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
