//! The table of one generation: who may read which class, and the keys of pages. Takes and gives lines of canonical JSON.
//! Never holds a key in the clear, and never believes a list of readers that the store's own key has not marked.
//!
//! ```text
//! {"boxes":[{"class":..,"key":..,"name":..,"reader":..}..],"format":"backstop-record-keys/1","generation":..,"mark":..,"public":..}
//! {"generation":..,"keys":{"mission":..,"public":..,"restricted":..},"page":..,"salt":..}   one for each page, in order
//! ```

use super::cipher::{Key, KeyBox, ReaderKey, ReaderSecret, SealedKey};
use base64::{Engine, prelude::BASE64_STANDARD};
use mission::record::canonical::{Value, decode, encode};
use mission::record::commitment::hmac;
use mission::record::envelope::Class;
use std::collections::{BTreeMap, BTreeSet};

const FORMAT: &str = "backstop-record-keys/1";

/// An organisation entitled to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entitled {
    /// Its name: 1 to 64 lower-case letters, digits, `.` and `-`.
    pub name: String,
    /// For which its class keys are sealed.
    pub key: ReaderKey,
    /// What it may read beside the public class.
    pub classes: BTreeSet<Class>,
}

/// The keys of the three classes, as far as one has them.
pub(super) type ClassKeys = BTreeMap<Class, Key>;

/// The first line of a table.
pub(super) struct Head {
    pub(super) generation: u64,
    pub(super) readers: Vec<Entitled>,
    boxes: Vec<(ReaderKey, Class, KeyBox)>,
    /// The public class key, which the root alone opens.
    public: SealedKey,
    /// By the store's own key, over all but itself.
    mark: [u8; 32],
}

/// The keys of one page, each under its class key.
#[derive(Clone)]
pub(super) struct Page {
    pub(super) number: u64,
    /// Which generation its file is of.
    pub(super) generation: u64,
    /// Drawn with the keys, so that a page that is begun again after a crash is sealed otherwise.
    salt: [u8; 32],
    keys: BTreeMap<Class, SealedKey>,
}

impl Head {
    /// Seals the class keys for the readers. `ephemeral` gives a fresh key for each box. None if a reader's key is none.
    pub(super) fn new(
        root: &Key,
        generation: u64,
        readers: &[Entitled],
        classes: &ClassKeys,
        own: &ReaderSecret,
        mut ephemeral: impl FnMut(&str) -> Key,
    ) -> Option<Head> {
        let mut boxes = Vec::new();
        for reader in readers {
            for class in reader.classes.iter().filter(|class| **class != Class::Public) {
                let key = ephemeral(&format!("box {} {}", reader.name, class.word()));
                boxes.push((reader.key, *class, reader.key.seal_box(root, *class, &classes[class], &key)?));
            }
        }
        let public = root.derive("public", &[]).seal_key(&classes[&Class::Public]);
        let mut head = Head { generation, readers: readers.to_vec(), boxes, public, mark: [0; 32] };
        head.mark = head.marked_by(own);
        Some(head)
    }

    /// Whether this list of readers is the one that the store's own key marked.
    pub(super) fn is_marked_by(&self, own: &ReaderSecret) -> bool {
        self.mark == self.marked_by(own)
    }

    fn marked_by(&self, own: &ReaderSecret) -> [u8; 32] {
        hmac(&own.own_key("readers").0, &encode(&self.to_value(false)))
    }

    /// The class keys that this secret opens; the public one always.
    pub(super) fn open(&self, root: &Key, secret: Option<&ReaderSecret>) -> ClassKeys {
        let public = root.derive("public", &[]).open_key(&self.public);
        let mut keys: ClassKeys = public.map(|key| (Class::Public, key)).into_iter().collect();
        if let Some(secret) = secret {
            let own = secret.public();
            for (_, class, sealed) in self.boxes.iter().filter(|(reader, ..)| *reader == own) {
                keys.extend(secret.open_box(root, *class, sealed).map(|key| (*class, key)));
            }
        }
        keys
    }

    pub(super) fn to_line(&self) -> Vec<u8> {
        [encode(&self.to_value(true)).as_slice(), b"\n"].concat()
    }

    fn to_value(&self, marked: bool) -> Value {
        let names = self.readers.iter().map(|reader| (reader.key, &reader.name)).collect::<BTreeMap<_, _>>();
        let boxes = self.boxes.iter().map(|(reader, class, sealed)| {
            object([
                ("name", text(names[reader])),
                ("reader", base64(&reader.0)),
                ("class", text(class.word())),
                ("key", base64(sealed)),
            ])
        });
        let fields = [
            ("format", text(FORMAT)),
            ("generation", integer(self.generation)),
            ("boxes", Value::List(boxes.collect())),
            ("public", base64(&self.public)),
        ];
        let mark = marked.then(|| ("mark", base64(&self.mark)));
        object(fields.into_iter().chain(mark))
    }

