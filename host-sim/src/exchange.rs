//! An HTTP exchange: what is shown to the module, and what becomes of it, in the order of the
//! reference host.

use crate::bypass::{self, FAIL_STREAM};
use crate::context::Context;
use crate::farewell;
use crate::outcome::{LocalReply, Outcome, Upstream, Verdict};
use crate::profile::{Action, LocalReplyPath, RepeatedHeaders, Rules};
use crate::request::Response;
use crate::stream::{Flow, Shown, Stream, Wishes};
use crate::trap::Trap;
use crate::vm::Vm;

/// What Envoy writes when a module has closed the stream.
const CLOSE_STREAM: &str = "wasm_close_stream";

#[derive(Clone, Copy)]
enum Direction {
    Request,
    Response,
}

/// Shows the module what there is to show, as far as it lets it pass.
pub(crate) fn run(vm: &mut Vm, id: u32) {
    if let Err(trap) = progress(vm, id) {
        fail(vm, id, trap);
    }
}

/// Does what the module wishes for a stream whose callback is not running.
pub(crate) fn fulfil(vm: &mut Vm, id: u32) {
    let Some(stream) = vm.world().contexts.stream(id).filter(|stream| stream.wishes.are_any())
    else {
        return;
    };
    let wishes = std::mem::take(&mut stream.wishes);
    if stream.verdict.is_some() {
        return;
    }
    if wishes.resume_request {
        stream.request.resume();
    }
    if wishes.resume_response {
        stream.response.resume();
    }
    end_by(vm, id, wishes);
    run(vm, id);
}

/// Lets the module log and forget the stream, and gathers what there is to know about it. An
/// abandoned stream is one whose client has gone away.
pub(crate) fn finish(vm: &mut Vm, id: u32, abandoned: bool) -> Outcome {
    if let Some(trap) = vm.trap().cloned() {
        fail(vm, id, trap);
    }
    let left = if vm.is_dead() { Ok(true) } else { farewell::take_leave(vm, id) };
    let activity = vm.share_activity(Some(id));
    let callouts = vm.world().callouts.take_new();
    let memory_pages = vm.memory_pages();
    let Some(stream) = take(vm, id, matches!(left, Ok(false))) else {
        return bypass::unavailable(activity);
    };
    let Stream { request, response, details, filter_state, activity: mut all, .. } = stream;
    let mut all_callouts = stream.callouts;
    all.append(activity);
    all_callouts.extend(callouts);
    let (request_changes, response_changes) = (request.changes(), response.changes());
    let held = request.is_stopped() || response.is_stopped();
    let verdict = match stream.verdict {
        Some(verdict) => verdict,
        None if held && !abandoned => Verdict::Paused,
        None => Verdict::Closed,
    };
    let upstream = released(request).map(|(headers, body, trailers)| Upstream {
        headers,
        body,
        trailers: trailers.unwrap_or_default(),
    });
    let response = released(response)
        .map(|(headers, body, trailers)| Response::of(headers, body, trailers.unwrap_or_default()));
    Outcome {
        verdict,
        upstream,
        response,
        request_changes,
        response_changes,
        callouts: all_callouts,
        details,
        filter_state,
        late_trap: left.err(),
        cost: all.cost(),
        logs: all.logs,
        callbacks: all.callbacks,
        memory_pages,
    }
}

/// The stream, for its outcome; it stays when the module wants to be waited for.
fn take(vm: &mut Vm, id: u32, stays: bool) -> Option<Stream> {
    let contexts = &mut vm.world().contexts;
    if stays {
        let stream = contexts.stream(id)?;
        let taken = stream.clone();
        stream.verdict.get_or_insert(Verdict::Closed);
        return Some(taken);
    }
    match contexts.remove(id) {
        Some(Context::Stream(stream)) => Some(*stream),
        _ => None,
    }
}

fn progress(vm: &mut Vm, id: u32) -> Result<(), Trap> {
    let Some(stream) = vm.world().contexts.stream(id) else {
        return Ok(());
    };
    if !stream.created {
        stream.created = true;
        let root = stream.root;
        vm.on_context_create(id, root)?;
    }
    while let Some((direction, shown)) = next(vm, id) {
        let action = call(vm, id, direction, shown)?;
        settle(vm, id, direction, shown, action);
    }
    Ok(())
}

/// What is shown next: of the request, and of the response once there is one.
fn next(vm: &mut Vm, id: u32) -> Option<(Direction, Shown)> {
    let rules = vm.world().rules;
    let stream = vm.world().contexts.stream(id).filter(|stream| stream.verdict.is_none())?;
    if let Some(shown) = stream.request.show_next() {
        return Some((Direction::Request, told(shown, &stream.request, rules)));
    }
    if stream.request.released().all
        && let Some(answer) = stream.answer.take()
    {
        stream.respond(answer);
    }
    if let Some(shown) = stream.response.show_next() {
        return Some((Direction::Response, told(shown, &stream.response, rules)));
    }
    if stream.response.released().all {
        let reply = stream.reply.take();
        stream.verdict = Some(reply.map_or(Verdict::Continued, Verdict::LocalReply));
    }
    None
}

