//! Machine faces: native routes and, in demo mode, the test controls.
