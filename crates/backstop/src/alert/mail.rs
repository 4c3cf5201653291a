//! An alert as an e-mail, over SMTP.
//!
//! Takes where mail goes out and what to say; gives whether the server took it. A server's word against it is a refusal; a way that
//! broke off once the letter was under way is unknown, and never tried again.

use super::Outcome;
use super::channels::{Mail, Security};
use lettre::address::AddressError;
use lettre::message::header::{HeaderName, HeaderValue};
use lettre::message::{Mailbox, header};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Tls, TlsParameters};
use lettre::{Message, SmtpTransport, Transport};
use mission::record::body::Alert;
use std::time::Duration;

/// A server has so long for each answer.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends an alert of the log of that origin.
pub(super) fn send(mail: &Mail, alert: &Alert, origin: &str) -> Outcome {
    let message = match message(mail, alert, origin) {
        Ok(message) => message,
        Err(why) => return Outcome::refused(why),
    };
    let transport = match transport(mail) {
        Ok(transport) => transport,
        Err(error) => return Outcome::refused(format!("no way to the mail server: {error}")),
    };
    // Nothing of the letter goes out before this: where it fails, the letter surely did not go.
    match transport.test_connection() {
        Ok(true) => {}
        Ok(false) => return Outcome::refused("the mail server does not answer"),
        Err(error) => return Outcome::refused(format!("no way to the mail server: {error}")),
    }
    match transport.send(&message) {
        Ok(response) => Outcome::sent(format!("{} {}", response.code(), response.message().collect::<String>())),
        Err(error) if error.is_transient() || error.is_permanent() => Outcome::refused(error),
        Err(error) => Outcome::unknown(format!("the way broke off: {error}")),
    }
}

fn transport(mail: &Mail) -> Result<SmtpTransport, lettre::transport::smtp::Error> {
    let tls = match mail.security {
        Security::None => Tls::None,
        Security::Tls => Tls::Wrapper(TlsParameters::new(mail.host.clone())?),
        Security::Starttls => Tls::Required(TlsParameters::new(mail.host.clone())?),
    };
    let mut builder = SmtpTransport::builder_dangerous(&mail.host).port(mail.port).tls(tls).timeout(Some(PATIENCE));
    if let Some((user, password)) = &mail.login {
        builder = builder.credentials(Credentials::new(user.clone(), password.clone()));
    }
    Ok(builder.build())
}

fn message(mail: &Mail, alert: &Alert, origin: &str) -> Result<Message, String> {
    let mailbox = |text: &String| text.parse::<Mailbox>().map_err(|error: AddressError| error.to_string());
    let host = origin.rsplit('/').next().unwrap_or("backstop");
    let mut builder = Message::builder()
        .from(mailbox(&mail.from)?)
        .subject(&alert.subject)
        .message_id(Some(format!("<{}@{host}>", alert.id)))
        .header(header::ContentType::TEXT_PLAIN)
        // So that nobody's absence answers it (RFC 3834).
        .raw_header(HeaderValue::new(HeaderName::new_from_ascii_str("Auto-Submitted"), "auto-generated".to_owned()));
    for to in &mail.to {
        builder = builder.to(mailbox(to)?);
    }
    builder.body(alert.text.clone()).map_err(|error| error.to_string())
}
