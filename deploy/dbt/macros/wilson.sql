{# One bound of the 95 % Wilson score interval of converted ÷ attempts, as the table has it; `sign` is - or +. #}
{% macro wilson(converted, attempts, sign) %}
  {%- set z = '1.959963984540054' -%}
  {%- set rate = '(1.0e0 * ' ~ converted ~ ' / ' ~ attempts ~ ')' -%}
  ({{ rate }} + {{ z }} * {{ z }} / (2 * {{ attempts }}) {{ sign }} {{ z }} * sqrt(
    {{ rate }} * (1 - {{ rate }}) / {{ attempts }} + {{ z }} * {{ z }} / (4.0e0 * {{ attempts }} * {{ attempts }})
  )) / (1 + {{ z }} * {{ z }} / {{ attempts }})
{% endmacro %}
