//! Whether a value is as the document says.

use serde_json::Value;

/// Demands that a value conforms to a schema, and that it has nothing that the schema does not name.
#[track_caller]
pub(crate) fn demand(document: &Value, schema: &Value, value: &Value) {
    if let Err(why) = check(document, schema, value) {
        panic!("{why}\n{value:#}");
    }
}

/// The part of JSON Schema that the document uses.
fn check(document: &Value, schema: &Value, value: &Value) -> Result<(), String> {
    if let Some(name) = schema["$ref"].as_str() {
        let path = name.strip_prefix('#').ok_or("a reference to elsewhere")?;
        let schema = document.pointer(path).ok_or_else(|| format!("there is no {name}"))?;
        return check(document, schema, value).map_err(|why| format!("{name}: {why}"));
    }
    if let Some(choices) = schema["oneOf"].as_array() {
        let whys: Vec<_> = choices.iter().filter_map(|one| check(document, one, value).err()).collect();
        return if whys.len() < choices.len() { Ok(()) } else { Err(whys.join("; ")) };
    }
    if let Some(allowed) = schema["enum"].as_array() {
        return if allowed.contains(value) { Ok(()) } else { Err(format!("{value} is none of {allowed:?}")) };
    }
    let types = schema["type"].as_array().cloned().unwrap_or_else(|| vec![schema["type"].clone()]);
    if !types.iter().any(|name| is_a(name.as_str().unwrap_or_default(), value)) {
        return Err(format!("{value} is not {types:?}"));
    }
    if let Some(elements) = value.as_array() {
        return elements.iter().try_for_each(|element| check(document, &schema["items"], element));
    }
    let Some(fields) = value.as_object() else { return Ok(()) };
    for name in schema["required"].as_array().into_iter().flatten() {
        let name = name.as_str().unwrap_or_default();
        fields.get(name).ok_or_else(|| format!("{name} is missing"))?;
    }
    for (name, field) in fields {
        let schema = schema["properties"].get(name).ok_or_else(|| format!("{name} is not documented"))?;
        check(document, schema, field).map_err(|why| format!("{name}: {why}"))?;
    }
    Ok(())
}

/// The objects within a schema, however deep, that may have fields that it does not name.
pub(crate) fn open_objects<'a>(document: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    if let Some(name) = schema["$ref"].as_str() {
        let schema = name.strip_prefix('#').and_then(|path| document.pointer(path));
        return open_objects(document, schema.unwrap_or_else(|| panic!("there is no {name}")));
    }
    let choices = ["oneOf", "anyOf", "allOf"].into_iter().filter_map(|choices| schema[choices].as_array()).flatten();
    let fields = schema["properties"].as_object().into_iter().flat_map(|fields| fields.values());
    let within = choices.chain(fields).chain(schema.get("items"));
    let is_object =
        schema["type"] == "object" || schema["type"].as_array().is_some_and(|types| types.contains(&"object".into()));
    let is_open = is_object && schema["additionalProperties"] != false;
    within.flat_map(|part| open_objects(document, part)).chain(is_open.then_some(schema)).collect()
}

fn is_a(name: &str, value: &Value) -> bool {
    match name {
        "object" => value.is_object(),
        "array" => value.is_array(),
        "string" => value.is_string(),
        "integer" => value.is_u64() || value.is_i64(),
        "boolean" => value.is_boolean(),
        "null" => value.is_null(),
        _ => false,
    }
}
