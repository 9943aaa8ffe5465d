//! Human faces: the partner portal and the customer portals.
