//! What can be provisioned for a customer (`data/products.tsv`).

use std::sync::LazyLock;

use crate::cloud::Cloud;
use crate::language::Language;
use crate::table::{self, Validity};
use crate::time::Timestamp;

/// How a product is paid for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Billing {
    /// By the number of licences, whether they are assigned or not.
    Licence,
    /// By what was used.
    Usage,
}

crate::codes! {
    Billing { Licence = "licence", Usage = "usage" }
}

/// Something a partner can provision.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Product {
    /// The stable code kept in subscriptions; never reused for another product.
    pub code: &'static str,
    /// How it is paid for.
    pub billing: Billing,
    /// The clouds it exists in.
    pub clouds: Vec<Cloud>,
    name_en: &'static str,
    name_zh: &'static str,
    validity: Validity,
}

impl Product {
    /// The name people read.
    pub fn name(&self, language: Language) -> &'static str {
        language.pick(self.name_en, self.name_zh)
    }

    /// The first moment it was on sale.
    pub fn valid_from(&self) -> Timestamp {
        self.validity.from
    }

    /// Whether it can be newly provisioned in a cloud at that time. Existing subscriptions outlive the sale.
    pub fn on_sale(&self, cloud: Cloud, at: Timestamp) -> bool {
        self.validity.contains(at) && self.clouds.contains(&cloud)
    }
}

static PRODUCTS: LazyLock<Vec<Product>> = LazyLock::new(|| {
    const COLUMNS: &[&str] = &["code", "name_en", "name_zh", "billing", "clouds", "valid_from", "valid_to"];
    table::load("products.tsv", include_str!("../data/products.tsv"), COLUMNS, |row| {
        Ok(Product {
            code: row.required("code")?,
            name_en: row.required("name_en")?,
            name_zh: row.required("name_zh")?,
            billing: match row.required("billing")? {
                "licence" => Billing::Licence,
                "usage" => Billing::Usage,
                other => return Err(format!("unknown billing {other}")),
            },
            clouds: match row.required("clouds")? {
                "*" => Cloud::ALL.to_vec(),
                list => list
                    .split(',')
                    .map(str::parse)
                    .collect::<Result<_, _>>()
                    .map_err(|_| format!("unknown cloud in {list}"))?,
            },
            validity: row.validity()?,
        })
    })
});

/// The product with this code, on sale or not: old subscriptions must still find theirs.
pub fn find(code: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.code == code)
}

/// What can be newly provisioned in a cloud at that time, in the table's order.
pub fn available(cloud: Cloud, at: Timestamp) -> impl Iterator<Item = &'static Product> {
    PRODUCTS.iter().filter(move |product| product.on_sale(cloud, at))
}

/// Every product there ever was.
pub fn all() -> &'static [Product] {
    &PRODUCTS
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::table::date;
    use std::collections::BTreeSet;

    #[test]
    fn the_table_is_whole() {
        assert_eq!(all().iter().map(|product| product.code).collect::<BTreeSet<_>>().len(), all().len());
        for product in all() {
            assert_eq!(find(product.code), Some(product));
            assert!(!product.clouds.is_empty());
            assert!(product.code.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'), "{}", product.code);
            assert!(!product.name(Language::ZhCn).is_ascii(), "{}", product.code);
        }
    }

    #[test]
    fn every_cloud_sells_both_kinds() {
        let at = date("2026-11-22").unwrap();
        for cloud in Cloud::ALL {
            for billing in [Billing::Licence, Billing::Usage] {
                assert!(available(cloud, at).any(|product| product.billing == billing), "{cloud} {}", billing.code());
            }
        }
        let public = |billing| available(Cloud::Public, at).filter(|product| product.billing == billing).count();
        assert_eq!((public(Billing::Licence), public(Billing::Usage)), (8, 3));
    }

    #[test]
    fn sale_has_a_place_and_a_time() {
        let telephony = find("telephony").unwrap();
        assert!(telephony.on_sale(Cloud::Public, date("2024-01-01").unwrap()));
        assert!(!telephony.on_sale(Cloud::Public, date("2023-12-31").unwrap()));
        assert!(!telephony.on_sale(Cloud::China, date("2026-11-22").unwrap()));
        let fax = find("fax-gateway").unwrap();
        assert!(fax.on_sale(Cloud::Public, date("2025-12-31").unwrap()));
        assert!(!fax.on_sale(Cloud::Public, date("2026-01-01").unwrap()));
        assert_eq!(find("nothing"), None);
    }
}
