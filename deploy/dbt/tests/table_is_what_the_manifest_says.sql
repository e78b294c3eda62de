-- Windows, their rows and their sums. Where this alone fails, a run was publishing meanwhile: build again.
{{ config(enabled = target.type == 'duckdb') }}

WITH promised AS (
  SELECT
    CAST(w."start" AS TIMESTAMPTZ) AS window_start, CAST(w."end" AS TIMESTAMPTZ) AS window_end,
    w."rows" AS "rows", w.total_attempts AS attempts, w.total_converted AS converted
  FROM (SELECT unnest(windows) AS w FROM {{ source('verify_rollup', 'manifest') }})
),

found AS (
  SELECT window_start, window_end, count(*) AS "rows", sum(total_attempts) AS attempts, sum(total_converted) AS converted
  FROM {{ ref('verify_attempts') }}
  GROUP BY window_start, window_end
)

(FROM promised EXCEPT FROM found)
UNION ALL
(FROM found EXCEPT FROM promised)
