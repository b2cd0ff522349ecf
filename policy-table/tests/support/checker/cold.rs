//! "The cold section".

use super::{Broken, Sections, holds};

/// What the page says of the cold section, as it stands there.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cold {
    /// The trusted hops, from X-Forwarded-For.
    pub trusted_hops: Option<u8>,
    /// Variant and text: header, bearer, basic, query, cookie.
    pub credentials: Vec<(u32, Vec<u8>)>,
    pub forward: [Option<Vec<u8>>; 3],
    pub strip_credential: bool,
    pub unmatched: u32,
    pub preflight: u32,
    pub realm: Vec<u8>,
    pub key_prefix: Vec<u8>,
    pub gateway_rule: u32,
    pub methods: Vec<Vec<u8>>,
    /// Collections, versions, endpoints.
    pub names: [Names; 3],
    /// Clients, keys.
    pub optional_names: [Option<Names>; 2],
}

/// Where each name ends, and all of them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Names {
    pub ends: Vec<u8>,
    pub text: Vec<u8>,
}

const BEARER: u32 = 1;

pub fn read(section: &[u8]) -> Result<Cold, Broken> {
    let mut cursor = Cursor(section);
    let cold = Cold {
        trusted_hops: match cursor.word()? {
            0 => None,
            1 => Some(cursor.byte()?),
            _ => return Err("client address: variant 0 or 1".into()),
        },
        credentials: cursor.list(|cursor| match cursor.word()? {
            BEARER => Ok((BEARER, Vec::new())),
            kind @ (0 | 2..=4) => Ok((kind, cursor.text()?)),
            _ => Err("credentials: variant 0 to 4".into()),
        })?,
        forward: [
            cursor.option(Cursor::text)?,
            cursor.option(Cursor::text)?,
            cursor.option(Cursor::text)?,
        ],
        strip_credential: cursor.flag()?,
        unmatched: cursor.word()?,
        preflight: cursor.word()?,
        realm: cursor.text()?,
        key_prefix: cursor.text()?,
        gateway_rule: cursor.word()?,
        methods: cursor.list(Cursor::text)?,
        names: [cursor.names()?, cursor.names()?, cursor.names()?],
        optional_names: [cursor.option(Cursor::names)?, cursor.option(Cursor::names)?],
    };
    holds(cursor.0.is_empty(), "nothing follows the last field")?;
    Ok(cold)
}

impl Cold {
    /// The rules for settings.
    pub fn check(&self) -> Result<(), Broken> {
        holds(self.credentials.len() <= 8, "credentials: at most 8")?;
        holds(self.methods.len() <= 31, "methods: at most 31")?;
        let hops = self.trusted_hops.unwrap_or(1);
        holds((1..=16).contains(&hops), "trusted hops: 1 to 16")?;
        for (kind, text) in &self.credentials {
            match kind {
                0 => holds(is_header(text), "credentials: a header name in lower case")?,
                2 => holds(is_shown(text), "credentials: a user without control characters")?,
                3 | 4 => {
                    let holds_name = !text.is_empty() && is_shown(text);
                    holds(holds_name, "credentials: a name, without control characters")?;
                }
                _ => {}
            }
        }
        for name in self.forward.iter().flatten() {
            holds(is_header(name), "forward: a header name in lower case")?;
        }
        holds(self.unmatched <= 1, "unmatched: variant 0 or 1")?;
        holds(self.preflight <= 1, "preflight: variant 0 or 1")?;
        let quotable = |byte: &u8| is_printable(byte) && !matches!(byte, b'"' | b'\\');
        holds(self.realm.iter().all(quotable), "realm: printable ASCII without quotes")?;
        let visible = self.key_prefix.iter().all(|byte| (0x21..=0x7E).contains(byte));
        let length = (1..=18).contains(&self.key_prefix.len());
        holds(visible && length, "key prefix: 1 to 18 visible characters")?;
        holds(self.methods.iter().all(|method| is_token(method)), "methods: HTTP tokens")
    }

    /// An id for each client exactly where the names of clients are left out.
    pub fn check_client_ids(&self, sections: &Sections<'_>, clients: usize) -> Result<(), Broken> {
        let expected = if self.optional_names[0].is_some() { 0 } else { clients };
        holds(sections.count("client_ids") == expected, "client_ids: where names are left out")
    }

    /// The rules for names.
    pub fn check_names(&self, sections: &Sections<'_>) -> Result<(), Broken> {
        let collections = sections.count("collections");
        let clients = super::keys::check_clients(sections)?;
        let keys = *sections.words("key_buckets").last().unwrap().first().unwrap() as usize;
        self.names[0].check(collections, true)?;
        self.names[1].check(collections, false)?;
        self.names[2].check(sections.count("endpoints"), false)?;
        for (position, count) in [clients, keys].into_iter().enumerate() {
            match &self.optional_names[position] {
                Some(names) => names.check(count, true)?,
                None => holds(self.forward[position].is_none(), "names that are forwarded")?,
            }
        }
        Ok(())
    }
}

