//! A service as the job file writes it: its SID alone, or a table with its name.

use schemars::{Schema, SchemaGenerator, json_schema};
use toml::Spanned;
use toml::de::DeValue;

use super::field::{Field, Span, Value, wrong_type};
use super::mistakes::Findings;
use super::raw::NamedService;
use super::values::Service;
use crate::model::ServiceSid;

impl Value for Service {
    fn read(value: &Spanned<DeValue<'_>>, key: &str, findings: &mut Findings) -> Option<Self> {
        match value.get_ref() {
            DeValue::String(_) => ServiceSid::read(value, key, findings).map(|sid| Self { sid, name: None }),
            DeValue::Table(_) => NamedService::read(value, key, findings)?.check(&value.span(), findings),
            _ => {
                wrong_type(value, key, "a service SID in quotes, or { sid = \"VA…\", name = \"Login\" }", findings);
                None
            }
        }
    }

    fn schema(generator: &mut SchemaGenerator) -> Schema {
        let (sid, named) = (ServiceSid::schema(generator), NamedService::schema(generator));
        json_schema!({ "anyOf": [sid, named] })
    }
}

impl NamedService {
    /// The service; `span` is the place of the whole.
    fn check(self, span: &Span, findings: &mut Findings) -> Option<Service> {
        if matches!(self.sid, Field::Absent) {
            findings.add(span.clone(), "a service without `sid`", "write { sid = \"VA…\", name = \"Login\" }");
        }
        Some(Service { sid: self.sid.value()?, name: self.name.value() })
    }
}
