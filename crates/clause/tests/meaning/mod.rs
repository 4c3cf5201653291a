//! What a text means, to hold beside another: takes files; gives all that was read, without the places in the text and the
//! blocks' own wording. The fuzzer holds texts beside one another in the same way.

use clause::{Agreement, AgreementFiles, Block, read};

/// What was read, and the remarks to it.
pub(crate) fn meaning(files: &AgreementFiles) -> (String, Vec<(&'static str, String)>) {
    let (mut agreement, remarks) = read(files);
    let Agreement { rules, powers, planned, articles, sha256, .. } = &mut agreement;
    rules.iter_mut().for_each(|rule| (rule.span, rule.paragraph) = (0..0, 0..0));
    powers.iter_mut().for_each(|power| power.span = 0..0);
    planned.iter_mut().for_each(|source| source.span = 0..0);
    sha256.clear();
    for block in articles.iter_mut().flat_map(|article| &mut article.blocks) {
        match block {
            Block::Prose { .. } => {}
            Block::Rules { text, .. } => text.clear(),
            Block::NotUnderstood { text, remarks } => {
                text.clear();
                remarks.clear();
            }
        }
    }
    let remarks = remarks.into_iter().map(|remark| (remark.code.word(), remark.message.to_string())).collect();
    (format!("{agreement:#?}"), remarks)
}
