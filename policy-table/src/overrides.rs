//! Fields by which an upstream takes another request than the one that was judged.

/// Headers by which some upstreams take another host, path or method than those that were judged, in lower case. None has
/// a specification.
///
/// A proxy removes them, unless one before it sets them or the API is to obey them. What is like one of them but in
/// its marks ([`is_lookalike`](crate::is_lookalike)) nobody sends who means well.
pub const OVERRIDES: [&str; 12] = [
    "x-forwarded-host",
    "x-forwarded-path",
    "x-forwarded-port",
    "x-forwarded-prefix",
    "x-forwarded-server",
    "x-http-method",
    "x-http-method-override",
    "x-method-override",
    "x-original-url",
    "x-payload-http-method-override",
    "x-rewrite-url",
    "x-script-name",
];

/// Headers by which an upstream is told where else to read or write, or to have a server between send another file, and
/// others that name an address: a proxy removes them, too. What is like one of them is not looked for: servers between drop
/// names with other marks, and `x-forwarded-uri` is as long as a header that nearly every request has.
pub const OTHER_TARGETS: [&str; 6] = [
    "destination",
    "forwarded",
    "x-accel-mapping",
    "x-amz-copy-source",
    "x-forwarded-uri",
    "x-sendfile-type",
];
