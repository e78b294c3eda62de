-- The dataset's rows, each with the partition it belongs to and what tells one state of that partition from another.
SELECT
  row_key, window_start, window_end, window_date,
  account_sid, service_sid, country, channel, destination_prefix,
  total_attempts, total_converted, total_unconverted,
  conversion_rate, conversion_rate_low, conversion_rate_high,
  provenance, is_final, asked_at, run_id, published_at,
  priced_attempts, channel_cost, cost_currency,
  partition_version
FROM {{ verify_rows() }} AS dataset
