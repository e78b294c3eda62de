-- conversion_by_day counts what the table counts, day by day.
WITH rows_of_table AS (
  SELECT window_date, sum(total_attempts) AS attempts, sum(total_converted) AS converted
  FROM {{ ref('verify_attempts') }}
  GROUP BY window_date
  {%- if var('verify_settled_only') %} HAVING min(CASE WHEN is_final THEN 1 ELSE 0 END) = 1{% endif %}
),

rows_of_days AS (
  SELECT window_date, sum(total_attempts) AS attempts, sum(total_converted) AS converted
  FROM {{ ref('conversion_by_day') }}
  GROUP BY window_date
)

SELECT rows_of_table.window_date AS in_table, rows_of_days.window_date AS in_days
FROM rows_of_table
FULL JOIN rows_of_days ON rows_of_table.window_date = rows_of_days.window_date
WHERE rows_of_table.window_date IS NULL OR rows_of_days.window_date IS NULL
  OR rows_of_table.attempts <> rows_of_days.attempts OR rows_of_table.converted <> rows_of_days.converted
