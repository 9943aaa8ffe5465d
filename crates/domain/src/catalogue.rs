//! What can be provisioned for a customer (`data/products.tsv`), and what a licence of it consists of (`data/skus.tsv`),
//! and what it costs (`data/prices.tsv`).

mod offer;

use std::sync::LazyLock;

use crate::cloud::Cloud;
use crate::ids::{ServicePlanId, SkuId};
use crate::language::Language;
use crate::table::{self, Validity};
use crate::time::Timestamp;

pub use offer::{Offer, offer, offers, plans};

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

/// What a licence of a product consists of. Two products may share one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sku {
    /// What directories call it; on the wire `skuId`.
    pub id: SkuId,
    /// What scripts call it; on the wire `skuPartNumber`.
    pub part_number: &'static str,
    /// What can be switched off one by one.
    pub service_plans: Vec<ServicePlan>,
}

/// A part of a licence.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ServicePlan {
    /// Its id, the same in every SKU that contains it.
    pub id: ServicePlanId,
    /// Its technical name; SKUs spell one and the same plan differently.
    pub name: &'static str,
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
    /// What one licence of it consists of; nothing where it is paid for by usage.
    pub sku: Option<&'static Sku>,
    /// The codes of the products it extends; empty for one that is bought by itself.
    pub add_on_to: Vec<&'static str>,
    /// The least and the most units of one subscription; nothing where it is paid for by usage.
    pub units: Option<(i64, i64)>,
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

    /// Whether it is bought for another product only.
    pub fn is_add_on(&self) -> bool {
        !self.add_on_to.is_empty()
    }

    /// Whether it can be newly provisioned in a cloud at that time. Existing subscriptions outlive the sale.
    pub fn on_sale(&self, cloud: Cloud, at: Timestamp) -> bool {
        self.validity.contains(at) && self.clouds.contains(&cloud)
    }
}

static SKUS: LazyLock<Vec<Sku>> = LazyLock::new(|| {
    fn plan(pair: &'static str) -> Result<ServicePlan, String> {
        let (id, name) = pair.split_once(':').ok_or_else(|| format!("{pair:?} is no id:name"))?;
        Ok(ServicePlan { id: id.parse().map_err(|_| format!("{id:?} is no id"))?, name })
    }
    table::load("skus.tsv", include_str!("../data/skus.tsv"), &["sku_id", "part_number", "service_plans"], |row| {
        Ok(Sku {
            id: row.required("sku_id")?.parse().map_err(|_| "sku_id is no id".to_owned())?,
            part_number: row.required("part_number")?,
            service_plans: row.required("service_plans")?.split(';').map(plan).collect::<Result<_, _>>()?,
        })
    })
});

static PRODUCTS: LazyLock<Vec<Product>> = LazyLock::new(|| {
    const COLUMNS: &[&str] = &[
        "code",
        "name_en",
        "name_zh",
        "billing",
        "clouds",
        "valid_from",
        "valid_to",
        "sku",
        "add_on_to",
        "minimum",
        "maximum",
    ];
    let number = |text: &str| text.parse::<i64>().map_err(|_| format!("{text:?} is no number"));
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
            sku: match row.optional("sku")? {
                Some(part) => Some(sku(part).ok_or_else(|| format!("unknown sku {part}"))?),
                None => None,
            },
            add_on_to: row.optional("add_on_to")?.map(|list| list.split(',').collect()).unwrap_or_default(),
            units: match (row.optional("minimum")?, row.optional("maximum")?) {
                (Some(least), Some(most)) => Some((number(least)?, number(most)?)),
                _ => None,
            },
            validity: row.validity()?,
        })
    })
});

/// The product with this code, on sale or not: old subscriptions must still find theirs.
pub fn find(code: &str) -> Option<&'static Product> {
    PRODUCTS.iter().find(|product| product.code == code)
}

/// The SKU with this part number.
pub fn sku(part_number: &str) -> Option<&'static Sku> {
    SKUS.iter().find(|sku| sku.part_number == part_number)
}

/// The SKU with this id.
pub fn sku_by_id(id: SkuId) -> Option<&'static Sku> {
    SKUS.iter().find(|sku| sku.id == id)
}

/// Every SKU there ever was.
pub fn skus() -> &'static [Sku] {
    &SKUS
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
            let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
            assert!(product.code.bytes().all(plain), "{}", product.code);
            // A proper name is the same in both languages.
            let [en, zh] = [Language::En, Language::ZhCn].map(|language| product.name(language));
            assert!(!zh.is_ascii() || zh == en, "{}", product.code);
            let by_licence = product.billing == Billing::Licence;
            assert_eq!((product.sku.is_some(), product.units.is_some()), (by_licence, by_licence), "{}", product.code);
            if let Some((least, most)) = product.units {
                assert!(1 <= least && least <= most && most <= crate::subscription::MAX_QUANTITY, "{}", product.code);
            }
            for extended in &product.add_on_to {
                let extended = find(extended).unwrap();
                assert!(extended.add_on_to.is_empty(), "{}: one level only", product.code);
            }
        }
    }

    #[test]
    fn skus_are_whole() {
        assert_eq!(SKUS.iter().map(|sku| sku.id).collect::<BTreeSet<_>>().len(), SKUS.len());
        assert_eq!(SKUS.iter().map(|sku| sku.part_number).collect::<BTreeSet<_>>().len(), SKUS.len());
        for sku in SKUS.iter() {
            assert_eq!(sku_by_id(sku.id), Some(sku));
            let ids: BTreeSet<_> = sku.service_plans.iter().map(|plan| plan.id).collect();
            assert_eq!(ids.len(), sku.service_plans.len(), "{}", sku.part_number);
        }
        let office = find("spe-e3").and_then(|product| product.sku).unwrap();
        assert_eq!(office.id.to_string(), "05e9a617-0261-4cee-bb44-138d3ef5d965");
        assert_eq!((office.part_number, office.service_plans.len()), ("SPE_E3", 51));
        let ours = find("productivity-standard").and_then(|product| product.sku).unwrap();
        let names: Vec<_> = ours.service_plans.iter().map(|plan| plan.name).collect();
        assert_eq!(names, ["MAIL", "DOCUMENTS", "MEETINGS", "FILES"]);
        assert_eq!(find("cloud-compute").unwrap().sku, None);
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
        assert_eq!((public(Billing::Licence), public(Billing::Usage)), (55, 3));
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