    fn parse(line: &[u8]) -> Option<Head> {
        let Ok(Value::Fields(mut fields)) = decode(line) else { return None };
        if fields.remove("format")? != text(FORMAT) {
            return None;
        }
        let Value::List(list) = fields.remove("boxes")? else { return None };
        let (mut readers, mut boxes): (BTreeMap<ReaderKey, Entitled>, Vec<_>) = (BTreeMap::new(), Vec::new());
        for item in list {
            let Value::Fields(mut item) = item else { return None };
            let (Value::Text(name), Value::Text(class)) = (item.remove("name")?, item.remove("class")?) else {
                return None;
            };
            let (class, key) = (Class::from_word(&class)?, ReaderKey(bytes(item.remove("reader")?)?));
            boxes.push((key, class, bytes(item.remove("key")?)?));
            let fresh = Entitled { name: name.clone(), key, classes: BTreeSet::new() };
            let entitled = readers.entry(key).or_insert(fresh);
            if entitled.name != name || !entitled.classes.insert(class) || !item.is_empty() {
                return None;
            }
        }
        let head = Head {
            generation: number(fields.remove("generation")?)?,
            readers: readers.into_values().collect(),
            boxes,
            public: bytes(fields.remove("public")?)?,
            mark: bytes(fields.remove("mark")?)?,
        };
        fields.is_empty().then_some(head)
    }
}

impl Page {
    /// Seals the keys of a page under the class keys.
    pub(super) fn new(number: u64, generation: u64, salt: [u8; 32], keys: &ClassKeys, classes: &ClassKeys) -> Page {
        let seal = |(class, key): (&Class, &Key)| {
            let wrapping = wrapping_key(&classes[class], number, generation, &salt);
            (*class, wrapping.seal_key(key))
        };
        Page { number, generation, salt, keys: keys.iter().map(seal).collect() }
    }

    /// The same page under other class keys.
    pub(super) fn resealed(&self, keys: &ClassKeys, classes: &ClassKeys) -> Page {
        Page::new(self.number, self.generation, self.salt, keys, classes)
    }

    /// The keys of this page that these class keys open.
    pub(super) fn open(&self, classes: &ClassKeys) -> ClassKeys {
        let open = |(class, sealed): (&Class, &SealedKey)| {
            let key = wrapping_key(classes.get(class)?, self.number, self.generation, &self.salt).open_key(sealed)?;
            Some((*class, key))
        };
        self.keys.iter().filter_map(open).collect()
    }

    pub(super) fn to_line(&self) -> Vec<u8> {
        let keys = self.keys.iter().map(|(class, key)| (class.word(), base64(key)));
        let value = object([
            ("page", integer(self.number)),
            ("generation", integer(self.generation)),
            ("salt", base64(&self.salt)),
            ("keys", object(keys)),
        ]);
        [encode(&value).as_slice(), b"\n"].concat()
    }

    /// The page of a line without its end; none if it is no such line.
    pub(super) fn parse(line: &[u8]) -> Option<Page> {
        let Ok(Value::Fields(mut fields)) = decode(line) else { return None };
        let Value::Fields(keys) = fields.remove("keys")? else { return None };
        let keys = keys.into_iter().map(|(class, key)| Some((Class::from_word(&class)?, bytes(key)?)));
        let page = Page {
            number: number(fields.remove("page")?)?,
            generation: number(fields.remove("generation")?)?,
            salt: bytes(fields.remove("salt")?)?,
            keys: keys.collect::<Option<_>>()?,
        };
        fields.is_empty().then_some(page)
    }
}

/// A class key wraps the key of each page under a key of its own.
fn wrapping_key(class: &Key, page: u64, generation: u64, salt: &[u8; 32]) -> Key {
    class.derive("page", &[&page.to_be_bytes(), &generation.to_be_bytes(), salt])
}

/// A table as read.
pub(super) struct Table {
    pub(super) head: Head,
    pub(super) pages: Vec<Page>,
    /// How many bytes those take.
    pub(super) length: usize,
    /// What follows them is a line, and not one that was being written when everything stopped.
    pub(super) damaged: bool,
}

/// Reads a table: its head, and the pages whose lines are whole and follow one another. None if the head is not whole.
///
/// A line that was cut short, or that has zeros where a part of it never arrived, belongs to a page of which no entry has a
/// receipt. Any other line that cannot be read was changed.
pub(super) fn read(file: &[u8]) -> Option<Table> {
    let mut lines = file.split_inclusive(|byte| *byte == b'\n');
    let first = lines.next()?;
    let head = Head::parse(first.strip_suffix(b"\n")?)?;
    let (mut pages, mut length) = (Vec::new(), first.len());
    for line in lines {
        let page = line.strip_suffix(b"\n").and_then(Page::parse);
        let Some(page) = page.filter(|page| page.number == pages.len() as u64) else { break };
        pages.push(page);
        length += line.len();
    }
    let rest = &file[length..];
    let damaged = rest.contains(&b'\n') && !rest.contains(&0);
    Some(Table { head, pages, length, damaged })
}

fn object<'a>(fields: impl IntoIterator<Item = (&'a str, Value)>) -> Value {
    Value::Fields(fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
}

fn text(text: &str) -> Value {
    Value::Text(text.to_owned())
}

fn base64(bytes: &[u8]) -> Value {
    Value::Text(BASE64_STANDARD.encode(bytes))
}

fn bytes<const N: usize>(value: Value) -> Option<[u8; N]> {
    let Value::Text(text) = value else { return None };
    BASE64_STANDARD.decode(text).ok()?.try_into().ok()
}

fn integer(number: u64) -> Value {
    Value::Integer(i64::try_from(number).expect("invariant: pages and generations are few"))
}

fn number(value: Value) -> Option<u64> {
    let Value::Integer(number) = value else { return None };
    number.try_into().ok()
}
