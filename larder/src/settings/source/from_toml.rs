//! TOML as a tree that knows where each name begins.

use toml::de::{DeTable, DeValue};

use super::super::node::{At, Node, Table, Value};
use super::Syntax;

pub(super) fn parse(text: &str) -> Result<Node, Syntax> {
    let parsed = DeTable::parse(text).map_err(|error| Syntax {
        at: error.span().map_or(text.len(), |span| span.start),
        // Only the reason: what the error shows beside it is the text, which may hold secrets.
        message: format!("no TOML: {}", error.message().lines().collect::<Vec<_>>().join(", ")),
    })?;
    Ok(Node::new(Value::Table(table(parsed.get_ref())), At::Byte(text.len())))
}

fn table(table: &DeTable<'_>) -> Table {
    let node = |value, at| Node::new(self::value(value), At::Byte(at));
    table
        .iter()
        .map(|(name, value)| (name.get_ref().clone().into_owned(), node(value.get_ref(), name.span().start)))
        .collect()
}

fn value(value: &DeValue<'_>) -> Value {
    match value {
        DeValue::Table(table) => Value::Table(self::table(table)),
        DeValue::Array(values) => {
            let node = |value: &toml::Spanned<DeValue<'_>>| {
                Node::new(self::value(value.get_ref()), At::Byte(value.span().start))
            };
            Value::List(values.iter().map(node).collect())
        }
        DeValue::String(text) => Value::Text(text.clone().into_owned()),
        DeValue::Boolean(bool) => Value::Bool(*bool),
        DeValue::Integer(number) => match i128::from_str_radix(number.as_str(), number.radix()) {
            Ok(number) => Value::Whole(number),
            // No setting is as large.
            Err(_) => Value::Other(number.to_string()),
        },
        DeValue::Float(number) => Value::Other(number.to_string()),
        DeValue::Datetime(date) => Value::Other(date.to_string()),
    }
}
