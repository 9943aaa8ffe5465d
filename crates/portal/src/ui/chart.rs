//! Charts as inline SVG. Colours come from classes, sizes from attributes, so dark mode is free and no style is inline.
//! Each chart has a title; the line and bar charts fold out a table with the same numbers.

use std::cmp::Ordering;
use std::fmt::Write as _;

use super::Html;
use crate::i18n::Words;

/// One value with its label.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Point {
    /// Below the axis or beside the bar.
    pub label: String,
    /// Its value.
    pub value: u32,
    /// A remark under a funnel bar.
    pub note: String,
    /// The label where there is more room, in the table; empty for the same.
    pub long: String,
}

/// What a chart is about.
#[derive(Debug, Clone, Copy)]
pub struct Caption<'a> {
    /// The reader's words.
    pub words: Words,
    /// What it shows.
    pub title: &'a str,
    /// What it says, in a sentence.
    pub text: &'a str,
    /// The table's columns: what the labels are, what the values are.
    pub heads: [&'a str; 2],
}

impl Point {
    /// A value without remark.
    pub fn new(label: impl Into<String>, value: u32) -> Self {
        Self { label: label.into(), value, note: String::new(), long: String::new() }
    }

    /// With a remark.
    #[must_use]
    pub fn note(mut self, note: impl Into<String>) -> Self {
        self.note = note.into();
        self
    }

    /// With another label in the table.
    #[must_use]
    pub fn long(mut self, long: impl Into<String>) -> Self {
        self.long = long.into();
        self
    }
}

/// How much of a time-boxed relationship has passed, in whole percent; `label` says it in words.
pub fn life(percent: u8, label: &str) -> Html {
    let (percent, label) = (percent.min(100), Html::text(label));
    Html::trusted(format!(
        r#"<svg class="life" height="8" role="img" aria-label="{label}"><rect class="track" width="100%" height="8" rx="4"/><rect class="fill" width="{percent}%" height="8" rx="4"/></svg>"#
    ))
}

