{# A subquery with the rows of the source and their `partition_version`, which is another one after any change of a partition. #}
{% macro verify_rows() %}
  {{ return(adapter.dispatch('verify_rows')()) }}
{% endmacro %}

{# Files that the manifest does not name are not opened. What they hold is told by their checksum. #}
{% macro duckdb__verify_rows() %}
  {%- set manifest = source('verify_rollup', 'manifest') -%}
  {%- if not execute -%}
    {{ return('(SELECT 1)') }}
  {%- endif -%}
  {%- set folder = env_var('VERIFY_ROLLUP_OUTPUT', '') -%}
  {%- if not folder -%}
    {{ exceptions.raise_compiler_error("set VERIFY_ROLLUP_OUTPUT to the dataset's folder, as /srv/verify/output/daily") }}
  {%- endif -%}
  {%- set version = run_query('SELECT format_version FROM ' ~ manifest).columns[0].values()[0] | int -%}
  {%- if version != 2 -%}
    {{ exceptions.raise_compiler_error('the manifest has format_version ' ~ version ~ ', and these models know 2 alone') }}
  {%- endif -%}
  {%- set files = run_query(
    "SELECT file.path, file.path || ' ' || file.sha256 FROM (SELECT unnest(files) AS file FROM " ~ manifest ~ ") "
    ~ "WHERE file.format = 'parquet' ORDER BY 1"
  ).rows -%}
  {%- if not files -%}
    {{ exceptions.raise_compiler_error('the manifest names no Parquet file: formats = ["parquet"] below [output] of the job') }}
  {%- endif -%}
  (
    SELECT data.* EXCLUDE (filename), named.partition_version
    FROM (
      FROM read_parquet(
        [{% for path, _ in files %}'{{ folder }}/{{ path }}'{{ ', ' if not loop.last }}{% endfor %}],
        filename = true, union_by_name = true, hive_partitioning = false
      )
      -- Columns that files of older releases have not.
      UNION ALL BY NAME
      SELECT NULL::TIMESTAMPTZ AS published_at, NULL::BIGINT AS priced_attempts,
        NULL::DECIMAL(18, 6) AS channel_cost, NULL::VARCHAR AS cost_currency
      WHERE false
    ) AS data
    JOIN (VALUES
      {% for path, version in files %}('{{ folder }}/{{ path }}', '{{ version }}'){{ ', ' if not loop.last }}{% endfor %}
    ) AS named (filename, partition_version) USING (filename)
  )
{% endmacro %}

{# A loaded table has no files, so its partitions are months. A row that was changed or added has the latest `published_at`; one
   that is gone is missing in the count. The sums are there for clocks that went back. #}
{% macro default__verify_rows() %}
  {%- set month = dbt.date_trunc('month', 'window_date') -%}
  {%- set parts = [
    month, 'count(*) OVER month', 'max(published_at) OVER month', 'sum(total_attempts) OVER month',
    'sum(total_converted) OVER month', 'sum(CASE WHEN is_final THEN 1 ELSE 0 END) OVER month'
  ] -%}
  {%- set texts = [] -%}
  {%- for part in parts -%}
    {%- set over = part | replace('OVER month', 'OVER (PARTITION BY ' ~ month ~ ')') -%}
    {%- do texts.append("coalesce(cast(" ~ over ~ " AS " ~ dbt.type_string() ~ "), '')") -%}
    {%- do texts.append("' '") -%}
  {%- endfor -%}
  (
    SELECT loaded.*, {{ dbt.concat(texts[:-1]) }} AS partition_version
    FROM {{ source('verify_rollup', 'verify_attempts') }} AS loaded
  )
{% endmacro %}
