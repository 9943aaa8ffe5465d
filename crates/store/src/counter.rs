//! Numbers people read, and what the installation knows about itself.

use entente_domain::ids::TenantId;

use crate::{StoreError, Tx, params, statements};

statements! {
    NEXT = "INSERT INTO counter (tenant_id, name, value) VALUES ($1, $2, 1)
        ON CONFLICT (tenant_id, name) DO UPDATE SET value = counter.value + 1 RETURNING value";
    SETTING = "SELECT value FROM setting WHERE name = $1";
    SET = "INSERT INTO setting (name, value) VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET value = $2";
}

/// The next number of this name within a tenant, from 1, without gaps.
pub fn next(tx: &Tx, tenant: TenantId, name: &str) -> Result<i64, StoreError> {
    tx.one(&NEXT, params![tenant, name], |row| row.int(0))?
        .ok_or_else(|| StoreError::inconsistent("counter", "value", "nothing returned"))
}

/// A setting of the installation.
pub fn setting(tx: &Tx, name: &str) -> Result<Option<String>, StoreError> {
    tx.one(&SETTING, params![name], |row| Ok(row.text(0)?.to_owned()))
}

/// Writes a setting of the installation.
pub fn set(tx: &Tx, name: &str, value: &str) -> Result<(), StoreError> {
    tx.exec(&SET, params![name, value]).map(|_| ())
}
