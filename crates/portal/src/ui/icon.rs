//! Line icons as inline SVG. They are decoration (`aria-hidden`): the word beside them or the label around them speaks.

use std::fmt::Write as _;

use icondata_core::IconData;

use super::Html;

macro_rules! icons {
    ($($name:literal => $icon:ident,)+) => {
        /// Every name [`icon`] knows.
        pub const fn names() -> &'static [&'static str] {
            &[$($name),+]
        }

        fn find(name: &str) -> Option<&'static IconData> {
            match name {
                $($name => Some(icondata_lu::$icon),)+
                _ => None,
            }
        }
    };
}

icons! {
    "activity" => LuScrollText,
    "administrators" => LuShieldCheck,
    "arrow-down" => LuArrowDown,
    "arrow-right" => LuArrowRight,
    "arrow-up" => LuArrowUp,
    "ban" => LuBan,
    "bell" => LuBell,
    "building" => LuBuilding,
    "calendar" => LuCalendarClock,
    "cart" => LuShoppingCart,
    "check" => LuCheck,
    "check-circle" => LuCircleCheck,
    "chevron-down" => LuChevronDown,
    "chevron-left" => LuChevronLeft,
    "chevron-right" => LuChevronRight,
    "clock" => LuClock,
    "clipboard" => LuClipboardPaste,
    "cloud-off" => LuFileQuestion,
    "columns" => LuColumns3,
    "copy" => LuCopy,
    "copy-plus" => LuCopyPlus,
    "download" => LuDownload,
    "error" => LuCircleX,
    "external" => LuExternalLink,
    "file" => LuFileText,
    "filters" => LuSlidersHorizontal,
    "fingerprint" => LuFingerprint,
    "globe" => LuGlobe,
    "group" => LuUsersRound,
    "handshake" => LuHandshake,
    "history" => LuHistory,
    "home" => LuHouse,
    "info" => LuInfo,
    "key" => LuKey,
    "keyboard" => LuKeyboard,
    "language" => LuLanguages,
    "link" => LuLink,
    "lock" => LuLock,
    "mail" => LuMail,
    "menu" => LuMenu,
    "more" => LuEllipsis,
    "overview" => LuLayoutDashboard,
    "package" => LuPackage,
    "pencil" => LuPencil,
    "plus" => LuPlus,
    "receipt" => LuReceiptText,
    "refresh" => LuRefreshCw,
    "search" => LuSearch,
    "send" => LuSend,
    "settings" => LuSettings,
    "shield-alert" => LuShieldAlert,
    "sign-in" => LuLogIn,
    "sign-out" => LuLogOut,
    "support" => LuLifeBuoy,
    "support-contact" => LuHeadset,
    "theme" => LuSunMoon,
    "trash" => LuTrash2,
    "undo" => LuUndo2,
    "user" => LuUserRound,
    "user-check" => LuUserCheck,
    "user-x" => LuUserX,
    "users" => LuUsers,
    "warning" => LuTriangleAlert,
    "webhook" => LuWebhook,
    "x" => LuX,
}

/// The icon at 16 px. A test refuses names that are not in the list above; an unknown one prints nothing.
pub fn icon(name: &str) -> Html {
    icon_at(name, 16)
}

/// The icon at `px` pixels.
pub fn icon_at(name: &str, px: u8) -> Html {
    let Some(icon) = find(name) else {
        tracing::error!(name, "icon is missing");
        return Html::default();
    };
    let mut svg = format!(
        "<svg class=\"i\" width=\"{px}\" height=\"{px}\" viewBox=\"{}\" aria-hidden=\"true\">",
        icon.view_box.unwrap_or("0 0 24 24")
    );
    for line in icon.data.lines() {
        // Strokes and joins are set once in the stylesheet, which keeps a page of 25 rows small.
        let _ = write!(svg, "{}", line.trim().replace(" />", "/>"));
    }
    svg.push_str("</svg>");
    Html::trusted(svg)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_icon_is_hidden_from_screen_readers_and_has_no_inline_style() {
        for name in names() {
            let svg = icon(name);
            assert!(svg.as_str().contains("aria-hidden") && !svg.as_str().contains("style="), "{name}");
        }
        assert_eq!(icon("no such icon").as_str(), "");
    }
}
