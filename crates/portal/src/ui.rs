//! What pages are made of: the page model every layout needs, and small components as plain values.
//!
//! A component is built in Rust or right in a template and printed: `{{ ui::badge("ok", page.t("..")) }}`,
//! `{{ ui::submit(page.t("..")).primary().icon("send") }}`; a template's module therefore has `use crate::ui;`.
//! Components that wrap other markup are macros: `{% import "ui.html" as m %} .. {% call m::card(title) %} .. {% endcall %}`.
//! All of them are on the page `/_ui` ([`crate::gallery`]); a new one goes there too.

mod chart;
mod fields;
mod html;
mod icon;
mod page;
mod parts;
mod qr;
mod who;

pub use crate::i18n::arg;
pub use chart::{Caption, Point, bars, columns, funnel, life, line, ticks, usage};
pub use fields::{Area, Choice, Field, OptionItem, Select, area, choice, field, option, select, tick};
pub use html::Html;
pub use icon::{icon, icon_at, names as icon_names};
pub use page::{Nav, NavItem, Page, Person, Portal, Rendered, Search, render};
pub use parts::*;
pub use qr::qr;
pub use who::{Account, avatar};
