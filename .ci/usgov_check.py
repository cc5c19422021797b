#!/usr/bin/env python3
"""No request names a property that the US Government description of Microsoft Graph lacks.

Usage: usgov_check.py MISSING.json LOG.jsonl...

The emulated tenant stands for one of a government cloud, so that every request of the tests must be fit to be sent
there. Names are looked for in $select, $expand, $orderby and $filter, and among the properties of bodies. A path
whose type is not known below is a failure: add the path when a new part of the API is used.
"""
import json
import re
import sys
from urllib.parse import parse_qsl, unquote, urlsplit

TYPES = [
    (r"/users(/[^/]+)?", "user"),
    (r"/organization(/[^/]+)?", "organization"),
    (r"/invitations", "invitation"),
    (r"/roleManagement/directory/roleAssignments", "unifiedRoleAssignment"),
    (r"/servicePrincipals(/[^/]+)?", "servicePrincipal"),
    (r"/servicePrincipals/[^/]+/appRoleAssignments", "appRoleAssignment"),
    (r"/policies/crossTenantAccessPolicy", "crossTenantAccessPolicy"),
    (r"/policies/crossTenantAccessPolicy/default", "crossTenantAccessPolicyConfigurationDefault"),
    (r"/policies/crossTenantAccessPolicy/partners(/[^/]+)?", "crossTenantAccessPolicyConfigurationPartner"),
    (r"/policies/authorizationPolicy", "authorizationPolicy"),
    (r"/users/[^/]+/sendMail", "message"),
]
# An action's body holds its resource under the name of a parameter.
PARAMETERS = {"message": "message"}
# Written where the tenant tells it, or where an administrator asks for it all the same; never asked for by name.
WRITTEN = {("crossTenantAccessPolicy", "allowedCloudEndpoints")}
QUERY = {"$select", "$expand", "$orderby", "$filter"}
LITERAL = re.compile(r"'(?:[^']|'')*'")


def type_of(path):
    return next((name for pattern, name in TYPES if re.fullmatch(pattern, path)), None)


def requests(exchange):
    """The request itself; of a batch, its items."""
    parts = urlsplit(exchange["url"])
    path = unquote(parts.path).removeprefix("/v1.0")
    body = exchange.get("request_body")
    body = json.loads(body) if isinstance(body, str) and body[:1] in "{[" else body
    if path == "/$batch":
        for item in (body or {}).get("requests", []):
            yield from requests({"url": item["url"], "request_body": item.get("body")})
        return
    yield path, dict(parse_qsl(parts.query)), body


def names(kind, query, body):
    for key in QUERY & query.keys():
        yield from re.findall(r"[A-Za-z]\w*", LITERAL.sub("", query[key]))
    if isinstance(body, dict):
        resource = body.get(PARAMETERS[kind], {}) if kind in PARAMETERS else body
        yield from (name for name in resource if (kind, name) not in WRITTEN)


def main(missing_file, *logs):
    with open(missing_file, encoding="utf-8") as file:
        missing = {name.rpartition(".")[2]: set(gone) for name, gone in json.load(file)["missing"].items()}
    seen, wrong = 0, []
    for log in logs:
        with open(log, encoding="utf-8") as file:
            for line in filter(str.strip, file):
                for path, query, body in requests(json.loads(line)):
                    seen += 1
                    kind = type_of(path)
                    if kind is None:
                        wrong.append(f"{log}: the type of {path} is not known to this check")
                    for name in set(names(kind, query, body)) & missing.get(kind, set()):
                        wrong.append(f"{log}: {path} names {kind}.{name}, which a government cloud lacks")
    print("\n".join(sorted(set(wrong))[:20] + [f"{seen} requests looked at, {len(wrong)} findings"]))
    return 1 if wrong or not seen else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
