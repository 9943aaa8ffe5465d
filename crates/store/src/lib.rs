//! Everything that knows SQL: engines, migrations, one module per aggregate.
