//! Reads a `$filter`: or, and, not, parentheses, comparisons, `in`, `startsWith`, `endsWith` and `any`.

use chrono::{DateTime, Utc};

use super::{Compare, Filter, Literal, Refused, unsupported_clause};
use crate::sandbox::schema::{Filterable, Property, Schema};

#[derive(Clone, Debug, PartialEq)]
enum Token {
    /// A name, an operator, or an unquoted literal.
    Word(String),
    /// A quoted literal without its quotes.
    Quoted(String),
    /// A parenthesis, comma or colon.
    Mark(char),
}

/// Reads one filter from its first token to its last.
pub(super) struct Parser<T: 'static> {
    tokens: Vec<Token>,
    next: usize,
    schema: &'static Schema<T>,
}

impl<T> Parser<T> {
    pub(super) fn new(text: &str, schema: &'static Schema<T>) -> Result<Self, Refused> {
        Ok(Self {
            tokens: tokens(text)?,
            next: 0,
            schema,
        })
    }

    pub(super) fn whole(mut self) -> Result<Filter<T>, Refused> {
        let filter = self.or()?;
        match self.tokens.get(self.next) {
            None => Ok(filter),
            Some(_) => Err(self.unexpected()),
        }
    }

    fn or(&mut self) -> Result<Filter<T>, Refused> {
        let mut any = vec![self.and()?];
        while self.takes_word("or") {
            any.push(self.and()?);
        }
        Ok(if any.len() == 1 { any.remove(0) } else { Filter::Or(any) })
    }

    fn and(&mut self) -> Result<Filter<T>, Refused> {
        let mut all = vec![self.term()?];
        while self.takes_word("and") {
            all.push(self.term()?);
        }
        Ok(if all.len() == 1 {
            all.remove(0)
        } else {
            Filter::And(all)
        })
    }

    fn term(&mut self) -> Result<Filter<T>, Refused> {
        if self.takes_word("not") {
            return Ok(Filter::Not(Box::new(self.term()?)));
        }
        if self.takes_mark('(') {
            let inner = self.or()?;
            self.mark(')')?;
            return Ok(inner);
        }
        let word = self.word()?;
        if let Some(compare) = function(&word) {
            self.mark('(')?;
            let name = self.word()?;
            let property = self.property(&name)?;
            self.mark(',')?;
            let literal = self.literal(property)?;
            self.mark(')')?;
            return self.comparison(property, compare, literal);
        }
        match word.strip_suffix("/any") {
            Some(collection) => self.any(collection),
            None => self.plain(&word),
        }
    }

    /// `mail eq 'x'`, `mail in ('x','y')`.
    fn plain(&mut self, name: &str) -> Result<Filter<T>, Refused> {
        let property = self.property(name)?;
        let operator = self.word()?;
        if operator == "in" {
            return self.list(property);
        }
        if matches!(operator.as_str(), "gt" | "lt") {
            // OData has them; no directory property takes them.
            return Err(unsupported_clause(name, self.schema));
        }
        let compare = operator_of(&operator).ok_or_else(|| self.unexpected())?;
        let literal = self.literal(property)?;
        self.comparison(property, compare, literal)
    }

    fn list(&mut self, property: &'static Property<T>) -> Result<Filter<T>, Refused> {
        self.mark('(')?;
        let mut any = Vec::new();
        loop {
            let literal = self.literal(property)?;
            any.push(self.comparison(property, Compare::Eq, literal)?);
            if !self.takes_mark(',') {
                break;
            }
        }
        self.mark(')')?;
        Ok(Filter::Or(any))
    }

    /// `proxyAddresses/any(x:x eq 'smtp:a' or startsWith(x,'SMTP:b'))`
    fn any(&mut self, name: &str) -> Result<Filter<T>, Refused> {
        let property = self.property(name)?;
        if property.filterable != Filterable::Texts {
            return Err(unsupported_clause(name, self.schema));
        }
        self.mark('(')?;
        let variable = self.word()?;
        self.mark(':')?;
        let mut tests = vec![self.element(&variable)?];
        while self.takes_word("or") {
            tests.push(self.element(&variable)?);
        }
        self.mark(')')?;
        Ok(Filter::Any(property, tests))
    }

    fn element(&mut self, variable: &str) -> Result<(Compare, String), Refused> {
        let word = self.word()?;
        let (compare, function) = match function(&word) {
            Some(compare) => (compare, true),
            None => (Compare::Eq, false),
        };
        if function {
            self.mark('(')?;
            self.expect_word(variable)?;
            self.mark(',')?;
        } else if word == variable {
            self.expect_word("eq")?;
        } else {
            return Err(self.unexpected());
        }
        let Some(Token::Quoted(text)) = self.tokens.get(self.next).cloned() else {
            return Err(self.unexpected());
        };
        self.next += 1;
        if function {
            self.mark(')')?;
        }
        Ok((compare, text))
    }

