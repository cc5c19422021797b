//! The colours of the page, by the numbers of WCAG 2.2.

use std::collections::HashMap;

const STYLE: &str = include_str!("style.css");

/// The variables of one set of rules.
fn colours(rules: &'static str) -> HashMap<&'static str, &'static str> {
    let declared = rules.split(';').filter_map(|rule| rule.rsplit(['{', '\n']).next()?.trim().split_once(": "));
    declared.filter(|(name, _)| name.starts_with("--")).collect()
}

/// Those of the light page and of the dark one.
fn schemes() -> [HashMap<&'static str, &'static str>; 2] {
    let (light, rest) = STYLE.split_once("@media screen and (prefers-color-scheme: dark)").unwrap();
    [colours(light), colours(rest.split("\n}\n").next().unwrap())]
}

/// <https://www.w3.org/TR/WCAG22/#dfn-relative-luminance>
fn luminance(colour: &str) -> f64 {
    let part = |at: usize| {
        let value = f64::from(u8::from_str_radix(&colour[at..at + 2], 16).unwrap()) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    };
    0.2126 * part(1) + 0.7152 * part(3) + 0.0722 * part(5)
}

/// <https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio>
fn contrast(one: &str, other: &str) -> f64 {
    let (a, b) = (luminance(one), luminance(other));
    (a.max(b) + 0.05) / (a.min(b) + 0.05)
}

#[test]
fn black_on_white_is_21_to_1() {
    assert!((contrast("#000000", "#ffffff") - 21.0).abs() < 0.01);
}

#[test]
fn letters_and_bars_stand_out_from_what_is_behind_them_in_both_schemes() {
    for scheme in schemes() {
        for (letters, behind) in ["text", "quiet", "link", "bad", "warn"]
            .into_iter()
            .flat_map(|letters| ["page", "sheet", "well"].map(|behind| (letters, behind)))
        {
            let found = contrast(scheme[&*format!("--{letters}")], scheme[&*format!("--{behind}")]);
            assert!(found >= 4.5, "{letters} on {behind}: {found:.2} in {scheme:?}");
        }
        for bar in ["invited", "accepted"] {
            let found = contrast(scheme[&*format!("--{bar}")], scheme["--sheet"]);
            assert!(found >= 3.0, "{bar}: {found:.2}");
        }
        // Apart from each other also without colours.
        assert!(contrast(scheme["--invited"], scheme["--accepted"]) >= 1.5);
    }
}