/// How many of what there is are in use, as a bar; what is in use beyond it stands out in tone and by the mark where the end would be.
/// `label` says both numbers in words.
pub fn usage(used: i64, total: i64, label: &str) -> Html {
    let (used, total) = (used.max(0), total.max(0));
    let whole = used.max(total).max(1);
    let percent = |part: i64| i128::from(part) * 1_000 / i128::from(whole);
    let width = |part: i64| format!("{}.{}%", percent(part) / 10, percent(part) % 10);
    let class = match used.cmp(&total) {
        Ordering::Greater => "over",
        Ordering::Equal => "full",
        Ordering::Less => "fill",
    };
    let mut svg = format!(
        r#"<svg class="life usage" height="10" role="img" aria-label="{}"><rect class="track" width="100%" height="10" rx="4"/>"#,
        Html::text(label)
    );
    let _ = write!(svg, r#"<rect class="{class}" width="{}" height="10" rx="4"/>"#, width(used));
    if used > total {
        let at = width(total);
        let _ = write!(svg, r#"<line class="end" x1="{at}" x2="{at}" y1="0" y2="10"/>"#);
    }
    svg.push_str("</svg>");
    Html::trusted(svg)
}

/// A line over time. The axis may start above zero, since a line shows change, not size.
pub fn line(caption: Caption<'_>, points: &[Point]) -> Html {
    let lowest = points.iter().map(|p| p.value).min().unwrap_or(0);
    let highest = points.iter().map(|p| p.value).max().unwrap_or(0);
    let step = round_step(f64::from(highest - lowest) / 3.0);
    let bottom = lowest / step * step;
    let rows = ((highest - bottom).div_ceil(step)).max(1);
    let span = f64::from(rows * step);
    let (left, right, top, height) = (38.0, 598.0, 8.0, 142.0);
    let y = |value: u32| top + height - f64::from(value - bottom) / span * height;
    let x = |at: usize| left + (right - left) * ratio(at, points.len().saturating_sub(1));
    let mut svg = open(620, 182, caption);
    for row in 0..=rows {
        let value = bottom + row * step;
        let at = y(value);
        let _ = write!(svg, r#"<line class="grid" x1="38" x2="606" y1="{at:.1}" y2="{at:.1}"/>"#);
        let _ =
            write!(svg, r#"<text x="30" y="{:.1}" text-anchor="end">{}</text>"#, at + 4.0, caption.words.number(value));
    }
    svg.push_str(r#"<polyline class="l1" points=""#);
    for (at, point) in points.iter().enumerate() {
        let _ = write!(svg, "{:.1},{:.1} ", x(at), y(point.value));
    }
    svg.push_str("\"/>");
    if let Some(last) = points.last() {
        let _ = write!(svg, r#"<circle class="b1" cx="{:.1}" cy="{:.1}" r="4"/>"#, x(points.len() - 1), y(last.value));
    }
    let every = points.len().div_ceil(12).max(1);
    for (at, point) in points.iter().enumerate().step_by(every) {
        let _ =
            write!(svg, r#"<text x="{:.1}" y="172" text-anchor="middle">{}</text>"#, x(at), Html::text(&point.label));
    }
    svg.push_str("</svg>");
    svg.push_str(&table(caption, points));
    Html::trusted(svg)
}

/// Columns from zero, each with its number and its label: for up to a dozen, that are read one by one.
pub fn columns(caption: Caption<'_>, points: &[Point]) -> Html {
    let highest = points.iter().map(|p| p.value).max().unwrap_or(0).max(1);
    let (left, width, height) = (12.0, 596.0, 96.0);
    let slot = width * ratio(1, points.len());
    let mut svg = open(620, 144, caption);
    svg.push_str(r#"<line class="grid" x1="12" x2="608" y1="118" y2="118"/>"#);
    for (at, point) in points.iter().enumerate() {
        let tall = f64::from(point.value) / f64::from(highest) * height;
        let (middle, y) = (left + width * ratio(at, points.len()) + slot / 2.0, 118.0 - tall);
        let (x, wide) = (middle - slot * 0.3, slot * 0.6);
        let _ = write!(svg, r#"<rect class="b1" x="{x:.1}" y="{y:.1}" width="{wide:.1}" height="{tall:.1}" rx="2"/>"#);
        let number = caption.words.number(point.value);
        let _ = write!(svg, r#"<text x="{middle:.1}" y="{:.1}" text-anchor="middle">{number}</text>"#, y - 5.0);
        let label = Html::text(&point.label);
        let _ = write!(svg, r#"<text x="{middle:.1}" y="136" text-anchor="middle">{label}</text>"#);
    }
    svg.push_str("</svg>");
    svg.push_str(&table(caption, points));
    Html::trusted(svg)
}

/// Bars from zero. Only the first and the last label are written, so that many narrow bars stay readable.
pub fn bars(caption: Caption<'_>, points: &[Point]) -> Html {
    let highest = points.iter().map(|p| p.value).max().unwrap_or(0).max(1);
    let slot = 280.0 / f64::from(u32::try_from(points.len().max(1)).unwrap_or(u32::MAX));
    let mut svg = open(280, 96, caption);
    svg.push_str(r#"<line class="grid" x1="0" x2="280" y1="76" y2="76"/>"#);
    for (at, point) in points.iter().enumerate() {
        let height = f64::from(point.value) / f64::from(highest) * 64.0;
        let x = 280.0 * ratio(at, points.len()) + slot * 0.15;
        let (y, width) = (76.0 - height, slot * 0.7);
        let _ =
            write!(svg, r#"<rect class="b1" x="{x:.1}" y="{y:.1}" width="{width:.1}" height="{height:.1}" rx="2"/>"#);
    }
    if let (Some(first), Some(last)) = (points.first(), points.last()) {
        let _ = write!(svg, r#"<text x="0" y="92">{}</text>"#, Html::text(&first.label));
        let _ = write!(svg, r#"<text x="280" y="92" text-anchor="end">{}</text>"#, Html::text(&last.label));
    }
    svg.push_str("</svg>");
    svg.push_str(&table(caption, points));
    Html::trusted(svg)
}

/// Stages of which each keeps a part of the one before. Label, bar and number are text and shapes beside each other; the table
/// also holds what became of the `others`, which are no stage.
pub fn funnel(caption: Caption<'_>, points: &[Point], others: &[Point]) -> Html {
    let highest = points.iter().map(|p| p.value).max().unwrap_or(0).max(1);
    let mut html = format!(r#"<div class="funnel" role="group" aria-label="{}">"#, Html::text(caption.title));
    for point in points {
        let percent = f64::from(point.value) / f64::from(highest) * 100.0;
        let _ = write!(
            html,
            r#"<div><span>{}</span><svg class="meter" height="18" aria-hidden="true"><rect class="b1" width="{percent:.1}%" height="18" rx="4"/></svg><b>{}</b><em>{}</em></div>"#,
            Html::text(&point.label),
            caption.words.number(point.value),
            Html::text(&point.note)
        );
    }
    html.push_str("</div>");
    html.push_str(&table(caption, &[points, others].concat()));
    Html::trusted(html)
}

/// One tick per span of time: fine, failed, or nothing happened.
pub fn ticks(title: &str, spans: &[Option<bool>]) -> Html {
    let width = u32::try_from(spans.len()).unwrap_or(0) * 6;
    let mut svg = format!(
        r#"<svg class="chart" viewBox="0 0 {} 24" role="img" aria-label="{}">"#,
        width.max(6),
        Html::text(title)
    );
    for (at, span) in spans.iter().enumerate() {
        // Failures are higher as well as redder, so that colour is not the only sign.
        let (class, y, height) = match span {
            Some(true) => ("ok", 6, 18),
            Some(false) => ("bad", 0, 24),
            None => ("none", 20, 4),
        };
        let _ = write!(svg, r#"<rect class="{class}" x="{}" y="{y}" width="4" height="{height}" rx="1"/>"#, at * 6);
    }
    svg.push_str("</svg>");
    Html::trusted(svg)
}

fn open(width: u32, height: u32, caption: Caption<'_>) -> String {
    format!(
        r#"<svg class="chart" viewBox="0 0 {width} {height}" role="img"><title>{}</title><desc>{}</desc>"#,
        Html::text(caption.title),
        Html::text(caption.text)
    )
}

fn table(caption: Caption<'_>, points: &[Point]) -> String {
    let [labels, values] = caption.heads.map(Html::text);
    let mut html = format!(
        r#"<details class="mt"><summary class="small muted">{}</summary><table class="table"><caption class="vh">{}</caption><thead><tr><th scope="col">{labels}</th><th scope="col" class="num">{values}</th></tr></thead><tbody>"#,
        Html::text(&caption.words.t("overview-table")),
        Html::text(caption.title)
    );
    for point in points {
        let label = Html::text(if point.long.is_empty() { &point.label } else { &point.long });
        let number = caption.words.number(point.value);
        let _ = write!(html, r#"<tr><th scope="row">{label}</th><td class="num">{number}</td></tr>"#);
    }
    html.push_str("</tbody></table></details>");
    html
}

fn ratio(at: usize, of: usize) -> f64 {
    let part = |n: usize| f64::from(u32::try_from(n).unwrap_or(u32::MAX));
    part(at) / part(of.max(1))
}

/// The next of 1, 2, 5, 10, 20, 25, 50 .. at or above `wanted`, so that axis labels are round.
fn round_step(wanted: f64) -> u32 {
    let mut scale = 1_u32;
    while scale < 100_000_000 {
        for base in [10, 20, 25, 50] {
            let step = scale * base / 10;
            if step * 10 == scale * base && f64::from(step) >= wanted {
                return step.max(1);
            }
        }
        scale *= 10;
    }
    scale
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::i18n::Language;

    #[test]
    fn axes_have_round_steps() {
        for (wanted, step) in
            [(0.0, 1), (1.2, 2), (2.1, 5), (14.3, 20), (21.0, 25), (26.0, 50), (51.0, 100), (333.0, 500)]
        {
            assert_eq!(round_step(wanted), step, "{wanted}");
        }
    }

    #[test]
    fn charts_survive_no_data_and_escape_labels() {
        let caption = |words| Caption { words, title: "<t>", text: "<d>", heads: ["<l>", "<v>"] };
        let en = caption(Words::new(Language::En));
        for html in [line(en, &[]), bars(en, &[]), columns(en, &[]), funnel(en, &[], &[]), ticks("t", &[])] {
            assert!(!html.as_str().contains("NaN") && !html.as_str().contains("style="), "{html}");
        }
        let points = [Point::new("<a>", 0), Point::new("<bb>", 1_234).long("<c>").note("<n>")];
        for html in [line(en, &points), bars(en, &points), columns(en, &points), funnel(en, &points, &points)] {
            for raw in ["<t>", "<d>", "<l>", "<v>", "<a>", "<bb>", "<c>", "<n>", ">1234<"] {
                assert!(!html.as_str().contains(raw), "{raw} in {html}");
            }
            assert!(html.as_str().contains("&lt;c&gt;"), "the table has the longer label: {html}");
            assert!(html.as_str().contains(r#"<td class="num">1,234</td>"#), "the table has the number: {html}");
            let drawn = html.as_str().contains("<title>&lt;t&gt;</title><desc>&lt;d&gt;</desc>");
            assert!(drawn || html.as_str().contains(r#"aria-label="&lt;t&gt;""#), "{html}");
        }
    }

    #[test]
    fn bars_say_how_many_of_how_many() {
        let over = usage(12, 8, "<12 of 8>");
        assert!(over.as_str().contains(r#"x1="66.6%""#) && !over.as_str().contains("<12"), "{over}");
        for (used, total) in [(0, 0), (1, 0), (0, 5), (-1, -1), (i64::MAX, 1), (5, 5)] {
            let html = usage(used, total, "x");
            assert!(!html.as_str().contains("NaN") && !html.as_str().contains("style="), "{html}");
        }
        assert!(life(200, "x").as_str().contains(r#"class="fill" width="100%""#));
    }
}
