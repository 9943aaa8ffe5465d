use serde_json::json;

use super::*;

mod keys;

const ACCESS: Types<'_> = Types::OneOf(&["at+jwt"]);
