//! Finds the first number that is not finite in anything serialisable, with its path.
//!
//! JSON has no form for NaN and infinities, and `serde_json` writes `null` for them without a word.

use std::fmt::{self, Display, Write};

use serde::{
    Serialize,
    ser::{self, Serializer},
};

use crate::error::{Error, Result};

/// Refuses a value that holds a number that is not finite.
///
/// `what` names the file in the message.
///
/// # Errors
/// [`Error::NotFinite`] with the path of the first such number.
pub fn require_finite<T: Serialize + ?Sized>(what: &str, value: &T) -> Result<()> {
    let mut walk = Walk { path: String::new() };
    match value.serialize(&mut walk) {
        Err(Stop::NotFinite(found)) => {
            let at = if walk.path.is_empty() { "the value".into() } else { walk.path };
            Err(Error::NotFinite { what: what.into(), at, value: found })
        }
        // An error of the type's own `Serialize` comes again from the real encoder, which knows the file.
        Ok(()) | Err(Stop::Other) => Ok(()),
    }
}

/// Walks a value; `path` is where it stands.
struct Walk {
    path: String,
}

/// Why the walk ended early.
#[derive(Debug)]
enum Stop {
    NotFinite(f64),
    Other,
}

impl Display for Stop {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFinite(value) => write!(f, "{value} is not finite"),
            Self::Other => f.write_str("the type cannot be serialised"),
        }
    }
}

impl std::error::Error for Stop {}

impl ser::Error for Stop {
    fn custom<T: Display>(_: T) -> Self {
        Self::Other
    }
}

type Walked = std::result::Result<(), Stop>;

impl Walk {
    /// Visits a field. The path is kept when the walk stops there.
    fn field<T: Serialize + ?Sized>(&mut self, name: &str, value: &T) -> Walked {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(name);
        value.serialize(&mut *self)?;
        self.path.truncate(length);
        Ok(())
    }

    /// Visits an element of a sequence.
    fn element<T: Serialize + ?Sized>(&mut self, index: usize, value: &T) -> Walked {
        let length = self.path.len();
        write!(self.path, "[{index}]").map_err(|_| Stop::Other)?;
        value.serialize(&mut *self)?;
        self.path.truncate(length);
        Ok(())
    }
}

/// A sequence, tuple, map or struct on the way.
struct Members<'a> {
    walk: &'a mut Walk,
    index: usize,
    key: String,
    /// Length of the path before the name of an enum variant was added.
    length: usize,
}

impl<'a> Members<'a> {
    fn new(walk: &'a mut Walk) -> Self {
        let length = walk.path.len();
        Self { walk, index: 0, key: String::new(), length }
    }

    fn variant(walk: &'a mut Walk, name: &str) -> Self {
        let length = walk.path.len();
        if length > 0 {
            walk.path.push('.');
        }
        walk.path.push_str(name);
        Self { walk, index: 0, key: String::new(), length }
    }

    fn next<T: Serialize + ?Sized>(&mut self, value: &T) -> Walked {
        self.walk.element(self.index, value)?;
        self.index += 1;
        Ok(())
    }

    fn finish(self) -> Walked {
        self.walk.path.truncate(self.length);
        Ok(())
    }
}

/// Values that are never a problem.
macro_rules! accept {
    ($($method:ident: $type:ty),* $(,)?) => {
        $(fn $method(self, _: $type) -> Walked { Ok(()) })*
    };
}

impl<'a> Serializer for &'a mut Walk {
    type Ok = ();
    type Error = Stop;
    type SerializeSeq = Members<'a>;
    type SerializeTuple = Members<'a>;
    type SerializeTupleStruct = Members<'a>;
    type SerializeTupleVariant = Members<'a>;
    type SerializeMap = Members<'a>;
    type SerializeStruct = Members<'a>;
    type SerializeStructVariant = Members<'a>;

    accept! {
        serialize_bool: bool, serialize_i8: i8, serialize_i16: i16, serialize_i32: i32, serialize_i64: i64,
        serialize_i128: i128, serialize_u8: u8, serialize_u16: u16, serialize_u32: u32, serialize_u64: u64,
        serialize_u128: u128, serialize_char: char, serialize_str: &str, serialize_bytes: &[u8],
        serialize_unit_struct: &'static str,
    }

