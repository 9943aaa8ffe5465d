//! Where to go back to after a detour, without ever leaving this site.

/// A path on this origin: starts with one `/`, holds nothing a browser could read as another host. The only kind of
/// address a redirect may take from a request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReturnPath(String);

impl ReturnPath {
    /// Bytes a path with its query may have: what programs ask of the authority fits, and so does a sign-in address that carries
    /// it within what proxies let through.
    pub const MAX: usize = 4096;

    /// Accepts `text` if every browser resolves it to this origin; `None` otherwise.
    pub fn parse(text: &str) -> Option<Self> {
        let (path, query) = text.split_once('?').unwrap_or((text, ""));
        let plain = |byte: u8| byte.is_ascii_graphic() && byte != b'\\' && byte != b'#';
        if text.len() > Self::MAX || !path.starts_with('/') || !text.bytes().all(plain) {
            return None;
        }
        let decoded = percent_encoding::percent_decode_str(path).decode_utf8().ok()?;
        // Checked after decoding: proxies and browsers disagree about who decodes `%2f` and `%09`, so neither is let in.
        let segments_differ = decoded.matches('/').count() != path.matches('/').count();
        let odd = decoded.contains('\\') || decoded.contains("//") || decoded.chars().any(char::is_control);
        let climbs = decoded.split('/').any(|segment| segment == ".." || segment == ".");
        let query_controls = percent_encoding::percent_decode_str(query).any(|byte| byte == b'\r' || byte == b'\n');
        (!segments_differ && !odd && !climbs && !query_controls).then(|| Self(text.to_owned()))
    }

    /// The path, or `/` when `text` is not one.
    pub fn or_home(text: Option<&str>) -> Self {
        text.and_then(Self::parse).unwrap_or_else(|| Self("/".to_owned()))
    }

    /// The path with its query.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl std::fmt::Display for ReturnPath {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_paths_of_this_site_pass() {
        for bad in [
            "",
            "https://evil.example/",
            "//evil.example/",
            "///evil.example",
            "/\\evil.example",
            "\\\\evil.example",
            "/%09/evil.example",
            "/%2f%2fevil.example",
            "/%2Fevil.example",
            "/%5cevil.example",
            "https:evil.example",
            "https://good.example.evil.example/",
            "https://good.example@evil.example/",
            "https://evil.example#good.example",
            "https://good.example%00.evil.example/",
            "javascript:alert(1)",
            "data:text/html,x",
            "/..//evil.example",
            "/../x",
            "/%2e%2e/x",
            "https://GOOD.example:443/cb/../x",
            "https://good.example/cb?x=1",
            "https://good.example/cb#f",
            "http://good.example/cb",
            "https://good.example/cb/",
            "customers",
            "/a\r\nSet-Cookie: x=1",
            "/a?x=%0d%0aSet-Cookie:%20x",
            "/a b",
            "/客户",
            "/%ff",
        ] {
            assert_eq!(ReturnPath::parse(bad), None, "{bad:?}");
            assert_eq!(ReturnPath::or_home(Some(bad)).as_str(), "/", "{bad:?}");
        }
        for good in ["/", "/customers", "/customers?q=a%20b&open=1", "/accept/r_8Qm2xV7tKpZc/review", "/a?next=//b"] {
            assert_eq!(ReturnPath::parse(good).map(|path| path.to_string()).as_deref(), Some(good));
        }
    }
}
