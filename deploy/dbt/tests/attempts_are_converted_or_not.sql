SELECT row_key, total_attempts, total_converted, total_unconverted
FROM {{ ref('verify_attempts') }}
WHERE total_attempts <> total_converted + total_unconverted
  OR total_converted < 0 OR total_unconverted < 0