    /// A comparison that the property takes at all.
    fn comparison(
        &self,
        property: &'static Property<T>,
        compare: Compare,
        literal: Literal,
    ) -> Result<Filter<T>, Refused> {
        let takes = match property.filterable {
            Filterable::Text => true,
            Filterable::Bool | Filterable::Advanced => matches!(compare, Compare::Eq | Compare::Ne),
            Filterable::Time => !matches!(compare, Compare::StartsWith | Compare::EndsWith),
            Filterable::Texts | Filterable::No => false,
        };
        if takes {
            Ok(Filter::Is(property, compare, literal))
        } else {
            Err(unsupported_clause(property.name, self.schema))
        }
    }

    fn property(&self, name: &str) -> Result<&'static Property<T>, Refused> {
        self.schema.property(name).ok_or_else(|| {
            Refused::syntax(format!(
                "Could not find a property named '{name}' on type '{}'.",
                self.schema.type_name
            ))
        })
    }

    fn literal(&mut self, property: &Property<T>) -> Result<Literal, Refused> {
        let token = self.tokens.get(self.next).cloned().ok_or_else(|| self.unexpected())?;
        self.next += 1;
        let mismatch = || {
            Refused::syntax(format!(
                "A binary operator with incompatible types was detected for '{}'.",
                property.name
            ))
        };
        match (token, property.filterable) {
            (Token::Word(word), _) if word == "null" => Ok(Literal::Null),
            (Token::Quoted(text), Filterable::Text | Filterable::Advanced) => Ok(Literal::Text(text)),
            (Token::Word(word), Filterable::Bool) => word.parse().map(Literal::Bool).map_err(|_| mismatch()),
            (Token::Word(word), Filterable::Time) => DateTime::parse_from_rfc3339(&word)
                .map(|at| Literal::Time(at.with_timezone(&Utc)))
                .map_err(|_| mismatch()),
            (Token::Mark(_), _) => Err(self.unexpected()),
            (_, Filterable::No | Filterable::Texts) => Ok(Literal::Null),
            _ => Err(mismatch()),
        }
    }

    fn word(&mut self) -> Result<String, Refused> {
        let Some(Token::Word(word)) = self.tokens.get(self.next).cloned() else {
            return Err(self.unexpected());
        };
        self.next += 1;
        Ok(word)
    }

    fn expect_word(&mut self, word: &str) -> Result<(), Refused> {
        if self.takes_word(word) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn takes_word(&mut self, word: &str) -> bool {
        let takes = matches!(self.tokens.get(self.next), Some(Token::Word(found)) if found == word);
        self.next += usize::from(takes);
        takes
    }

    fn takes_mark(&mut self, mark: char) -> bool {
        let takes = self.tokens.get(self.next) == Some(&Token::Mark(mark));
        self.next += usize::from(takes);
        takes
    }

    fn mark(&mut self, mark: char) -> Result<(), Refused> {
        if self.takes_mark(mark) {
            Ok(())
        } else {
            Err(self.unexpected())
        }
    }

    fn unexpected(&self) -> Refused {
        Refused::syntax(format!(
            "Syntax error: unexpected token at position {} of the filter.",
            self.next
        ))
    }
}

fn function(word: &str) -> Option<Compare> {
    match word {
        "startsWith" | "startswith" => Some(Compare::StartsWith),
        "endsWith" | "endswith" => Some(Compare::EndsWith),
        _ => None,
    }
}

fn operator_of(word: &str) -> Option<Compare> {
    match word {
        "eq" => Some(Compare::Eq),
        "ne" => Some(Compare::Ne),
        "ge" => Some(Compare::Ge),
        "le" => Some(Compare::Le),
        _ => None,
    }
}

fn tokens(text: &str) -> Result<Vec<Token>, Refused> {
    let mut found = Vec::new();
    let mut rest = text.chars().peekable();
    while let Some(&next) = rest.peek() {
        match next {
            '\'' => found.push(Token::Quoted(quoted(&mut rest)?)),
            '(' | ')' | ',' => {
                rest.next();
                found.push(Token::Mark(next));
            }
            // A colon belongs to a time where digits stand before it, else to a lambda.
            ':' => {
                rest.next();
                found.push(Token::Mark(':'));
            }
            _ if next.is_whitespace() => drop(rest.next()),
            _ => found.push(Token::Word(word(&mut rest))),
        }
    }
    Ok(found)
}

fn quoted(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> Result<String, Refused> {
    rest.next();
    let mut text = String::new();
    loop {
        match rest.next() {
            Some('\'') if rest.peek() == Some(&'\'') => {
                rest.next();
                text.push('\'');
            }
            Some('\'') => return Ok(text),
            Some(other) => text.push(other),
            None => return Err(Refused::syntax("There is an unterminated string literal.")),
        }
    }
}

fn word(rest: &mut std::iter::Peekable<std::str::Chars<'_>>) -> String {
    let mut word = String::new();
    while let Some(&next) = rest.peek() {
        let in_a_time = next == ':' && word.starts_with(|first: char| first.is_ascii_digit());
        if !(next.is_alphanumeric() || "_-./+$".contains(next) || in_a_time) {
            break;
        }
        word.push(next);
        rest.next();
    }
    if word.is_empty() {
        // Whatever no token begins with must be consumed too, or reading would not end.
        word.extend(rest.next());
    }
    word
}
