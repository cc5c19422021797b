use super::*;

#[test]
fn codes_are_found_in_any_text_once_each() {
    assert_eq!(codes("AADSTS7000215: Invalid. AADSTS7000215, AADSTS90002."), [7_000_215, 90_002]);
    assert_eq!(codes("no code, AADSTS, AADSTS99999999999999"), [0_u32; 0]);
}

#[test]
fn every_code_stands_once_and_says_what_to_do() {
    for (at, row) in TABLE.iter().enumerate() {
        assert!(TABLE[..at].iter().all(|earlier| earlier.code != row.code), "{} twice", row.code);
        assert!(!row.meaning.is_empty() && !row.remedy.is_empty());
        assert!(!row.passes || row.side == Side::Service, "{}: what we must mend does not pass", row.code);
    }
}

#[test]
fn the_codes_of_a_wrong_cloud_send_to_the_portal() {
    for code in [900_382, 900_432, 900_439, 90_038, 500_011, 50_001] {
        assert!(entry(code).expect("known").remedy.contains("portal.azure.us"), "{code}");
    }
}

#[test]
fn a_known_code_counts_more_than_an_unknown_one_before_it() {
    assert_eq!(telling(&[1, 7_000_215]), Some(7_000_215));
    assert_eq!(telling(&[1, 2]), Some(1));
    assert!(told(&[1, 7_000_215], "AADSTS1: x").starts_with("the client secret is wrong (AADSTS7000215, "));
}

#[test]
fn what_has_no_words_ends_after_the_side() {
    assert_eq!(
        told(&[7_000_222], "AADSTS7000222"),
        "the client secret has expired (AADSTS7000222, on the side of the application's registration)"
    );
}
