-- Rates are those of the sums: rates of rows cannot be averaged. No row is left out, remainders (country ZZ) least of all, or
-- the countries would not add up to the account's total.
{{ config(materialized = 'table') }}

WITH days AS (
  SELECT
    window_date, country, channel,
    min(window_start) AS first_window_start,
    max(window_end) AS last_window_end,
    cast(sum(total_attempts) AS {{ dbt.type_bigint() }}) AS total_attempts,
    cast(sum(total_converted) AS {{ dbt.type_bigint() }}) AS total_converted,
    cast(sum(total_unconverted) AS {{ dbt.type_bigint() }}) AS total_unconverted,
    min(CASE WHEN is_final THEN 1 ELSE 0 END) = 1 AS is_final
  FROM {{ ref('verify_attempts') }}
  {%- if var('verify_settled_only') %}
  WHERE window_date NOT IN (SELECT window_date FROM {{ ref('verify_attempts') }} WHERE NOT is_final)
  {%- endif %}
  GROUP BY window_date, country, channel
)

SELECT
  window_date, country, channel, first_window_start, last_window_end,
  total_attempts, total_converted, total_unconverted,
  CASE WHEN total_attempts > 0 THEN 1.0e0 * total_converted / total_attempts END AS conversion_rate,
  CASE WHEN total_attempts > 0 THEN {{ wilson('total_converted', 'total_attempts', '-') }} END AS conversion_rate_low,
  CASE WHEN total_attempts > 0 THEN {{ wilson('total_converted', 'total_attempts', '+') }} END AS conversion_rate_high,
  is_final
FROM days
