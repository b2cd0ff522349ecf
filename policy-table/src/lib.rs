//! policy-table