/// What this proxy tells of a frame.
fn told(shown: Shown, flow: &Flow, rules: &Rules) -> Shown {
    let Shown::Headers { count, end } = shown else {
        return shown;
    };
    let joined = rules.repeated_headers == RepeatedHeaders::Joined;
    let joined = joined.then(|| u32::try_from(flow.headers.joined().len()).ok()).flatten();
    Shown::Headers { count: joined.unwrap_or(count), end: end && rules.headers_tell_end }
}

fn call(vm: &mut Vm, id: u32, direction: Direction, shown: Shown) -> Result<Action, Trap> {
    let contexts = &mut vm.world().contexts;
    // What another callback sent says nothing of one that the module does not have.
    contexts.take_replied();
    if let Shown::Headers { end, .. } | Shown::Body { end, .. } = shown
        && let Some(stream) = contexts.stream(id)
    {
        stream.at_end = end;
    }
    let number = match (direction, shown) {
        (Direction::Request, Shown::Headers { count, end }) => {
            vm.on_request_headers(id, count, end)
        }
        (Direction::Request, Shown::Body { size, end }) => {
            vm.on_request_body(id, size, u32::from(end))
        }
        (Direction::Request, Shown::Trailers { count }) => vm.on_request_trailers(id, count),
        (Direction::Response, Shown::Headers { count, end }) => {
            vm.on_response_headers(id, count, end)
        }
        (Direction::Response, Shown::Body { size, end }) => {
            vm.on_response_body(id, size, u32::from(end))
        }
        (Direction::Response, Shown::Trailers { count }) => vm.on_response_trailers(id, count),
    }?;
    let world = vm.world();
    let number =
        if world.contexts.take_replied() { world.rules.after_reply(number) } else { number };
    Ok(match shown {
        Shown::Headers { .. } => world.rules.on_headers(number, world.headers_stop_alone),
        Shown::Body { .. } => world.rules.on_body(number),
        Shown::Trailers { .. } => world.rules.on_trailers(number),
    })
}

/// A local reply comes before whatever action the callback returned.
fn settle(vm: &mut Vm, id: u32, direction: Direction, shown: Shown, action: Action) {
    let Some(stream) = vm.world().contexts.stream(id) else {
        return;
    };
    let wishes = std::mem::take(&mut stream.wishes);
    if wishes.reply.is_some() || wishes.close {
        return end_by(vm, id, wishes);
    }
    let (this, resumes, other, other_resumes) = match direction {
        Direction::Request => (
            &mut stream.request,
            wishes.resume_request,
            &mut stream.response,
            wishes.resume_response,
        ),
        Direction::Response => (
            &mut stream.response,
            wishes.resume_response,
            &mut stream.request,
            wishes.resume_request,
        ),
    };
    if resumes && action != Action::Pass {
        this.release();
    } else {
        this.settle(shown, action);
    }
    if other_resumes {
        other.resume();
    }
}

/// Ends the request, if the module wishes that.
fn end_by(vm: &mut Vm, id: u32, wishes: Wishes) {
    let path = vm.world().rules.local_reply;
    let Some(stream) = vm.world().contexts.stream(id) else {
        return;
    };
    if let Some(reply) = wishes.reply {
        stream.details = Some(reply.details.clone());
        reply_with(stream, reply, path);
    } else if wishes.close {
        // In Envoy the upstream's response has said where it comes from by then.
        if !stream.responding {
            stream.details.get_or_insert_with(|| CLOSE_STREAM.into());
        }
        close(stream);
    }
}

/// The module's response takes the place of any other. Once the upstream's response has begun it
/// goes to the client directly; once the client has got a part of that one, nothing is left but
/// to close (Envoy, `FilterManager::sendLocalReply`).
fn reply_with(stream: &mut Stream, reply: LocalReply, path: LocalReplyPath) {
    stream.request.abandon();
    if stream.response.released().headers {
        return close(stream);
    }
    let direct = stream.responding || path == LocalReplyPath::Direct;
    stream.answer = None;
    let response = reply.response();
    // HEAD gets the headers alone, and the module sees that nothing follows.
    let is_head = stream.request.headers.first(":method") == Some(b"HEAD");
    stream.respond(if is_head { response.body([]) } else { response });
    if direct {
        stream.response.pass_unseen();
    }
    stream.reply = Some(reply);
}

fn close(stream: &mut Stream) {
    stream.request.abandon();
    // What is not held has not come yet.
    if stream.response.is_stopped() {
        stream.response.know_trailers();
    }
    stream.response.abandon();
    stream.verdict = Some(Verdict::Closed);
}

/// The client gets a 503, unless it has got a part of a response.
fn fail(vm: &mut Vm, id: u32, trap: Trap) {
    let Some(stream) = vm.world().contexts.stream(id).filter(|stream| stream.verdict.is_none())
    else {
        return;
    };
    stream.request.abandon();
    if stream.response.released().headers {
        stream.response.abandon();
    } else {
        stream.respond(Response::new(503));
        stream.response.pass_unseen();
    }
    stream.details = Some(FAIL_STREAM.into());
    stream.verdict = Some(Verdict::Trapped(trap));
}

type Parts = (crate::headers::Headers, Vec<u8>, Option<crate::headers::Headers>);

/// What has passed of a message.
fn released(flow: Flow) -> Option<Parts> {
    flow.released().headers.then(|| flow.into_parts())
}
