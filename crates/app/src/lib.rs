//! The operations: authorise, load, decide, save, record the event.
