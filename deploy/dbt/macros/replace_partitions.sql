{# An incremental strategy for a model that selects all of its source, with `partition_version`: partitions that the source no
   longer has in that state, or at all, are deleted, and those that the table has not yet are inserted. Nothing is merged by
   key, so rows that are gone stay gone, and it does not matter how the source is cut now or was cut before. #}
{% macro get_incremental_replace_partitions_sql(arguments) %}
  {%- set table, all_rows = arguments['target_relation'], arguments['temp_relation'] -%}
  {%- set columns = get_quoted_csv(arguments['dest_columns'] | map(attribute='name')) -%}
  DELETE FROM {{ table }}
  WHERE partition_version NOT IN (SELECT partition_version FROM {{ all_rows }});

  INSERT INTO {{ table }} ({{ columns }})
  SELECT {{ columns }} FROM {{ all_rows }}
  WHERE partition_version NOT IN (SELECT partition_version FROM {{ table }});
{% endmacro %}
