//! The file of channels: by what, to whom and for whom alerts go out, and how long before and after a clock's end.
//!
//! Takes TOML; gives channels, or the first thing that is wrong and how to mend it. Secrets lie in files of their own, which nobody but
//! their owner may read. Never in the record: addresses, hosts and secrets stay in this file.

use clause::guarantee::Distances;
use mission::Onlooker;
use mission::record::body::Carrier;
use serde::Deserialize;
use std::fmt;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use terms::Label;
use terms::time::{DAY_MS, HOUR_MS, MINUTE_MS};

/// The file is not larger.
const LARGEST_FILE_BYTES: u64 = 1 << 20;
/// Nor is a file with a secret.
const LARGEST_SECRET_BYTES: u64 = 4 << 10;
/// It has no more channels, nor a channel more addresses.
const MOST: usize = 64;
/// What lies longer back when it is first noticed is told to nobody.
const LOOK_BACK_MS: i64 = 3 * DAY_MS;

/// What a file of channels says.
#[derive(Clone, Debug)]
pub struct Channels {
    /// At which distances from an end somebody is told.
    pub distances: Distances,
    /// What came longer ago, in milliseconds, when it is first noticed, is counted and not sent.
    pub look_back_ms: i64,
    /// The channels, in the file's order.
    pub channels: Vec<Channel>,
}

/// A way out for alerts.
#[derive(Clone, Debug)]
pub struct Channel {
    /// Its name, which the record holds.
    pub name: Label,
    /// For whom it is: nothing leaves by it that they may not see.
    pub whom: Onlooker,
    /// The way itself.
    pub way: Way,
}

/// By what a channel sends, with all that it takes.
#[derive(Clone)]
pub enum Way {
    /// Shown in the app alone.
    App,
    /// E-mail.
    Mail(Mail),
    /// A signed request.
    Webhook {
        /// Where.
        url: String,
        /// The key of its signatures.
        secret: Vec<u8>,
    },
}

impl fmt::Debug for Way {
    /// Without secrets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.carrier().word())
    }
}

impl Way {
    /// By what.
    #[must_use]
    pub fn carrier(&self) -> Carrier {
        match self {
            Way::App => Carrier::App,
            Way::Mail(_) => Carrier::Mail,
            Way::Webhook { .. } => Carrier::Webhook,
        }
    }
}

/// How mail goes out.
#[derive(Clone)]
pub struct Mail {
    pub(super) host: String,
    pub(super) port: u16,
    pub(super) security: Security,
    pub(super) login: Option<(String, String)>,
    pub(super) from: String,
    pub(super) to: Vec<String>,
}

/// How the way to a mail server is kept private.
#[derive(Clone, Copy, PartialEq, Eq, Deserialize, Debug)]
#[serde(rename_all = "lowercase")]
pub enum Security {
    /// TLS from the first byte.
    Tls,
    /// TLS after a word in the clear; nothing is sent without it.
    Starttls,
    /// None: to this machine alone.
    None,
}

/// What is wrong with a file of channels, and how to mend it.
#[derive(Debug)]
pub struct ChannelsError(String);

impl fmt::Display for ChannelsError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for ChannelsError {}

