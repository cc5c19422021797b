//! Ready tenants.
