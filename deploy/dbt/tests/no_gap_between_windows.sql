-- Each window begins where the one before ends. Both are instants, so hours, months and days of 23 hours are alike in that; a
-- window that is missing is a gap, and one that overlaps another would be counted twice. A missing day makes no other one
-- wrong, so the days are made all the same: depends_on: {{ ref('conversion_by_day') }}
WITH windows AS (
  SELECT DISTINCT window_start, window_end FROM {{ ref('verify_attempts') }}
),

neighbours AS (
  SELECT window_start, window_end, lead(window_start) OVER (ORDER BY window_start, window_end) AS next_start FROM windows
)

SELECT * FROM neighbours
WHERE next_start <> window_end
{%- if var('verify_gaps_until') %} AND next_start > cast('{{ var('verify_gaps_until') }}' AS {{ dbt.type_timestamp() }}){% endif %}
