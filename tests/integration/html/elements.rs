//! The page as elements: what a browser and a screen reader need, looked for in every tag.

use std::collections::HashSet;

use super::{mixed, page, sample};

/// Every start tag with its attributes, in order.
fn tags(page: &str) -> Vec<&str> {
    let body = page.split("</style>").nth(1).unwrap();
    body.split('<').skip(1).filter_map(|rest| rest.split('>').next()).filter(|tag| !tag.starts_with('/')).collect()
}

fn name(tag: &str) -> &str {
    tag.split([' ', '/']).next().unwrap()
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

#[tokio::test(start_paused = true)]
async fn headings_come_in_order_and_every_reference_leads_to_one_element() {
    let tenant = mixed().await;
    tenant.report(&[]).await;
    for page in [sample().await, page(&tenant).await] {
        let tags = tags(&page);
        let levels = tags.iter().filter_map(|tag| name(tag).strip_prefix('h')?.parse::<u8>().ok());
        let levels: Vec<_> = levels.collect();
        assert_eq!((levels[0], levels.iter().filter(|level| **level == 1).count()), (1, 1));
        assert!(levels.windows(2).all(|two| two[1] <= two[0] + 1), "{levels:?}");
        let ids: Vec<_> = tags.iter().filter_map(|tag| attribute(tag, "id")).collect();
        let known: HashSet<_> = ids.iter().copied().collect();
        assert_eq!(ids.len(), known.len(), "{ids:?}");
        let named = tags.iter().filter_map(|tag| attribute(tag, "aria-labelledby")).flat_map(str::split_whitespace);
        let links = tags.iter().filter_map(|tag| attribute(tag, "href")?.strip_prefix('#'));
        for target in named.chain(links) {
            assert!(known.contains(target), "{target}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn tables_have_captions_and_scopes_and_stand_in_boxes_that_scroll_and_charts_have_words_and_a_table() {
    let page = sample().await;
    let tags = tags(&page);
    let count = |wanted: &str| tags.iter().filter(|tag| name(tag) == wanted).count();
    assert_eq!((count("table"), count("caption"), count("svg"), count("details")), (5, 5, 2, 2));
    assert_eq!((count("main"), count("header"), count("footer")), (1, 1, 1));
    assert!(tags.iter().filter(|tag| name(tag) == "th").all(|tag| attribute(tag, "scope").is_some()));
    for (index, _) in tags.iter().enumerate().filter(|(_, tag)| name(tag) == "table") {
        assert_eq!(attribute(tags[index - 1], "class"), Some("scroll"));
        assert!(tags[index - 1].contains("tabindex=\"0\" aria-label"), "{}", tags[index - 1]);
    }
    for (index, svg) in tags.iter().enumerate().filter(|(_, tag)| name(tag) == "svg") {
        assert_eq!(
            (attribute(svg, "role"), name(tags[index + 1]), name(tags[index + 2])),
            (Some("img"), "title", "desc")
        );
    }
}

#[tokio::test(start_paused = true)]
async fn nothing_on_the_page_can_run_or_load() {
    let page = sample().await;
    let head = page.split("<style>").next().unwrap();
    assert!(head.contains(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">"
    ));
    assert!(head.contains("<meta name=\"referrer\" content=\"no-referrer\">") && head.contains("<html lang=\"en\">"));
    let style = page.split("<style>").nth(1).unwrap().split("</style>").next().unwrap();
    assert!(!style.contains("url(") && !style.contains("@import"));
    for tag in tags(&page) {
        assert!(!["script", "img", "link", "iframe", "object", "embed", "form", "base"].contains(&name(tag)), "{tag}");
        assert!(!tag.contains(" on") && !tag.contains(" style=") && !tag.contains(" src="), "{tag}");
        assert!(attribute(tag, "href").is_none_or(|target| target.starts_with('#')), "{tag}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_sample_is_the_same_on_the_same_day() {
    assert_eq!(sample().await, sample().await);
}