impl Names {
    fn check(&self, count: usize, sent: bool) -> Result<(), Broken> {
        holds(self.ends.len() == count * 4, "names: where each name ends")?;
        let mut start = 0;
        for end in super::words(&self.ends) {
            let name = self.text.get(start..end as usize).ok_or("names: each within the text")?;
            std::str::from_utf8(name).map_err(|_| "names: each is text")?;
            holds(!sent || name.iter().all(is_printable), "names: printable ASCII where sent")?;
            holds(is_shown(name), "names: without control characters")?;
            start = end as usize;
        }
        holds(start == self.text.len(), "names: the last ends with the text")
    }
}

/// Text without U+0000 to U+001F and U+007F to U+009F.
fn is_shown(text: &[u8]) -> bool {
    let obeyed = |character: char| matches!(character, '\0'..='\u{1F}' | '\u{7F}'..='\u{9F}');
    std::str::from_utf8(text).is_ok_and(|text| !text.contains(obeyed))
}

fn is_printable(byte: &u8) -> bool {
    (0x20..=0x7E).contains(byte)
}

/// RFC 9110, section 5.6.2.
fn is_token(text: &[u8]) -> bool {
    let is_tchar = |byte: &u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte);
    !text.is_empty() && text.iter().all(is_tchar)
}

fn is_header(text: &[u8]) -> bool {
    is_token(text) && !text.iter().any(u8::is_ascii_uppercase)
}

/// The fixed-width encoding of bincode 2, as the page describes it.
struct Cursor<'a>(&'a [u8]);

impl<'a> Cursor<'a> {
    fn take(&mut self, length: u64) -> Result<&'a [u8], Broken> {
        holds(length <= self.0.len() as u64, "cold: every field is there")?;
        let (taken, rest) = self.0.split_at(length as usize);
        self.0 = rest;
        Ok(taken)
    }

    fn byte(&mut self) -> Result<u8, Broken> {
        Ok(self.take(1)?[0])
    }

    fn word(&mut self) -> Result<u32, Broken> {
        Ok(u32::from_le_bytes(self.take(4)?.try_into().unwrap()))
    }

    fn length(&mut self) -> Result<u64, Broken> {
        Ok(u64::from_le_bytes(self.take(8)?.try_into().unwrap()))
    }

    fn flag(&mut self) -> Result<bool, Broken> {
        match self.byte()? {
            0 => Ok(false),
            1 => Ok(true),
            _ => Err("a boolean or option is 0 or 1".into()),
        }
    }

    fn bytes(&mut self) -> Result<Vec<u8>, Broken> {
        let length = self.length()?;
        Ok(self.take(length)?.to_vec())
    }

    fn text(&mut self) -> Result<Vec<u8>, Broken> {
        let text = self.bytes()?;
        std::str::from_utf8(&text).map_err(|_| "text is UTF-8")?;
        Ok(text)
    }

    fn option<T>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, Broken>,
    ) -> Result<Option<T>, Broken> {
        Ok(if self.flag()? { Some(read(self)?) } else { None })
    }

    fn list<T>(&mut self, read: impl Fn(&mut Self) -> Result<T, Broken>) -> Result<Vec<T>, Broken> {
        let length = self.length()?;
        (0..length).map(|_| read(self)).collect()
    }

    fn names(&mut self) -> Result<Names, Broken> {
        Ok(Names { ends: self.bytes()?, text: self.text()? })
    }
}

impl Cold {
    /// The section that says this: the inverse of reading, for whatever the fields hold.
    pub fn write(&self) -> Vec<u8> {
        let mut section = Vec::new();
        let bytes = |section: &mut Vec<u8>, bytes: &[u8]| {
            section.extend((bytes.len() as u64).to_le_bytes());
            section.extend(bytes);
        };
        let names = |section: &mut Vec<u8>, names: &Names| {
            bytes(section, &names.ends);
            bytes(section, &names.text);
        };
        match self.trusted_hops {
            None => section.extend([0; 4]),
            Some(hops) => section.extend([1, 0, 0, 0, hops]),
        }
        section.extend((self.credentials.len() as u64).to_le_bytes());
        for (kind, text) in &self.credentials {
            section.extend(kind.to_le_bytes());
            if *kind != BEARER {
                bytes(&mut section, text);
            }
        }
        for name in &self.forward {
            section.push(name.is_some().into());
            name.iter().for_each(|name| bytes(&mut section, name));
        }
        section.push(self.strip_credential.into());
        section.extend(self.unmatched.to_le_bytes());
        section.extend(self.preflight.to_le_bytes());
        bytes(&mut section, &self.realm);
        bytes(&mut section, &self.key_prefix);
        section.extend(self.gateway_rule.to_le_bytes());
        section.extend((self.methods.len() as u64).to_le_bytes());
        self.methods.iter().for_each(|method| bytes(&mut section, method));
        self.names.iter().for_each(|list| names(&mut section, list));
        for list in &self.optional_names {
            section.push(list.is_some().into());
            list.iter().for_each(|list| names(&mut section, list));
        }
        section
    }
}
