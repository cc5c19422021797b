//! The message as an adaptive card for a Teams workflow.
//!
//! <https://adaptivecards.io/explorer/RichTextBlock.html>: text in it is shown as it is, while a `TextBlock` would make
//! links and emphasis of what stands in somebody's name.

use serde_json::{Value, json};

use super::{Group, Message};

/// The largest message that Teams takes, in bytes.
///
/// <https://learn.microsoft.com/en-us/microsoftteams/platform/webhooks-and-connectors/how-to/connectors-using>
pub const LARGEST: usize = 28 * 1024;

/// The longest text of a block, in characters; a service's message can have thousands.
const LONGEST_TEXT: usize = 400;

/// People in a group, and groups and warnings in a card; the last always fits.
const SIZES: [(usize, usize); 8] = [(100, 20), (50, 20), (25, 20), (10, 15), (5, 12), (2, 10), (0, 8), (0, 2)];

/// The fullest card that Teams takes.
pub fn card(message: &Message) -> Value {
    drawn(&message.cut(&SIZES, LONGEST_TEXT, |cut| drawn(cut).to_string().len() <= LARGEST))
}

fn drawn(message: &Message) -> Value {
    let mut body = vec![line(&message.subject, json!({ "weight": "Bolder", "size": "Medium" }))];
    body.extend(message.groups.iter().flat_map(blocks));
    body.extend(message.warnings.iter().map(|warning| plain(&format!("Warning: {warning}"))));
    let facts = message.facts.iter().map(|(name, value)| json!({ "title": name, "value": value }));
    body.push(json!({ "type": "FactSet", "facts": facts.collect::<Vec<_>>() }));
    body.push(line(message.footer, json!({ "size": "Small", "isSubtle": true })));
    json!({
        "type": "message",
        "attachments": [{
            "contentType": "application/vnd.microsoft.card.adaptive",
            "contentUrl": null,
            "content": {
                "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
                "type": "AdaptiveCard",
                "version": "1.4",
                "msteams": { "width": "Full" },
                "body": body,
            },
        }],
    })
}

fn blocks(group: &Group) -> Vec<Value> {
    let mut blocks = vec![line(&group.title, json!({ "weight": "Bolder" }))];
    blocks.extend(group.said.iter().map(|said| plain(said)));
    blocks.extend(group.remedy.iter().map(|remedy| plain(&format!("What to do: {remedy}"))));
    blocks.extend(group.people.iter().map(|person| plain(person)));
    blocks
}

fn plain(text: &str) -> Value {
    line(text, json!({}))
}

/// One paragraph, which looks like this.
fn line(text: &str, mut run: Value) -> Value {
    (run["type"], run["text"]) = (json!("TextRun"), json!(text));
    json!({ "type": "RichTextBlock", "inlines": [run] })
}
