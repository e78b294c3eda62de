//! The JSON Schema of a line of the log, from the types of what is told. `docs/log.schema.json` is this text.

use schemars::generate::SchemaSettings;
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value, json};

use super::super::message::CommandMessage;
use crate::accounts::AccountsMessage;
use crate::fetch::FetchMessage;
use crate::notify::NotifyMessage;
use crate::pipeline::PipelineMessage;
use crate::postgres::PostgresMessage;
use crate::progress::ProgressMessage;

/// The schema of a line: the fields that all have, and for each event its own. Nothing else is allowed, so that a reader
/// may rely on it.
pub fn schema() -> Value {
    let mut generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut events = Vec::new();
    for of_room in [
        events_of::<ProgressMessage>(&mut generator),
        events_of::<PipelineMessage>(&mut generator),
        events_of::<AccountsMessage>(&mut generator),
        events_of::<FetchMessage>(&mut generator),
        events_of::<PostgresMessage>(&mut generator),
        events_of::<NotifyMessage>(&mut generator),
        events_of::<CommandMessage>(&mut generator),
    ] {
        events.extend(of_room);
    }
    let mut definitions = Value::Object(generator.take_definitions(true));
    close(&mut definitions);
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "A line of verify-rollup's log under --log-format json",
        "oneOf": events,
        "$defs": definitions,
    })
}

/// The variants of a type of events, each with the common fields.
fn events_of<T: JsonSchema>(generator: &mut SchemaGenerator) -> Vec<Value> {
    let schema = T::json_schema(generator).to_value();
    let variants = schema.get("oneOf").and_then(Value::as_array).cloned().unwrap_or_else(|| vec![schema.clone()]);
    variants.into_iter().map(with_common_fields).collect()
}

fn with_common_fields(mut event: Value) -> Value {
    close(&mut event);
    let common = [
        ("time", json!({ "type": "string", "format": "date-time", "description": "RFC 3339, UTC" })),
        ("level", json!({ "enum": ["ERROR", "WARN", "INFO", "DEBUG", "TRACE"] })),
        ("job", json!({ "type": ["string", "null"], "description": "The job's name, once its file was read" })),
        ("run_id", json!({ "type": ["string", "null"], "description": "The run's identifier, once it has one" })),
        ("message", json!({ "type": ["string", "null"], "description": "What people are told of it" })),
    ];
    if let Some(Value::Array(required)) = event.get_mut("required") {
        required.extend(common.iter().map(|(name, _)| Value::from(*name)));
    }
    if let Some(Value::Object(properties)) = event.get_mut("properties") {
        properties.extend(common.map(|(name, schema)| (name.to_owned(), schema)));
        let whose = "Whose run it is about, where the job has several accounts and that is known";
        properties.insert("account_sid".to_owned(), json!({ "type": "string", "description": whose }));
    }
    event
}

/// Lets no object with named fields have others.
pub fn close(schema: &mut Value) {
    match schema {
        Value::Object(object) => {
            object.values_mut().for_each(close);
            if is_of_fields(object) {
                object.insert("additionalProperties".to_owned(), Value::Bool(false));
            }
        }
        Value::Array(values) => values.iter_mut().for_each(close),
        _ => {}
    }
}

/// Whether a schema is about an object with named fields. A field may have the name `properties`, too.
fn is_of_fields(object: &Map<String, Value>) -> bool {
    object.get("properties").is_some_and(Value::is_object) && object.get("type").is_some_and(|it| it == "object")
}

#[cfg(test)]
mod tests;
