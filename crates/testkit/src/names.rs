//! Believable company names in several scripts, the same in every run.

/// Parts a name is made of: what it is called, what it does, what form it has; one row a language.
const PARTS: &[(&[&str], &[&str], &[&str])] = &[
    (
        &["Fjord", "Nordberg", "Havn", "Lindqvist", "Solberg", "Bryggen", "Skog", "Ås"],
        &[" Logistikk", " Bakeri", " Eiendom", " Arkitekter", " Sjømat", " Verksted", " Regnskap"],
        &[" AS", " ASA", " SA"],
    ),
    (
        &["Kestrel", "Orchard", "Avenir", "Harrow", "Bluebell", "Marlowe", "Tidewater", "Contoso"],
        &[" Systems", " Dental", " Partners", " Foods", " Logistics", " Energy", " Press"],
        &[" Ltd", " LLP", " plc", ""],
    ),
    (
        &["Bäcker", "Rhein", "Löwen", "Grün", "Müller", "Isar", "Adler"],
        &["werk", "tal Technik", "bau", "licht Medien", "land Pflege", "stein Druck"],
        &[" GmbH", " AG", " KG", " e.G."],
    ),
    (
        &["光合", "东方", "海河", "新桥", "云山", "金穗", "长青"],
        &["科技", "物流", "食品", "能源", "教育", "设计"],
        &["有限公司", "股份有限公司", "集团"],
    ),
    (
        &["さくら", "青葉", "富士見", "みなと", "東雲", "若松"],
        &["商事", "工業", "製作所", "運輸", "食品", "電機"],
        &["株式会社", "合同会社"],
    ),
    (
        &["Северный", "Восток", "Берёзка", "Волга", "Рассвет"],
        &[" Транспорт", " Строй", " Молоко", " Связь", " Печать"],
        &["", " Плюс"],
    ),
    (
        &["Ελιά", "Αιγαίο", "Θάλασσα", "Κύκλος", "Άνεμος"],
        &[" Εμπορική", " Ναυτιλία", " Τρόφιμα", " Εκδόσεις"],
        &[" ΑΕ", " ΕΠΕ"],
    ),
    (
        &["النخيل", "الواحة", "البحر", "المنارة", "الزيتون"],
        &[" للتجارة", " للنقل", " للطاقة", " للأغذية"],
        &["", " المحدودة"],
    ),
];

/// The name of company number `n`. Names repeat after a while, as real ones do.
pub fn company(n: usize) -> String {
    let (first, second, third) = PARTS[n % PARTS.len()];
    let n = n / PARTS.len();
    let (a, n) = (first[n % first.len()], n / first.len());
    let (b, n) = (second[n % second.len()], n / second.len());
    let (c, n) = (third[n % third.len()], n / third.len());
    if n == 0 { format!("{a}{b}{c}") } else { format!("{a}{b} {n}{c}") }
}

/// The domain of company number `n`, unlike any other.
pub fn domain(n: usize) -> String {
    const WORDS: &[&str] = &["fjord", "kestrel", "baecker", "guanghe", "sakura", "volga", "elia", "nakheel"];
    const ENDS: &[&str] = &["no", "com", "de", "cn", "jp", "org", "gr", "net"];
    format!("{}{n}.{}", WORDS[n % WORDS.len()], ENDS[n % ENDS.len()])
}

#[cfg(test)]
mod tests {
    use super::*;
    use entente_domain::text::{CompanyName, DomainName};

    #[test]
    fn names_are_acceptable_and_mostly_different() {
        let mut seen = std::collections::HashSet::new();
        for n in 0..20_000 {
            let name = company(n);
            assert!(CompanyName::parse(&name).is_ok(), "{name}");
            assert!(DomainName::parse(&domain(n)).is_ok());
            seen.insert(name);
        }
        assert!(seen.len() > 19_000);
    }
}
