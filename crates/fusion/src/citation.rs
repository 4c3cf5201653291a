//! The citation: what a report cites, so written that two who cite the same say so.
//!
//! Takes references as they came: addresses, message ids; gives one form of each. Never fetches anything, and a reference that names no one
//! thing, a site's front page or a short number that any table may hold, says nothing.

/// No more references of a report are read.
const MOST_REFERENCES: usize = 16;
/// No longer reference is read, bytes.
const LONGEST: usize = 2_048;
/// A shorter name that is no address is anybody's.
const LEAST_NAME: usize = 16;
/// Parts of an address that say who passed it on, beside those that begin with `utm_`.
const TRACKING: [&str; 6] = ["fbclid", "gclid", "igshid", "mc_cid", "mc_eid", "yclid"];

/// What a report cites, each in one form.
pub(crate) fn citations(references: &[String]) -> impl Iterator<Item = String> + '_ {
    references.iter().take(MOST_REFERENCES).filter_map(|reference| citation(reference))
}

fn citation(reference: &str) -> Option<String> {
    let told = reference.trim();
    if told.len() > LONGEST {
        return None;
    }
    match told.split_once("://") {
        Some((scheme, rest)) if scheme.eq_ignore_ascii_case("http") || scheme.eq_ignore_ascii_case("https") => {
            address(rest)
        }
        _ if told.to_ascii_lowercase().starts_with("www.") => address(told),
        _ => (told.chars().count() >= LEAST_NAME).then(|| told.to_owned()),
    }
}

/// An address without its scheme. The host's letters have no case, those of the path may have.
fn address(told: &str) -> Option<String> {
    let told = told.split('#').next().unwrap_or_default();
    let (place, query) = told.split_once('?').unwrap_or((told, ""));
    let (host, path) = place.split_once('/').unwrap_or((place, ""));
    let host = host.to_ascii_lowercase();
    let host = host.strip_suffix(":80").or(host.strip_suffix(":443")).unwrap_or(&host);
    let host = host.strip_prefix("www.").unwrap_or(host);
    let path = path.trim_end_matches('/');
    let is_kept = |part: &&str| {
        let name = part.split('=').next().unwrap_or_default().to_ascii_lowercase();
        !name.is_empty() && !name.starts_with("utm_") && !TRACKING.contains(&name.as_str())
    };
    let mut parts: Vec<&str> = query.split('&').filter(is_kept).collect();
    parts.sort_unstable();
    let names_one = !host.is_empty() && (!path.is_empty() || !parts.is_empty());
    names_one.then(|| format!("{host}/{path}?{}", parts.join("&")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_address_is_written_in_many_ways() {
        let check = |a: &str, b: &str, same: bool| {
            let (a, b) = (citation(a), citation(b));
            assert_eq!(a.is_some() && a == b, same, "{a:?} and {b:?}");
        };
        check("https://www.Varo.example/News/7/", "http://varo.example/News/7", true);
        check("https://varo.example/7?utm_source=x&id=2&UTM_medium=y#top", "https://varo.example/7?id=2", true);
        check("https://varo.example/7?b=1&a=2", "https://varo.example:443/7?a=2&b=1&fbclid=z", true);
        check("www.varo.example/7", "https://varo.example/7", true);
        check("https://varo.example/7?id=2", "https://varo.example/7?id=3", false);
        check("https://varo.example/News/7", "https://varo.example/news/7", false);
        check("https://varo.example/7", "https://other.example/7", false);
        // A front page is no message.
        check("https://varo.example/", "https://www.varo.example", false);
        check(" <20260302.7@varo.example> ", "<20260302.7@varo.example>", true);
        // A number that two tables may hold is none either.
        check("17", "17", false);
        check("", "", false);
        let long = format!("https://varo.example/{}", "a".repeat(LONGEST));
        check(&long, &long, false);
    }

    #[test]
    fn hostile_references_are_read_to_a_limit() {
        let many: Vec<String> = (0..100).map(|at| format!("https://varo.example/{at}")).collect();
        assert_eq!(citations(&many).count(), MOST_REFERENCES);
        for odd in ["https://", "https://?", "http://#", "https:///", "://", "www.", "https://é/ü?=&&=", "\u{0}"] {
            let _ = citation(odd);
        }
    }
}
