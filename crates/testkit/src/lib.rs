//! The test application, fixtures and both engines. Only ever a dev-dependency.
