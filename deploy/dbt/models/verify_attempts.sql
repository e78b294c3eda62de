{{ config(materialized = 'incremental', incremental_strategy = 'replace_partitions', on_schema_change = 'append_new_columns') }}

SELECT * FROM {{ ref('stg_verify_attempts') }}