fn wrong<T>(why: impl Into<String>) -> Result<T, ChannelsError> {
    Err(ChannelsError(why.into()))
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct File {
    #[serde(default = "usual_before")]
    before: Vec<String>,
    #[serde(default = "usual_after")]
    after: Vec<String>,
    look_back: Option<String>,
    #[serde(default)]
    channel: Vec<Table>,
}

fn usual_before() -> Vec<String> {
    vec!["1 day".to_owned(), "1 hour".to_owned()]
}

fn usual_after() -> Vec<String> {
    vec!["1 day".to_owned()]
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
struct Table {
    name: String,
    carrier: String,
    #[serde(rename = "for")]
    whom: String,
    server: Option<String>,
    security: Option<Security>,
    user: Option<String>,
    password_file: Option<PathBuf>,
    from: Option<String>,
    to: Option<Vec<String>>,
    url: Option<String>,
    secret_file: Option<PathBuf>,
}

impl Channels {
    /// Reads a file of channels; other files are looked for beside it.
    ///
    /// # Errors
    /// If it cannot be read, or something in it is not understood.
    pub fn read(path: &Path) -> Result<Channels, ChannelsError> {
        let text = bounded(path, LARGEST_FILE_BYTES)?;
        Channels::of(&text, &path.display().to_string(), path.parent().unwrap_or(Path::new(".")))
    }

    /// Reads the text of a file of that name; other files are looked for in `folder`.
    ///
    /// # Errors
    /// If something in it is not understood.
    pub fn of(text: &str, shown: &str, folder: &Path) -> Result<Channels, ChannelsError> {
        let file: File = toml::from_str(text).map_err(|error| ChannelsError(format!("`{shown}`: {error}")))?;
        let lengths = |of: &[String]| of.iter().map(|text| length_ms(text)).collect::<Result<Vec<_>, _>>();
        let distances = Distances { before_ms: lengths(&file.before)?, after_ms: lengths(&file.after)? };
        if file.channel.is_empty() || file.channel.len() > MOST {
            return wrong(format!("`{shown}` has {} tables `[[channel]]`; write 1 to {MOST}", file.channel.len()));
        }
        let channels = file.channel.into_iter().map(|table| channel(folder, table)).collect::<Result<Vec<_>, _>>()?;
        let mut names: Vec<&Label> = channels.iter().map(|channel| &channel.name).collect();
        names.sort();
        if let Some(twice) = names.windows(2).find(|pair| pair[0] == pair[1]) {
            return wrong(format!("two channels are called `{}`; the record tells them by name", twice[0]));
        }
        let look_back_ms = file.look_back.as_deref().map_or(Ok(LOOK_BACK_MS), length_ms)?;
        Ok(Channels { distances, look_back_ms, channels })
    }

    /// The channel of that name.
    #[must_use]
    pub fn named(&self, name: &Label) -> Option<&Channel> {
        self.channels.iter().find(|channel| channel.name == *name)
    }
}

fn channel(folder: &Path, mut table: Table) -> Result<Channel, ChannelsError> {
    let of = format!("channel `{}`", table.name);
    let Some(name) = Label::new(&table.name) else {
        return wrong(format!("`{}` is no name of a channel; write letters, digits, `-`, `_` or `.`", table.name));
    };
    let Some(whom) = Onlooker::named(&table.whom) else {
        return wrong(format!("{of}: `for` is `mission`, `public` or the name of a party"));
    };
    let way = match Carrier::from_word(&table.carrier) {
        None => return wrong(format!("{of}: `carrier` is `app`, `mail` or `webhook`, not `{}`", table.carrier)),
        Some(Carrier::App) => Way::App,
        Some(Carrier::Mail) => Way::Mail(mail(folder, &of, &mut table)?),
        Some(Carrier::Webhook) => webhook(folder, &of, &mut table)?,
    };
    let left = [
        ("server", table.server.is_some()),
        ("security", table.security.is_some()),
        ("user", table.user.is_some()),
        ("password-file", table.password_file.is_some()),
        ("from", table.from.is_some()),
        ("to", table.to.is_some()),
        ("url", table.url.is_some()),
        ("secret-file", table.secret_file.is_some()),
    ];
    if let Some((field, _)) = left.into_iter().find(|(_, is_left)| *is_left) {
        return wrong(format!("{of}: `{field}` does not go with `carrier = \"{}\"`; take it out", table.carrier));
    }
    Ok(Channel { name, whom, way })
}

fn needed<T>(of: &str, field: &str, value: Option<T>) -> Result<T, ChannelsError> {
    value.ok_or_else(|| ChannelsError(format!("{of}: `{field}` is missing")))
}

fn mail(folder: &Path, of: &str, table: &mut Table) -> Result<Mail, ChannelsError> {
    let server = needed(of, "server", table.server.take())?;
    let parts = server.rsplit_once(':').and_then(|(host, port)| Some((host.to_owned(), port.parse().ok()?)));
    let Some((host, port)) = parts else {
        return wrong(format!("{of}: `server` is `{server}`; write host and port, as `mail.example.org:465`"));
    };
    let security = table.security.take().unwrap_or(Security::Tls);
    if security == Security::None && !is_here(&host) {
        return wrong(format!(
            "{of}: `security = \"none\"` is for a server on this machine; write `tls` or `starttls`"
        ));
    }
    let login = match (table.user.take(), table.password_file.take()) {
        (None, None) => None,
        (Some(user), Some(file)) => Some((user, secret(&folder.join(file))?)),
        (Some(_), None) | (None, Some(_)) => return wrong(format!("{of}: `user` and `password-file` go together")),
    };
    let from = needed(of, "from", table.from.take())?;
    let to = needed(of, "to", table.to.take())?;
    if to.is_empty() || to.len() > MOST {
        return wrong(format!("{of}: `to` has {} addresses; write 1 to {MOST}", to.len()));
    }
    for address in to.iter().chain([&from]) {
        if address.parse::<lettre::message::Mailbox>().is_err() {
            return wrong(format!(
                "{of}: `{address}` is no address; write `desk@example.org` or `Desk <desk@example.org>`"
            ));
        }
    }
    Ok(Mail { host, port, security, login, from, to })
}

fn webhook(folder: &Path, of: &str, table: &mut Table) -> Result<Way, ChannelsError> {
    use base64::{Engine, prelude::BASE64_STANDARD};
    let url = needed(of, "url", table.url.take())?;
    let host = url.strip_prefix("http://").map(|rest| rest.split(['/', '?', '#']).next().unwrap_or_default());
    let host = host.map(|host| host.rsplit_once(':').map_or(host, |(name, _)| name));
    if !(url.starts_with("https://") || host.is_some_and(is_here)) {
        return wrong(format!("{of}: `url` begins with `https://`; `http://` is for a program on this machine"));
    }
    let line = secret(&folder.join(needed(of, "secret-file", table.secret_file.take())?))?;
    let key = line.strip_prefix("whsec_").and_then(|key| BASE64_STANDARD.decode(key).ok());
    match key.filter(|key| (24..=64).contains(&key.len())) {
        Some(secret) => Ok(Way::Webhook { url, secret }),
        None => wrong(format!("{of}: a webhook's secret is `whsec_` and 24 to 64 bytes in base64")),
    }
}

/// Whether a host is this machine: a name alone may lead elsewhere.
fn is_here(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

/// The one line of a file that nobody else may read.
fn secret(path: &Path) -> Result<String, ChannelsError> {
    let shown = path.display();
    let found = fs::metadata(path).map_err(|error| ChannelsError(format!("`{shown}`: {error}")))?;
    if found.permissions().mode() & 0o077 != 0 {
        return wrong(format!("`{shown}` holds a secret and others may read it; `chmod 600 {shown}`"));
    }
    let text = bounded(path, LARGEST_SECRET_BYTES)?;
    let line = text.trim_end_matches(['\n', '\r']);
    if line.is_empty() || line.contains('\n') {
        return wrong(format!("`{shown}` holds one line: the secret"));
    }
    Ok(line.to_owned())
}

fn bounded(path: &Path, most: u64) -> Result<String, ChannelsError> {
    use std::io::Read;
    let shown = path.display();
    let fault = |error: std::io::Error| ChannelsError(format!("`{shown}`: {error}"));
    let mut text = String::new();
    fs::File::open(path).map_err(fault)?.take(most + 1).read_to_string(&mut text).map_err(fault)?;
    if text.len() as u64 > most {
        return wrong(format!("`{shown}` is larger than {most} bytes"));
    }
    Ok(text)
}

/// `90 minutes`, `1 hour`, `2 days`: a day here is 24 hours.
fn length_ms(text: &str) -> Result<i64, ChannelsError> {
    let units = [("minute", MINUTE_MS), ("hour", HOUR_MS), ("day", DAY_MS)];
    let read = || {
        let (count, unit) = text.split_once(' ')?;
        let (_, ms) = units.into_iter().find(|(name, _)| unit == *name || unit.strip_suffix('s') == Some(name))?;
        let count: i64 = count.parse().ok().filter(|count| (1..=1000).contains(count))?;
        Some(count * ms)
    };
    read().ok_or_else(|| ChannelsError(format!("`{text}` is no distance; write `90 minutes`, `1 hour` or `2 days`")))
}
