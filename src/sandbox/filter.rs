//! `$filter` as Graph's directory objects answer it.
//!
//! <https://learn.microsoft.com/en-us/graph/aad-advanced-queries> says which operator a property takes, and which of
//! them need the advanced parameters (`ConsistencyLevel: eventual` and `$count=true`).

mod parse;

use chrono::{DateTime, Utc};

use super::schema::{Filterable, Property, Schema, Value};

/// How many clauses `or` and `in` take without the advanced parameters.
const CLAUSES: usize = 15;

/// Why a filter is refused with a 400.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Refused {
    /// Graph's error code.
    pub(super) code: &'static str,
    /// Graph's message.
    pub(super) message: String,
}

impl Refused {
    fn syntax(message: impl Into<String>) -> Self {
        Self { code: "BadRequest", message: format!("Invalid filter clause: {}", message.into()) }
    }

    fn unsupported(message: impl Into<String>) -> Self {
        Self { code: "Request_UnsupportedQuery", message: message.into() }
    }
}

/// A comparison.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compare {
    Eq,
    Ne,
    Ge,
    Le,
    StartsWith,
    EndsWith,
}

/// Whether case counts where texts are compared.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Case {
    Ignored,
    Counts,
}

/// The right side of a comparison.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Literal {
    Null,
    Bool(bool),
    Text(String),
    Time(DateTime<Utc>),
}

