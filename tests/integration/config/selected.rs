use super::*;

const TWO: &str = r#"
[tenants.gcch]
cloud = "GCCHigh"
tenant_id = "11111111-2222-3333-4444-555555555555"
[tenants.gcch.auth]
method = "managed-identity"
[tenants.gcch.invite]
domains = ["Contoso.com"]
home = "commercial"

[tenants.commercial]
cloud = "commercial"
tenant_id = "99999999-8888-7777-6666-555555555555"
"#;

fn loaded(text: &str, flags: Flags) -> Result<config::Configured, config::Problems> {
    let (_folder, path) = written(text);
    match config::load(&Flags { config: Some(path), ..flags }, &Environment::default())? {
        Loaded::Configured(configured) => Ok(configured),
        Loaded::Sandbox => panic!("the sandbox"),
    }
}

fn names(tenants: &[config::Tenant]) -> Vec<&str> {
    tenants.iter().map(|tenant| tenant.name.as_str()).collect()
}

#[test]
fn all_tenants_are_selected_in_the_order_of_the_file() {
    let configured = loaded(TWO, Flags::default()).unwrap();
    assert_eq!(names(&configured.selected), ["gcch", "commercial"]);
}
