//! As much of JSON Schema as our own schemas use. A keyword that it does not know is an error, so that nothing stays
//! unchecked.

use serde_json::{Map, Value};

/// Keywords that are for readers.
const FOR_READERS: [&str; 5] = ["title", "description", "default", "$schema", "$defs"];

/// Holds a value against a schema.
///
/// # Errors
/// Where it differs, and how.
pub fn check(schema: &Value, value: &Value) -> Result<(), String> {
    Checker { root: schema }.check(schema, value, "$")
}

struct Checker<'a> {
    root: &'a Value,
}

impl Checker<'_> {
    fn check(&self, schema: &Value, value: &Value, at: &str) -> Result<(), String> {
        let Value::Object(keywords) = schema else {
            return if *schema == Value::Bool(true) { Ok(()) } else { Err(format!("{at} is not allowed")) };
        };
        for (keyword, wanted) in keywords {
            match keyword.as_str() {
                "$ref" => self.check(self.definition(wanted), value, at)?,
                "oneOf" => self.exactly_one(wanted, value, at)?,
                "anyOf" => {
                    let any = list(wanted).iter().any(|schema| self.check(schema, value, at).is_ok());
                    any.then_some(()).ok_or_else(|| format!("{at} is none of what it may be: {value}"))?;
                }
                "const" if wanted != value => return Err(format!("{at} is {value}, not {wanted}")),
                "enum" if !list(wanted).contains(value) => return Err(format!("{at} is {value}, none of {wanted}")),
                "type" => is_of_type(wanted, value, at)?,
                "format" => has_format(text(wanted), value, at)?,
                "minimum" | "maximum" => is_in_range(keyword, wanted, value, at)?,
                "items" => {
                    for (index, item) in value.as_array().into_iter().flatten().enumerate() {
                        self.check(wanted, item, &format!("{at}[{index}]"))?;
                    }
                }
                "const" | "enum" | "properties" | "required" | "additionalProperties" => {}
                other if FOR_READERS.contains(&other) => {}
                other => panic!("the schema has the keyword {other}, which nothing checks"),
            }
        }
        value.as_object().map_or(Ok(()), |object| self.check_object(keywords, object, at))
    }

    fn check_object(&self, keywords: &Map<String, Value>, object: &Map<String, Value>, at: &str) -> Result<(), String> {
        for name in keywords.get("required").map_or(&[][..], list) {
            if !object.contains_key(text(name)) {
                return Err(format!("{at} lacks {name}"));
            }
        }
        let named = keywords.get("properties").and_then(Value::as_object);
        for (name, value) in object {
            let of_others = || keywords.get("additionalProperties");
            if let Some(schema) = named.and_then(|named| named.get(name)).or_else(of_others) {
                self.check(schema, value, &format!("{at}.{name}"))?;
            }
        }
        Ok(())
    }

    fn exactly_one(&self, schemas: &Value, value: &Value, at: &str) -> Result<(), String> {
        let errors: Vec<_> = list(schemas).iter().filter_map(|schema| self.check(schema, value, at).err()).collect();
        match list(schemas).len() - errors.len() {
            1 => Ok(()),
            0 => Err(format!("{at} is none of what it may be: {value}; {}", errors.join("; "))),
            _ => Err(format!("{at} is more than one of what it may be: {value}")),
        }
    }

    fn definition(&self, reference: &Value) -> &Value {
        let name = text(reference).strip_prefix("#/$defs/").expect("a reference within the schema");
        &self.root["$defs"][name]
    }
}

fn text(value: &Value) -> &str {
    value.as_str().expect("a text")
}

fn list(value: &Value) -> &[Value] {
    value.as_array().expect("a list")
}

fn is_of_type(wanted: &Value, value: &Value, at: &str) -> Result<(), String> {
    let is_it = |name: &str| match name {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("the schema has the type {other}"),
    };
    let is_one = wanted.as_array().map_or_else(|| is_it(text(wanted)), |names| names.iter().any(|it| is_it(text(it))));
    is_one.then_some(()).ok_or_else(|| format!("{at} is {value}, not {wanted}"))
}

fn has_format(format: &str, value: &Value, at: &str) -> Result<(), String> {
    match (format, value.as_str()) {
        ("date-time", Some(text)) => {
            let is_time = chrono::DateTime::parse_from_rfc3339(text).is_ok() && text.ends_with('Z');
            is_time.then_some(()).ok_or_else(|| format!("{at} is {text}, no time in UTC"))
        }
        ("uint" | "uint8" | "uint16" | "uint32" | "uint64" | "int64" | "double", _) => Ok(()),
        (other, _) => panic!("the schema has the format {other}"),
    }
}

fn is_in_range(keyword: &str, bound: &Value, value: &Value, at: &str) -> Result<(), String> {
    let (Some(bound), Some(number)) = (bound.as_f64(), value.as_f64()) else { return Ok(()) };
    let is_in = if keyword == "minimum" { number >= bound } else { number <= bound };
    is_in.then_some(()).ok_or_else(|| format!("{at} is {value}, beyond its {keyword} {bound}"))
}
