//! Human faces: the partner portal and the customer portals.
//!
//! Pages are server-rendered and work without JavaScript; a handler extracts, calls one operation of `entente-app`, fills
//! a plain view model and renders a template. No rule lives here. To add a page:
//! 1. a view model holding `page: ui::Page` with `#[derive(Template)]`, and a template that extends `layout/partner.html`,
//!    `layout/customer.html` or `layout/focus.html`; components are in `templates/ui.html` (blocks) and [`ui`] (small ones);
//! 2. its words in both files of `i18n/`;
//! 3. a handler taking [`web::Visit`] (and [`web::Form`] or [`web::Query`]), answering `Result<ui::Rendered, Problem>`;
//! 4. its route in the router that is passed to [`web::shell`].
//!
//! What must not happen here: inline styles or scripts (the content security policy forbids them and a test looks),
//! addresses built from request headers, a GET that changes anything.

pub mod gallery;
pub mod i18n;
pub mod problem;
pub mod ui;
pub mod web;

pub use problem::Problem;
