//! One stable lower-case code per enum value: what SQL, logs, wire formats and word lists call it.

/// Declares `code()`, `parse()` and `ALL` for plain enums from one list, so that a new value cannot be forgotten in one of them.
#[macro_export]
macro_rules! codes {
    ($($name:ident { $($variant:ident = $code:literal),+ $(,)? })+) => {$(
        impl $name {
            /// Every value, in the order of the list.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];
            /// The stable code used in storage, logs and on the wire.
            pub const fn code(self) -> &'static str {
                match self { $(Self::$variant => $code),+ }
            }
            /// The value with this code, if there is one.
            pub fn parse(code: &str) -> Option<Self> {
                match code { $($code => Some(Self::$variant),)+ _ => None }
            }
        }
    )+};
}
