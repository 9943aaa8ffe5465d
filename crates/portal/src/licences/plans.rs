//! The service plans of a licence in a form: `shown[]` names the SKUs whose plans the form showed, `on[]` the plans that stay ticked, as
//! `sku:plan`. So a form that was never folded out switches nothing off.

use entente_app::{Error, Invalid};
use entente_domain::catalogue::Sku;
use entente_domain::ids::{ServicePlanId, SkuId};
use entente_domain::licence::Licence;

use crate::ui;

/// Ticks for the plans of a SKU: those that are on, for a holder or a newcomer.
pub(super) fn ticks(sku: &Sku, excluded: &[ServicePlanId]) -> Vec<ui::Choice> {
    let tick = |plan: &entente_domain::catalogue::ServicePlan| {
        let on = !excluded.contains(&plan.id);
        ui::tick("on[]", plan.name).value(format!("{}:{}", sku.id, plan.id)).checked(on)
    };
    sku.service_plans.iter().map(tick).collect()
}

/// What the form says about plans.
#[derive(Debug, Clone, Default)]
pub(super) struct Sent {
    shown: Vec<SkuId>,
    on: Vec<(SkuId, ServicePlanId)>,
}

impl Sent {
    /// Reads what came; what is no id is not offered.
    pub(super) fn read(shown: &[String], on: &[String]) -> Result<Self, Error> {
        let wrong = || Error::field("plans", Invalid::NotOffered);
        let pair = |text: &String| {
            let (sku, plan) = text.split_once(':').ok_or_else(wrong)?;
            Ok((sku.parse().map_err(|_| wrong())?, plan.parse().map_err(|_| wrong())?))
        };
        Ok(Self {
            shown: shown.iter().map(|text| text.parse().map_err(|_| wrong())).collect::<Result<_, _>>()?,
            on: on.iter().map(pair).collect::<Result<_, Error>>()?,
        })
    }

    /// The plans to switch off; where the form did not show them, those that are off now. A ticked plan that is no part of the SKU
    /// is among them, for the operation to refuse.
    pub(super) fn excluded(&self, sku: &Sku, held: Option<&Licence>) -> Vec<ServicePlanId> {
        if !self.shown.contains(&sku.id) {
            return held.map(|it| it.excluded.clone()).unwrap_or_default();
        }
        let on: Vec<ServicePlanId> = self.on.iter().filter(|(of, _)| *of == sku.id).map(|(_, plan)| *plan).collect();
        let known = |plan: &ServicePlanId| sku.service_plans.iter().any(|it| it.id == *plan);
        let off = sku.service_plans.iter().map(|it| it.id).filter(|it| !on.contains(it));
        off.chain(on.iter().copied().filter(|it| !known(it))).collect()
    }
}
