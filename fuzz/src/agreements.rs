//! Agreement texts, their formatting, scenario pages with certificates, and pages of guarantees. Takes bytes; panics when reading does, when
//! formatting changes a meaning or does not come to rest, or when engine and checker disagree.

#[path = "../../crates/clause/tests/meaning/mod.rs"]
mod meaning;

use clause::{
    AgreementFiles, Checked, Checker, Instance, Language, Watch, expected, explain, instances, outline, render,
    sentence, sentence_of_power,
};
use meaning::meaning;

/// A bound on what is judged for one input, so that thousands of inputs are tried.
const WORK_MOST: usize = 300;
/// Longest text of which one input is made; the parser's own limit is higher.
const TEXT_MOST_BYTES: usize = 20_000;

fn text_of(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok().filter(|text| text.len() <= TEXT_MOST_BYTES)
}

/// Everything that is made of a text while somebody drafts it.
pub(crate) fn agreement(bytes: &[u8]) {
    let Some(text) = text_of(bytes) else { return };
    let files = AgreementFiles { text: text.to_owned(), files: Default::default() };
    let (agreement, remarks) = clause::read(&files);
    for language in clause::Language::ALL {
        let _ = render(&remarks, &files, language, false);
    }
    for rule in agreement.rules.iter().take(20) {
        for language in [Language::English, Language::Ukrainian] {
            assert!(!sentence(&agreement, rule, language).is_empty());
            let _ = explain(&agreement, rule, language);
        }
    }
    agreement.powers.iter().for_each(|power| drop(sentence_of_power(&agreement, power, Language::English)));
    let outline = outline(text);
    let middle = text.floor_char_boundary(text.len() / 2);
    let _ = (outline.at(middle), expected(text, middle), clause::mfotl(&agreement));
}

/// Formatted twice is formatted once, and the meaning is as it was.
pub(crate) fn format(bytes: &[u8]) {
    let Some(text) = text_of(bytes) else { return };
    let formatted = clause::format(text);
    assert_eq!(clause::format(&formatted), formatted, "formatted again it is another text");
    let meaning = |text: &str| meaning(&AgreementFiles { text: text.to_owned(), files: Default::default() });
    let (was, is) = (meaning(text), meaning(&formatted));
    assert_eq!(was.1, is.1, "other remarks");
    assert!(was.0 == is.0, "another meaning");
}

/// A page that carries an agreement, facts and moments: the checker accepts all that the engine makes of it, and bears
/// with certificates that belong to other instances.
pub(crate) fn certificate(bytes: &[u8]) {
    let Some(page) = text_of(bytes) else { return };
    let Some(files) = clause::carried(page) else { return };
    let (agreement, _) = clause::read(&files);
    let Ok(scenario) = clause::scenario(page, &agreement) else { return };
    if agreement.rules.len() * (scenario.facts.len() + 1) > WORK_MOST {
        return;
    }
    for asked in scenario.moments.iter().take(2) {
        let watch = Watch {
            efforts: &scenario.efforts,
            detection: None,
            known_until: asked.known_until,
            sources: &[],
            heard: &scenario.heard,
        };
        let listed = instances(&agreement, &scenario.facts, &watch, asked.at);
        let checker = Checker::of(&agreement, &scenario.facts, &watch, asked.at);
        for (at, instance) in listed.iter().enumerate().take(WORK_MOST) {
            let checked = checker.check(instance);
            assert!(!matches!(checked, Checked::Refused(_)), "{}: {checked}", instance.key);
            grafted(instance, &listed[(at * 7 + 1) % listed.len()])
                .iter()
                .for_each(|forged| drop(checker.check(forged)));
        }
    }
}

/// The instance with parts of another.
fn grafted(instance: &Instance, other: &Instance) -> [Instance; 3] {
    let with = |change: &dyn Fn(&mut Instance)| {
        let mut forged = instance.clone();
        change(&mut forged);
        forged
    };
    [
        with(&|forged| forged.certificate = other.certificate.clone()),
        with(&|forged| forged.value = other.value),
        with(&|forged| (forged.interest, forged.key.of) = (other.interest, other.key.of.clone())),
    ]
}

/// A page of guarantees, alone or carried by a page to play it on, up to what comes of it.
pub(crate) fn guarantees(bytes: &[u8]) {
    use clause::guarantee::{carried, notices, play, read, read_closed, sheet, tabletop};
    let Some(page) = text_of(bytes) else { return };
    let text = carried(page).unwrap_or_else(|| page.to_owned());
    let (package, _) = read(&text);
    let (closed, _) = read_closed(&text, &package);
    let both = package.clone().with(&closed);
    let _ = sheet(&both, &[], &[], terms::Instant::LATEST);
    for notice in notices(page, &package).into_iter().flatten() {
        let form = package.forms.iter().find(|form| form.id == notice.form).expect("a notice is in a form of the page");
        assert_eq!(form.fault(&notice, &package), None);
    }
    let Ok(played) = tabletop(page, &package) else { return };
    if (package.clocks.len() + 1) * (played.deeds.len() + played.breaches.len() + 1) <= WORK_MOST {
        assert_eq!(play(&package, &played), play(&package, &played));
    }
}
