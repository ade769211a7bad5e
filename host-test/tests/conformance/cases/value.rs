//! Between the data and the values of a component, by the component's own types.

use toml::{Table, Value};
use wasmtime::component::{Type, Val};

/// Returns what the data says as a value of this type; what is absent is none.
pub fn to_val(value: Option<&Value>, ty: &Type) -> Result<Val, String> {
    if let Type::Option(option) = ty {
        let inner = value.map(|value| to_val(Some(value), &option.ty()));
        return Ok(Val::Option(inner.transpose()?.map(Box::new)));
    }
    let value = value.ok_or("a field is missing")?;
    let integer = || {
        value
            .as_integer()
            .ok_or_else(|| format!("{value:?} is no number"))
    };
    let text = || {
        value
            .as_str()
            .ok_or_else(|| format!("{value:?} is no text"))
    };
    let out_of_range = |_| format!("{value:?} is out of range");
    Ok(match ty {
        Type::Bool => Val::Bool(value.as_bool().ok_or("a field is no bool")?),
        Type::U8 => Val::U8(integer()?.try_into().map_err(out_of_range)?),
        Type::U16 => Val::U16(integer()?.try_into().map_err(out_of_range)?),
        Type::U32 => Val::U32(integer()?.try_into().map_err(out_of_range)?),
        Type::U64 => Val::U64(integer()?.try_into().map_err(out_of_range)?),
        Type::String => Val::String(text()?.into()),
        Type::Enum(_) => Val::Enum(text()?.into()),
        Type::List(list) => {
            let values = value.as_array().ok_or("a field is no list")?;
            let values = values.iter().map(|value| to_val(Some(value), &list.ty()));
            Val::List(values.collect::<Result<_, _>>()?)
        }
        Type::Tuple(tuple) => {
            let values = value.as_array().ok_or("a field is no list")?;
            let values = values.iter().zip(tuple.types());
            let values = values.map(|(value, ty)| to_val(Some(value), &ty));
            Val::Tuple(values.collect::<Result<_, _>>()?)
        }
        Type::Record(record) => {
            let table = value.as_table().ok_or("a field is no record")?;
            let known: Vec<&str> = record.fields().map(|field| field.name).collect();
            if let Some(name) = table.keys().find(|name| !known.contains(&&***name)) {
                return Err(format!("{name} is no field"));
            }
            let fields = record.fields().map(|field| {
                let value = to_val(table.get(field.name), &field.ty);
                Ok((
                    field.name.to_owned(),
                    value.map_err(|what| format!("{}: {what}", field.name))?,
                ))
            });
            Val::Record(fields.collect::<Result<_, String>>()?)
        }
        Type::Variant(variant) => {
            let (name, payload) = match value {
                Value::String(name) => (name, None),
                Value::Table(table) if table.len() == 1 => {
                    let (name, payload) = table.iter().next().ok_or("a variant is empty")?;
                    (name, Some(payload))
                }
                _ => return Err("a variant is one name with what it holds".into()),
            };
            let case = variant.cases().find(|case| case.name == name);
            let case = case.ok_or_else(|| format!("{name} is no case"))?;
            let payload = case.ty.map(|ty| to_val(payload, &ty)).transpose()?;
            Val::Variant(name.clone(), payload.map(Box::new))
        }
        other => return Err(format!("no data for {other:?}")),
    })
}

/// Returns a value as the data says it; none is absent.
pub fn to_data(value: &Val) -> Option<Value> {
    let integer = |number: u64| Value::Integer(number.try_into().expect("the data has i64"));
    Some(match value {
        Val::Bool(bool) => Value::Boolean(*bool),
        Val::U8(number) => integer((*number).into()),
        Val::U16(number) => integer((*number).into()),
        Val::U32(number) => integer((*number).into()),
        Val::U64(number) => integer(*number),
        Val::String(text) | Val::Enum(text) => Value::String(text.clone()),
        Val::List(values) | Val::Tuple(values) => {
            Value::Array(values.iter().filter_map(to_data).collect())
        }
        Val::Record(fields) => {
            let fields = fields.iter();
            let fields = fields.filter_map(|(name, value)| Some((name.clone(), to_data(value)?)));
            Value::Table(fields.collect())
        }
        Val::Variant(name, payload) => match payload {
            None => Value::String(name.clone()),
            Some(payload) => {
                let payload = to_data(payload).unwrap_or(Value::Boolean(true));
                Value::Table(Table::from_iter([(name.clone(), payload)]))
            }
        },
        Val::Option(value) => return value.as_deref().and_then(to_data),
        other => panic!("no data for {other:?}"),
    })
}

/// Returns an error as the result of a case.
pub fn error(value: Option<&Val>) -> Table {
    let error = value.and_then(to_data).expect("an error says something");
    Table::from_iter([("error".to_owned(), error)])
}