/// A filter, checked against an entity type.
pub(super) enum Filter<T: 'static> {
    And(Vec<Self>),
    Or(Vec<Self>),
    Not(Box<Self>),
    /// One comparison; `in` is an `Or` of them.
    Is(&'static Property<T>, Compare, Literal),
    /// Some element of a collection fulfils one of these comparisons.
    Any(&'static Property<T>, Vec<(Compare, String)>),
}

impl<T> Filter<T> {
    /// Reads a filter; `advanced` is whether the request had the advanced parameters.
    pub(super) fn parse(text: &str, schema: &'static Schema<T>, advanced: bool) -> Result<Self, Refused> {
        parse::Parser::new(text, schema)?.whole().and_then(|filter| {
            if !advanced {
                filter.refuse_advanced(schema)?;
            }
            Ok(filter)
        })
    }

    /// Whether a row fulfils it, as the row is visible at an instant.
    pub(super) fn holds(&self, row: &T, now: DateTime<Utc>, case: Case) -> bool {
        match self {
            Self::And(all) => all.iter().all(|filter| filter.holds(row, now, case)),
            Self::Or(any) => any.iter().any(|filter| filter.holds(row, now, case)),
            Self::Not(filter) => !filter.holds(row, now, case),
            Self::Is(property, compare, literal) => is(&(property.get)(row, now), *compare, literal, case),
            Self::Any(property, tests) => match (property.get)(row, now) {
                Value::Texts(elements) => {
                    let fulfils = |own: &String| tests.iter().any(|(compare, to)| text_is(own, *compare, to, case));
                    elements.iter().any(fulfils)
                }
                _ => false,
            },
        }
    }

    /// The texts one of which a row must have in an indexed property; none where only reading every row can tell.
    pub(super) fn index_keys(&self) -> Option<Vec<String>> {
        match self {
            Self::And(all) => all.iter().find_map(Self::index_keys),
            Self::Or(any) => any.iter().map(Self::index_keys).collect::<Option<Vec<_>>>().map(|keys| keys.concat()),
            Self::Is(property, Compare::Eq, Literal::Text(text)) if property.indexed => Some(vec![text.clone()]),
            Self::Any(property, tests) if property.indexed => {
                let key = |(compare, text): &(Compare, String)| (*compare == Compare::Eq).then(|| text.clone());
                tests.iter().map(key).collect()
            }
            _ => None,
        }
    }

    /// The comparisons that are joined by `or`, those of `in` among them.
    fn clauses(&self) -> usize {
        match self {
            Self::Or(any) => any.iter().map(Self::clauses).sum(),
            _ => 1,
        }
    }

    fn refuse_advanced(&self, schema: &Schema<T>) -> Result<(), Refused> {
        match self {
            Self::And(all) => all.iter().try_for_each(|filter| filter.refuse_advanced(schema)),
            Self::Or(_) if self.clauses() > CLAUSES => Err(Refused::unsupported(format!(
                "Too many child clauses specified in search filter expression containing 'OR' operators. Max allowed: {CLAUSES}."
            ))),
            Self::Or(any) => any.iter().try_for_each(|filter| filter.refuse_advanced(schema)),
            Self::Not(_) => Err(Refused::unsupported("The specified filter to the query, 'not', is not supported.")),
            Self::Is(property, compare, literal) => {
                let plain = !matches!(compare, Compare::Ne | Compare::EndsWith)
                    && property.filterable != Filterable::Advanced
                    && *literal != Literal::Null;
                if plain { Ok(()) } else { Err(unsupported_clause(property.name, schema)) }
            }
            Self::Any(property, tests) => {
                let plain = |(compare, _): &(Compare, String)| matches!(compare, Compare::Eq | Compare::StartsWith);
                if tests.iter().all(plain) { Ok(()) } else { Err(unsupported_clause(property.name, schema)) }
            }
        }
    }
}

/// The refusal of an operator that a property does not take, in the recorded wording.
fn unsupported_clause<T>(property: &str, schema: &Schema<T>) -> Refused {
    Refused::unsupported(format!(
        "Unsupported or invalid query filter clause specified for property '{property}' of resource '{}'.",
        schema.resource
    ))
}

fn is(value: &Value<'_>, compare: Compare, literal: &Literal, case: Case) -> bool {
    match (value, literal) {
        (Value::Null, Literal::Null) => compare == Compare::Eq,
        (Value::Null, _) | (_, Literal::Null) => compare == Compare::Ne,
        (Value::Bool(own), Literal::Bool(other)) => ordered(own.cmp(other), compare),
        // Graph shows whole seconds, so what it filters by must not differ from what it shows.
        (Value::Time(own), Literal::Time(other)) => ordered(own.timestamp().cmp(&other.timestamp()), compare),
        (value, Literal::Text(other)) => value.as_text().is_some_and(|own| text_is(own, compare, other, case)),
        _ => false,
    }
}

fn text_is(own: &str, compare: Compare, other: &str, case: Case) -> bool {
    if case == Case::Counts {
        return text_compares(own, compare, other);
    }
    if compare == Compare::Eq {
        // Most rows differ; comparing them must not allocate.
        return own.eq_ignore_ascii_case(other) || (!own.is_ascii() && own.to_lowercase() == other.to_lowercase());
    }
    text_compares(&own.to_lowercase(), compare, &other.to_lowercase())
}

fn text_compares(own: &str, compare: Compare, other: &str) -> bool {
    match compare {
        Compare::StartsWith => own.starts_with(other),
        Compare::EndsWith => own.ends_with(other),
        _ => ordered(own.cmp(other), compare),
    }
}

fn ordered(order: std::cmp::Ordering, compare: Compare) -> bool {
    match compare {
        Compare::Eq => order.is_eq(),
        Compare::Ne => order.is_ne(),
        Compare::Ge => order.is_ge(),
        Compare::Le => order.is_le(),
        Compare::StartsWith | Compare::EndsWith => false,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Case, Filter};
    use crate::sandbox::columns::USERS;
    use crate::sandbox::{Person, monday};

    fn holds(filter: &str, person: &Person) -> bool {
        Filter::parse(filter, &USERS, true).unwrap().holds(person, monday(), Case::Ignored)
    }

    #[test]
    fn and_binds_closer_than_or() {
        let ann = Person::synced(1, "ann@contoso.com");
        assert!(holds("mail eq 'ann@contoso.com' or mail eq 'x' and mail eq 'y'", &ann));
        assert!(!holds("(mail eq 'ann@contoso.com' or mail eq 'x') and mail eq 'y'", &ann));
        assert!(holds("not (mail eq 'x' or mail eq 'y') and accountEnabled eq true", &ann));
    }

    #[test]
    fn null_equals_null_alone() {
        let nobody = Person::synced(1, "x").without_mail();
        assert!(holds("mail eq null", &nobody));
        assert!(!holds("mail ne null", &nobody));
        assert!(holds("mail ne 'ann@contoso.com'", &nobody));
        assert!(!holds("mail ge 'a'", &nobody));
    }

    #[test]
    fn case_counts_only_where_a_switch_says_so() {
        let ann = Person::synced(1, "Ann@contoso.com");
        for filter in [
            "mail in ('x','ann@contoso.com')",
            "startsWith(mail,'ann')",
            "proxyAddresses/any(p:p eq 'smtp:ann@contoso.com')",
        ] {
            let filter = Filter::parse(filter, &USERS, true).unwrap();
            assert!(filter.holds(&ann, monday(), Case::Ignored) && !filter.holds(&ann, monday(), Case::Counts));
        }
    }

    #[test]
    fn an_index_is_used_only_where_every_branch_has_a_key() {
        let keys = |filter: &str| Filter::parse(filter, &USERS, true).unwrap().index_keys();
        assert_eq!(keys("mail eq 'a' or otherMails/any(x:x eq 'b')"), Some(vec!["a".into(), "b".into()]));
        assert_eq!(keys("mail eq 'a' and department eq 'Sales'"), Some(vec!["a".into()]));
        assert_eq!(keys("mail eq 'a' or department eq 'Sales'"), None);
        assert_eq!(keys("not (mail eq 'a')"), None);
        assert_eq!(keys("proxyAddresses/any(x:startsWith(x,'smtp:'))"), None);
    }

    proptest! {
        #[test]
        fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
            let _ = Filter::parse(&text, &USERS, false);
        }

        #[test]
        fn any_mixture_of_tokens_is_read_or_refused(words in prop::collection::vec(
            prop::sample::select(vec!["mail", "eq", "'a'", "(", ")", "and", "or", "not", "in", ",", "proxyAddresses/any", "x", ":",
                "startsWith", "null", "true", "2026-01-01T00:00:00Z", "createdDateTime", "ge"]), 0..20)) {
            let _ = Filter::parse(&words.join(" "), &USERS, true);
        }
    }
}
