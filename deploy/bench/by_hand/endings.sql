-- How the units of a query are counted, by kind. Sums of squares are over families, as parents of one are alike.

-- name: count
SELECT {keys}, count(*) AS units, count(*) FILTER (counted) AS counted,
       count(DISTINCT cluster) FILTER (counted) AS clusters
FROM unit GROUP BY ALL

-- name: mix
SELECT {keys}, category, whole.units, whole.units AS counted, clusters, met, met / whole.units AS share
FROM (SELECT {keys}, category, count(*) AS met FROM unit GROUP BY ALL)
JOIN (SELECT {keys}, count(*) AS units, count(DISTINCT cluster) AS clusters FROM unit GROUP BY ALL) AS whole
    USING ({keys})

-- name: several
SELECT {keys}, category, clusters AS units, clusters AS counted, clusters, met, met / clusters AS share
FROM (SELECT {keys}, category, count(*) AS met FROM unit GROUP BY ALL)
JOIN (SELECT {keys}, count(DISTINCT cluster) AS clusters FROM unit GROUP BY ALL) USING ({keys})

-- name: share
SELECT {keys}, sum(units) AS units, sum(counted) AS counted, count(*) FILTER (counted > 0) AS clusters,
       sum(met * met) AS vv, sum(met * counted) AS vn, sum(counted * counted) AS nn,
       sum(met) AS met, sum(met) / nullif(sum(counted), 0) AS share
FROM (
    SELECT {keys}, cluster, count(*) AS units, count(*) FILTER (counted) AS counted,
           count(*) FILTER (counted AND met) AS met
    FROM unit GROUP BY ALL
) GROUP BY ALL

-- name: ratio
SELECT {keys}, sum(units) AS units, sum(counted) AS counted, count(*) FILTER (counted > 0) AS clusters,
       sum(value * value) AS vv, sum(value * per) AS vn, sum(per * per) AS nn,
       sum(value) AS total, sum(per) AS per, sum(value) / nullif(sum(per), 0) AS ratio
FROM (
    SELECT {keys}, cluster, count(*) AS units, count(*) FILTER (counted) AS counted,
           coalesce(sum(value) FILTER (counted), 0)::DOUBLE AS value, coalesce(sum(per) FILTER (counted), 0)::DOUBLE AS per
    FROM unit GROUP BY ALL
) GROUP BY ALL

-- name: number
SELECT *
FROM (
    SELECT {keys}, count(*) AS units, count(*) FILTER (counted) AS counted, avg(value) FILTER (counted) AS mean,
           stddev_samp(value) FILTER (counted) AS sd, median(value) FILTER (counted) AS median,
           quantile_cont(value, 0.9) FILTER (counted) AS p90,
           min(value) FILTER (counted) AS least, max(value) FILTER (counted) AS most
    FROM unit GROUP BY ALL
)
JOIN (
    SELECT {keys}, count(*) FILTER (counted > 0) AS clusters,
           sum(value * value) AS vv, sum(value * counted) AS vn, sum(counted * counted) AS nn
    FROM (
        SELECT {keys}, cluster, count(*) FILTER (counted) AS counted,
               coalesce(sum(value) FILTER (counted), 0)::DOUBLE AS value
        FROM unit GROUP BY ALL
    ) GROUP BY ALL
) USING ({keys})
