//! Which request means what, and which permission it takes.

use super::answer::{Answer, Failure};
use super::request::Request;
use super::state::State;
use super::{batch, invitations, objects, policies, principals, send_mail, users};

/// What a caller may do.
pub(super) type Roles = [String];

const USERS: &[&str] = &["User.Read.All", "User.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const ORGANIZATION: &[&str] =
    &["Organization.Read.All", "Organization.ReadWrite.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const ROLE_ASSIGNMENTS: &[&str] = &[
    "RoleManagement.Read.Directory",
    "RoleManagement.Read.All",
    "RoleManagement.ReadWrite.Directory",
    "Directory.Read.All",
];
const CONTACTS: &[&str] = &["OrgContact.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"];

const WHO_MAY_INVITE: &[&str] = &["Policy.Read.All", "Policy.ReadWrite.Authorization"];
const POLICIES: &[&str] = &["Policy.Read.All", "Policy.ReadWrite.CrossTenantAccess"];
const CHANGE_POLICIES: &[&str] = &["Policy.ReadWrite.CrossTenantAccess"];
const APPLICATIONS: &[&str] = &["Application.Read.All", "Directory.Read.All", "Directory.ReadWrite.All"];
const GRANTS: &[&str] = &["AppRoleAssignment.ReadWrite.All"];
const MAIL: &[&str] = &["Mail.Send"];

const NOT_THERE: &str = "<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\" \
    \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\"><html><head><title>404 - File or directory not found.</title>\
    </head><body><h1>Server Error</h1></body></html>";

/// Answers one request, or one item of a batch, whose path has no version any more.
pub(super) fn answer(state: &mut State, request: &Request, roles: &Roles) -> Result<Answer, Failure> {
    let segments = request.segments();
    let path: Vec<&str> = segments.iter().map(String::as_str).collect();
    match (request.method.as_str(), path.as_slice()) {
        ("GET", ["users"]) => permitted(roles, USERS).and_then(|()| users::list(state, request)),
        ("GET", ["users", key]) => permitted(roles, USERS).and_then(|()| users::one(state, request, key)),
        ("GET", ["organization"]) => {
            permitted(roles, ORGANIZATION).and_then(|()| objects::organization(state, request))
        }
        ("GET", ["roleManagement", "directory", "roleAssignments"]) => {
            permitted(roles, ROLE_ASSIGNMENTS).and_then(|()| objects::role_assignments(state, request))
        }
        ("GET", ["contacts"]) => permitted(roles, CONTACTS).and_then(|()| objects::contacts(state, request)),
        ("POST", ["users", sender, "sendMail"]) => {
            permitted(roles, MAIL).and_then(|()| send_mail::post(state, request, sender))
        }
        ("GET", ["servicePrincipals"]) => {
            permitted(roles, APPLICATIONS).and_then(|()| principals::list(state, request))
        }
        ("GET", ["servicePrincipals", id, "appRoleAssignments"]) => {
            permitted(roles, APPLICATIONS).and_then(|()| principals::grants(state, request, id))
        }
        ("POST", ["servicePrincipals", id, "appRoleAssignments" | "appRoleAssignedTo"]) => {
            permitted(roles, GRANTS).and_then(|()| principals::grant(state, request, id))
        }
        (method, ["policies", policy @ ..]) => {
            permitted(roles, of_policy(method, policy)).and_then(|()| policies::answer(state, request, policy))
        }
        ("POST", ["invitations"]) => invitations::post(state, request, roles),
        ("POST", ["$batch"]) => batch::post(state, request, roles),
        // Described, and not there: recorded with an HTML page as its message.
        ("GET", ["invitations"]) => Err(Failure::new(404, "UnknownError", NOT_THERE)),
        (_, ["users" | "organization" | "invitations" | "$batch" | "contacts", ..]) => {
            Err(Failure::new(405, "Request_BadRequest", "Specified HTTP method is not allowed for the request target."))
        }
        (_, path) => Err(Failure::bad_request(&format!(
            "Resource not found for the segment '{}'.",
            path.first().copied().unwrap_or_default()
        ))),
    }
}

fn of_policy(method: &str, policy: &[&str]) -> &'static [&'static str] {
    match (method, policy) {
        ("GET", ["authorizationPolicy"]) => WHO_MAY_INVITE,
        ("GET", _) => POLICIES,
        _ => CHANGE_POLICIES,
    }
}

fn permitted(roles: &Roles, any_of: &[&str]) -> Result<(), Failure> {
    if roles.iter().any(|role| any_of.contains(&role.as_str())) { Ok(()) } else { Err(Failure::denied()) }
}