    fn serialize_f32(self, value: f32) -> Walked {
        self.serialize_f64(f64::from(value))
    }
    fn serialize_f64(self, value: f64) -> Walked {
        if value.is_finite() { Ok(()) } else { Err(Stop::NotFinite(value)) }
    }
    fn serialize_none(self) -> Walked {
        Ok(())
    }
    fn serialize_unit(self) -> Walked {
        Ok(())
    }
    fn serialize_unit_variant(self, _: &'static str, _: u32, _: &'static str) -> Walked {
        Ok(())
    }
    fn serialize_some<T: Serialize + ?Sized>(self, value: &T) -> Walked {
        value.serialize(self)
    }
    fn serialize_newtype_struct<T: Serialize + ?Sized>(self, _: &'static str, value: &T) -> Walked {
        value.serialize(self)
    }
    fn serialize_newtype_variant<T: Serialize + ?Sized>(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        value: &T,
    ) -> Walked {
        self.field(variant, value)
    }
    fn serialize_seq(self, _: Option<usize>) -> std::result::Result<Members<'a>, Stop> {
        Ok(Members::new(self))
    }
    fn serialize_tuple(self, _: usize) -> std::result::Result<Members<'a>, Stop> {
        Ok(Members::new(self))
    }
    fn serialize_tuple_struct(self, _: &'static str, _: usize) -> std::result::Result<Members<'a>, Stop> {
        Ok(Members::new(self))
    }
    fn serialize_tuple_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> std::result::Result<Members<'a>, Stop> {
        Ok(Members::variant(self, variant))
    }
    fn serialize_map(self, _: Option<usize>) -> std::result::Result<Members<'a>, Stop> {
        Ok(Members::new(self))
    }
    fn serialize_struct(self, _: &'static str, _: usize) -> std::result::Result<Members<'a>, Stop> {
        Ok(Members::new(self))
    }
    fn serialize_struct_variant(
        self,
        _: &'static str,
        _: u32,
        variant: &'static str,
        _: usize,
    ) -> std::result::Result<Members<'a>, Stop> {
        Ok(Members::variant(self, variant))
    }
}

/// The compound traits differ only in the names of their methods.
macro_rules! members {
    (sequence: $($trait:ident $method:ident),*) => {
        $(impl ser::$trait for Members<'_> {
            type Ok = ();
            type Error = Stop;
            fn $method<T: Serialize + ?Sized>(&mut self, value: &T) -> Walked { self.next(value) }
            fn end(self) -> Walked { self.finish() }
        })*
    };
    (fields: $($trait:ident),*) => {
        $(impl ser::$trait for Members<'_> {
            type Ok = ();
            type Error = Stop;
            fn serialize_field<T: Serialize + ?Sized>(&mut self, name: &'static str, value: &T) -> Walked {
                self.walk.field(name, value)
            }
            fn end(self) -> Walked { self.finish() }
        })*
    };
}

members!(sequence: SerializeSeq serialize_element, SerializeTuple serialize_element,
    SerializeTupleStruct serialize_field, SerializeTupleVariant serialize_field);
members!(fields: SerializeStruct, SerializeStructVariant);

impl ser::SerializeMap for Members<'_> {
    type Ok = ();
    type Error = Stop;

    fn serialize_key<T: Serialize + ?Sized>(&mut self, key: &T) -> Walked {
        let text = serde_json::to_string(key).map_err(|_| Stop::Other)?;
        self.key = text.trim_matches('"').to_owned();
        Ok(())
    }
    fn serialize_value<T: Serialize + ?Sized>(&mut self, value: &T) -> Walked {
        let key = std::mem::take(&mut self.key);
        self.walk.field(&key, value)
    }
    fn end(self) -> Walked {
        self.finish()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use super::*;
    use std::collections::BTreeMap;

    #[derive(Serialize)]
    enum Kind {
        Pair { a: f64, b: Option<f32> },
        Both(f64, f64),
    }

    #[derive(Serialize)]
    struct All {
        list: Vec<(f64, Kind)>,
        map: BTreeMap<String, f64>,
    }

    fn place(value: &impl Serialize) -> String {
        require_finite("results.json", value).unwrap_err().to_string()
    }

    #[test]
    fn finite_values_pass() {
        let map = BTreeMap::from([("x".into(), 1.0)]);
        let list = vec![(0.0, Kind::Pair { a: f64::MAX, b: None }), (1.0, Kind::Both(1.0, 2.0))];
        require_finite("results.json", &All { list, map }).unwrap();
    }

    #[test]
    fn the_path_of_the_value_is_named() {
        let map = BTreeMap::from([("w1".into(), f64::NAN)]);
        let list = vec![(0.0, Kind::Both(1.0, 2.0)), (0.0, Kind::Pair { a: 1.0, b: None })];
        assert!(place(&All { list, map }).contains("map.w1 is NaN"));
        let list = vec![(0.0, Kind::Both(1.0, 2.0)), (0.0, Kind::Pair { a: 1.0, b: Some(f32::INFINITY) })];
        assert!(place(&All { list, map: BTreeMap::new() }).contains("list[1][1].Pair.b is inf"));
        let list = vec![(0.0, Kind::Both(1.0, f64::NEG_INFINITY))];
        assert!(place(&All { list, map: BTreeMap::new() }).contains("list[0][1].Both[1] is -inf"));
        assert!(place(&f64::NAN).contains("the value is NaN"));
    }
}
