//! What becomes of a message, and what comes by itself while it waits.

/// What becomes of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Course {
    Passes,
    Ends {
        callback: &'static str,
        by: End,
    },
    Returns {
        callback: &'static str,
        number: i32,
    },
    /// Something is begun in this callback, and what comes of it begins the next thing, and in the end it goes on.
    Waits {
        callback: &'static str,
        chain: Vec<Waker>,
        by: End,
    },
}

impl Course {
    /// Nothing of the request reaches an upstream.
    pub(super) fn stays_here(&self) -> bool {
        match self {
            Self::Passes => false,
            Self::Ends { callback, .. } => *callback == "proxy_on_request_headers",
            Self::Returns { callback, number } => {
                *callback == "proxy_on_request_headers" && *number != 2
            }
            Self::Waits { callback, by, .. } => {
                *callback == "proxy_on_request_headers" && *by != End::Continue
            }
        }
    }

    /// The response may have a course of its own: it comes from an upstream, and nothing else begins meanwhile.
    pub(super) fn is_simple(&self) -> bool {
        matches!(self, Self::Passes) || matches!(self, Self::Returns { .. })
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Continue,
    Reply,
    Close,
    Nothing,
}

/// Something that comes by itself later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Waker {
    pub(super) begins: &'static str,
    /// The last callback by which it comes.
    pub(super) callback: &'static str,
}

pub(super) const WAKERS: &[Waker] = &[
    Waker { begins: "proxy_set_tick_period_milliseconds 10", callback: "proxy_on_tick" },
    Waker {
        begins: "proxy_http_call \"upstream\" [\":method\" \"GET\" \":path\" \"/callout\" \":authority\" \"callout.example\" \"x-one\" \"1\"] \"\" \"\" 5000 word",
        callback: "proxy_on_http_call_response",
    },
    Waker {
        begins: "proxy_http_call \"upstream\" [\":method\" \"POST\" \":path\" \"/callout\" \"host\" \"callout.example\"] \"a body\" [\"x-trailer\" \"1\"] 5000 word",
        callback: "proxy_on_http_call_response",
    },
    Waker {
        begins: "proxy_http_call \"nobody\" [\":method\" \"GET\" \":path\" \"/\" \":authority\" \"a\"] \"\" \"\" 5000 word",
        callback: "proxy_on_http_call_response",
    },
    Waker {
        begins: "proxy_grpc_call \"grpc\" \"service\" \"answer\" [\"x-one\" \"1\"] \"message\" 5000 word",
        callback: "proxy_on_grpc_receive",
    },
    Waker {
        begins: "proxy_grpc_call \"grpc\" \"service\" \"refuse\" \"\" \"message\" 5000 word",
        callback: "proxy_on_grpc_close",
    },
    Waker {
        begins: "proxy_grpc_stream \"grpc\" \"service\" \"answer_twice\" \"\" word",
        callback: "proxy_on_grpc_close",
    },
    Waker {
        begins: "proxy_grpc_stream \"nobody\" \"service\" \"method\" \"\" word",
        callback: "proxy_on_grpc_close",
    },
];
