//! A mail: to whom, and what goes into it.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use chrono::{DateTime, Utc};
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::message::{Attachment, Mailbox, MultiPart};
use serde_json::{Value, json};
use uuid::Uuid;

use super::{Message, NotTold, Notice, for_mail, html, text};
use crate::config::Mail;
use crate::directory::Personal;
use crate::report::{self, InviteReport, OutputFormat, RunReport, Style};

/// The largest attachment, in bytes: Graph takes requests of 4 MB, and base64 makes four bytes of three.
pub(super) const LARGEST_ATTACHMENT: usize = 2 << 20;

/// Whom a notice goes to; whoever is in both lists gets one mail.
pub fn recipients(mail: &Mail, notice: &Notice) -> Vec<Personal> {
    let mut all = if notice.to_all { mail.to.clone() } else { Vec::new() };
    for address in mail.problems_to.iter().filter(|_| notice.to_problems) {
        if !all.iter().any(|known| known.expose().eq_ignore_ascii_case(address.expose())) {
            all.push(address.clone());
        }
    }
    all
}

/// The report of one run alone.
pub fn rendered(run: &RunReport, format: OutputFormat) -> Vec<u8> {
    let report = InviteReport { exit: run.exit, error: None, runs: vec![run.clone()] };
    let mut out = Vec::new();
    // Memory takes whatever is written to it.
    let _ = report::write(&report, format, Style::default(), &mut out);
    out
}

/// A mail that is about to leave.
pub struct Letter {
    /// Who sends it.
    pub from: Personal,
    /// Who gets it.
    pub to: Vec<Personal>,
    /// One line.
    pub subject: String,
    /// The part for people without HTML.
    pub text: String,
    /// The other part.
    pub html: String,
    /// The name and the content of the attachment, unless it is too large.
    pub csv: Option<(String, Vec<u8>)>,
    /// What tells it from every other.
    pub id: Uuid,
    /// Its date.
    pub at: DateTime<Utc>,
}

impl Letter {
    /// What is said of a run, for these people, with its report.
    pub fn new(from: Personal, to: Vec<Personal>, run: &RunReport, mut message: Message) -> Self {
        let csv = rendered(run, OutputFormat::Csv);
        let csv = (csv.len() <= LARGEST_ATTACHMENT).then(|| (format!("xcsync-{}.csv", run.run_id), csv));
        if csv.is_none() {
            let where_it_is = "too large for a mail: `-o csv` writes it, of this run or of `xcsync history`";
            message.facts.push(("CSV", where_it_is.to_owned()));
        }
        let message = for_mail(&message);
        let (text, html) = (text(&message), html(&message));
        Self { from, to, subject: message.subject, text, html, csv, id: run.run_id, at: run.finished_at }
    }

    /// The `message` of Graph's `sendMail`, which makes the part of text from the HTML.
    ///
    /// <https://learn.microsoft.com/en-us/graph/api/user-sendmail>
    pub fn to_graph(&self) -> Value {
        let recipient = |address: &Personal| json!({ "emailAddress": { "address": address.expose() } });
        let attachment = |(name, content): &(String, Vec<u8>)| {
            json!({
                "@odata.type": "#microsoft.graph.fileAttachment",
                "name": name,
                "contentType": "text/csv",
                "contentBytes": BASE64.encode(content),
            })
        };
        json!({
            "subject": self.subject,
            "body": { "contentType": "html", "content": self.html },
            "toRecipients": self.to.iter().map(recipient).collect::<Vec<_>>(),
            "attachments": self.csv.as_ref().map(attachment).into_iter().collect::<Vec<_>>(),
        })
    }

    /// As MIME (RFC 2046): text and HTML as alternatives, the attachment beside them.
    pub(super) fn to_mime(&self) -> Result<lettre::Message, NotTold> {
        let mailbox = |address: &Personal, what: &str| {
            address.expose().parse().map(|address| Mailbox::new(None, address)).map_err(|_| wrong(what))
        };
        let domain = self.from.expose().rsplit('@').next().unwrap_or("localhost");
        let mut builder = lettre::Message::builder()
            .from(mailbox(&self.from, "`from`")?)
            .subject(self.subject.clone())
            .date(self.at.into())
            .message_id(Some(format!("<{}@{domain}>", self.id)));
        for address in &self.to {
            builder = builder.to(mailbox(address, "an entry of `to` or `problems_to`")?);
        }
        // RFC 3834: nobody's absence is to answer.
        let automatic = HeaderName::new_from_ascii_str("Auto-Submitted");
        let builder = builder.raw_header(HeaderValue::new(automatic, "auto-generated".to_owned()));
        let body = MultiPart::alternative_plain_html(self.text.clone(), self.html.clone());
        let mut parts = MultiPart::mixed().multipart(body);
        if let Some((name, content)) = &self.csv
            && let Ok(kind) = ContentType::parse("text/csv; charset=utf-8")
        {
            parts = parts.singlepart(Attachment::new(name.clone()).body(content.clone(), kind));
        }
        builder.multipart(parts).map_err(|_| wrong("the recipients' list"))
    }
}

pub(super) fn wrong(what: &str) -> NotTold {
    NotTold::settings(format!("{what} is no address that mail can go to"), "correct it in [notify.mail]")
}
