WITH counted AS (
SELECT video_title AS g0, b_video_startup_time AS b, count(b_video_startup_time) AS n, CAST(count() AS DOUBLE) AS a0, CAST(coalesce(sum(watch_time), 0) AS DOUBLE) AS a1, CAST(coalesce(sum(playing_time), 0) AS DOUBLE) AS a2
FROM views
WHERE environment_id = ? AND view_end >= ? AND view_end < ? AND video_startup_time IS NOT NULL
	AND (country IN (?, ?))
	AND NOT (browser IN (?))
	AND (asn IS NULL OR asn IS NOT NULL AND asn IN (?))
	AND NOT (player_autoplay IS NOT NULL AND CASE WHEN player_autoplay THEN 1 WHEN NOT player_autoplay THEN 0 END IN (?))
	AND ((video_cdn_trace IN (?)) OR (position(? IN video_cdn_trace) > 0))
	AND (video_startup_time IS NOT NULL AND video_startup_time >= ?)
	AND (playback_failure IS NOT NULL AND CASE WHEN playback_failure THEN 1 WHEN NOT playback_failure THEN 0 END < ?)
GROUP BY g0, b_video_startup_time
), cumulated AS (
SELECT *, sum(n) OVER (PARTITION BY g0 ORDER BY b) - n AS below, sum(n) OVER (PARTITION BY g0) AS size FROM counted
), grouped AS (
SELECT g0, (sum(CASE WHEN below <= floor(5e-01 * (size - 1)) AND floor(5e-01 * (size - 1)) < below + n THEN ((floor(5e-01 * (size - 1)) + 1) - (5e-01 * (size - 1))) * CASE WHEN b = 0 THEN 0 ELSE greatest(ceil(pow(b / 4e+00, 2)), least(ceil(pow((b + 1) / 4e+00, 2)) - 1, pow((b + ((floor(5e-01 * (size - 1)) - below + 0.5) / n)) / 4e+00, 2))) END END) + coalesce(sum(CASE WHEN below <= (floor(5e-01 * (size - 1)) + 1) AND (floor(5e-01 * (size - 1)) + 1) < below + n THEN ((5e-01 * (size - 1)) - floor(5e-01 * (size - 1))) * CASE WHEN b = 0 THEN 0 ELSE greatest(ceil(pow(b / 4e+00, 2)), least(ceil(pow((b + 1) / 4e+00, 2)) - 1, pow((b + (((floor(5e-01 * (size - 1)) + 1) - below + 0.5) / n)) / 4e+00, 2))) END END), 0)) AS v0, coalesce(sum(a0), 0) AS v1, coalesce(sum(a1), 0) AS v2, coalesce(sum(a2), 0) AS v3
FROM cumulated
GROUP BY g0
)
SELECT g0, v0, v1, v2, v3, row_number() OVER (ORDER BY v0 * v1 DESC NULLS LAST, v1 DESC NULLS LAST, nullif(g0, '') ASC NULLS LAST) AS rank, count(*) OVER () AS total
FROM grouped
ORDER BY rank ASC NULLS LAST, nullif(g0, '') ASC NULLS LAST
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
