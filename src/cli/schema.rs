//! `schema`: what editors and programs are told of our files and lines.

use schemars::generate::SchemaSettings;

use super::args::SchemaArgs;
use super::exit::{CommandError, Exit};
use super::output::print;
use super::{audit, log, report, status};
use crate::sink::dataset::Manifest;

/// Prints a JSON Schema.
pub fn schema(of: &SchemaArgs) -> Result<Exit, CommandError> {
    let schema = match of {
        SchemaArgs { logs: true, .. } => log::schema(),
        SchemaArgs { report: true, .. } => report::schema(),
        SchemaArgs { accounts_report: true, .. } => report::schema_of_accounts(),
        SchemaArgs { status: true, .. } => status::schema(),
        SchemaArgs { accounts_status: true, .. } => status::schema_of_accounts(),
        SchemaArgs { audit: true, .. } => audit::schema(),
        SchemaArgs { manifest: true, .. } => of_manifest(),
        SchemaArgs { markdown: true, .. } => return print(crate::job::reference().as_bytes()),
        _ => crate::job::json_schema(),
    };
    print(format!("{schema:#}\n").as_bytes())
}

/// As this release writes manifests. `docs/manifest.schema.json` is this text.
fn of_manifest() -> serde_json::Value {
    let generator = SchemaSettings::draft2020_12().for_serialize().into_generator();
    let mut schema = generator.into_root_schema_for::<Manifest>().to_value();
    log::close(&mut schema);
    schema
}
