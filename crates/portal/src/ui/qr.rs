//! A QR code as a picture in the page: the content security policy lets no other kind in.

use std::fmt::Write as _;

use qrcode::{Color, QrCode};

use super::Html;

/// Light modules around the code, as scanners need them (ISO/IEC 18004).
const QUIET: usize = 4;

/// `text` as a QR code, with `label` for those who do not see it. Nothing when the text is too long for one.
pub fn qr(text: &str, label: &str) -> Html {
    let Ok(code) = QrCode::new(text) else { return Html::default() };
    let width = code.width();
    let mut path = String::new();
    for (at, color) in code.to_colors().into_iter().enumerate() {
        if color == Color::Dark {
            // Writing to a String cannot fail.
            let _ = write!(path, "M{} {}h1v1h-1z", at % width + QUIET, at / width + QUIET);
        }
    }
    let side = width + 2 * QUIET;
    let label = Html::text(label);
    Html::trusted(format!(
        r#"<svg class="qr" viewBox="0 0 {side} {side}" role="img" aria-label="{label}" shape-rendering="crispEdges"><path d="{path}"/></svg>"#
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_has_its_three_finders_inside_the_quiet_zone() {
        let code = qr("otpauth://totp/a:b?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=a", "<code>").into_string();
        let side: usize = code.split("viewBox=\"0 0 ").nth(1).unwrap().split(' ').next().unwrap().parse().unwrap();
        let far = side - QUIET - 7;
        for (x, y) in [(QUIET, QUIET), (far, QUIET), (QUIET, far)] {
            for step in 0..7 {
                assert!(code.contains(&format!("M{} {}h1v1h-1z", x + step, y)), "the finder at {x}, {y}");
            }
        }
        assert!(!code.contains("M3 ") && code.contains("&lt;code&gt;"));
        assert_eq!(qr(&"x".repeat(5_000), "too long").as_str(), "");
    }
}
