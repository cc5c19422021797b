//! The users of a tenant, found by id or address without reading all of them.

use std::collections::HashMap;

use uuid::Uuid;

use super::person::Person;

/// All user objects, in the order in which lists show them.
#[derive(Clone, Debug, Default)]
pub struct People {
    all: Vec<Person>,
    /// `None` after a change that may have touched an id or an address.
    index: Option<Index>,
}

#[derive(Clone, Debug, Default)]
struct Index {
    by_id: HashMap<Uuid, usize>,
    /// Lower-cased mail, UPN, proxy and other addresses.
    by_text: HashMap<String, Vec<usize>>,
}

impl People {
    /// Adds a user at the end.
    pub fn push(&mut self, person: Person) {
        if let Some(index) = &mut self.index {
            index.add(self.all.len(), &person);
        }
        self.all.push(person);
    }

    /// How many there are.
    pub fn len(&self) -> usize {
        self.all.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.all.is_empty()
    }

    /// All of them.
    pub fn iter(&self) -> std::slice::Iter<'_, Person> {
        self.all.iter()
    }

    /// All of them, to be changed.
    pub fn iter_mut(&mut self) -> std::slice::IterMut<'_, Person> {
        self.index = None;
        self.all.iter_mut()
    }

    /// The user with this id.
    pub fn get(&self, id: Uuid) -> Option<&Person> {
        match &self.index {
            Some(index) => index.by_id.get(&id).map(|&position| &self.all[position]),
            None => self.all.iter().find(|person| person.id == id),
        }
    }

    /// The user with this id, to be changed.
    pub fn get_mut(&mut self, id: Uuid) -> Option<&mut Person> {
        self.index = None;
        self.all.iter_mut().find(|person| person.id == id)
    }

    /// The first user with this `mail`.
    pub fn with_mail(&mut self, mail: &str) -> Option<&mut Person> {
        let is = |person: &&mut Person| person.mail.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(mail));
        self.iter_mut().find(is)
    }

    /// Deletes a user; page tokens handed out before point past one user more then.
    pub fn remove(&mut self, id: Uuid) {
        self.index = None;
        self.all.retain(|person| person.id != id);
    }

    /// The user at a place of the list.
    pub(super) fn at(&self, position: usize) -> Option<&Person> {
        self.all.get(position)
    }

    /// Changes a user's state; ids and addresses must stay, since the index is not built anew.
    pub(super) fn update(&mut self, position: usize, change: impl FnOnce(&mut Person)) {
        if let Some(person) = self.all.get_mut(position) {
            change(person);
        }
    }

    /// The place of a user in the list.
    pub(super) fn position(&mut self, id: Uuid) -> Option<usize> {
        self.indexed().by_id.get(&id).copied()
    }

    /// The places, ascending, of all users with one of these texts as mail, UPN, proxy or other address.
    pub(super) fn positions(&mut self, texts: &[String]) -> Vec<usize> {
        let index = self.indexed();
        let by_text = texts
            .iter()
            .filter_map(|text| index.by_text.get(&text.to_lowercase()))
            .flatten()
            .copied();
        let by_id = texts
            .iter()
            .filter_map(|text| index.by_id.get(&Uuid::parse_str(text).ok()?))
            .copied();
        let mut found: Vec<usize> = by_text.chain(by_id).collect();
        found.sort_unstable();
        found.dedup();
        found
    }

    fn indexed(&mut self) -> &Index {
        let all = &self.all;
        self.index.get_or_insert_with(|| {
            let mut index = Index::default();
            for (position, person) in all.iter().enumerate() {
                index.add(position, person);
            }
            index
        })
    }
}

impl Index {
    fn add(&mut self, position: usize, person: &Person) {
        self.by_id.insert(person.id, position);
        let names = person.mail.iter().chain([&person.user_principal_name]);
        for text in names.chain(&person.proxy_addresses).chain(&person.other_mails) {
            self.by_text.entry(text.to_lowercase()).or_default().push(position);
        }
    }
}

impl<'a> IntoIterator for &'a People {
    type Item = &'a Person;
    type IntoIter = std::slice::Iter<'a, Person>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<'a> IntoIterator for &'a mut People {
    type Item = &'a mut Person;
    type IntoIter = std::slice::IterMut<'a, Person>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter_mut()
    }
}

impl Extend<Person> for People {
    fn extend<I: IntoIterator<Item = Person>>(&mut self, people: I) {
        people.into_iter().for_each(|person| self.push(person));
    }
}

impl FromIterator<Person> for People {
    fn from_iter<I: IntoIterator<Item = Person>>(people: I) -> Self {
        Self {
            all: people.into_iter().collect(),
            index: None,
        }
    }
}
