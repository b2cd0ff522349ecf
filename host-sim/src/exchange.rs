//! One HTTP exchange, phase by phase, in the order of the reference host.

use crate::contexts::Context;
use crate::outcome::{LocalReply, Outcome, Upstream, Verdict};
use crate::request::Response;
use crate::stream::{Message, Stream};
use crate::trap::Trap;
use crate::vm::Vm;

/// What Envoy writes as response-code details when a VM is dead.
pub(crate) const FAIL_STREAM: &str = "wasm_fail_stream";

/// What follows a callback.
pub(crate) enum Step {
    Continue,
    Reply(LocalReply),
    Pause,
    Close,
}

/// Shows the request to the module. A body comes in one piece.
pub(crate) fn request_phase(vm: &mut Vm, id: u32) -> Result<Step, Trap> {
    let Some(root) = vm.proxy().contexts.stream(id).map(|stream| stream.root) else {
        return Ok(Step::Close);
    };
    vm.on_context_create(id, root)?;
    let (headers, body) = open_headers(vm, id, request);
    let action = vm.on_request_headers(id, headers, body == 0)?;
    let step = settle_headers(vm, id, request, action);
    if !matches!(step, Step::Continue) || body == 0 {
        return Ok(step);
    }
    let body = open_body(vm, id, request);
    let action = vm.on_request_body(id, body)?;
    Ok(settle_body(vm, id, request, action))
}

/// Shows a response to the module: the upstream's, or the module's own.
pub(crate) fn response_phase(vm: &mut Vm, id: u32, answer: Response) -> Result<Step, Trap> {
    if let Some(stream) = vm.proxy().contexts.stream(id) {
        stream.response = Message::new(answer.headers, answer.body);
    }
    let (headers, body) = open_headers(vm, id, response);
    let action = vm.on_response_headers(id, headers, body == 0)?;
    let step = settle_headers(vm, id, response, action);
    if !matches!(step, Step::Continue) || body == 0 {
        return Ok(step);
    }
    let body = open_body(vm, id, response);
    let action = vm.on_response_body(id, body)?;
    Ok(settle_body(vm, id, response, action))
}

/// Ends the request phase of a stream that does not reach the upstream.
pub(crate) fn stop(vm: &mut Vm, id: u32, step: Result<Step, Trap>) -> Verdict {
    match step {
        // A local reply passes the module's response callbacks like any other response.
        Ok(Step::Reply(reply)) => {
            note_details(vm, id, &reply);
            let step = response_phase(vm, id, reply.response());
            respond(vm, id, step, Verdict::LocalReply(reply))
        }
        other => respond(vm, id, other, Verdict::Paused),
    }
}

/// Ends the response phase: what the client gets is in the stream's response from here on.
pub(crate) fn respond(
    vm: &mut Vm,
    id: u32,
    step: Result<Step, Trap>,
    when_continued: Verdict,
) -> Verdict {
    let (verdict, response) = match step {
        Ok(Step::Continue) => return when_continued,
        Ok(Step::Pause) => (Verdict::Paused, None),
        Ok(Step::Close) => (Verdict::Closed, None),
        Ok(Step::Reply(reply)) => {
            note_details(vm, id, &reply);
            let response = reply.response();
            (Verdict::LocalReply(reply), Some(response))
        }
        Err(trap) => (Verdict::Trapped(trap), Some(Response::new(503))),
    };
    if let Some(stream) = vm.proxy().contexts.stream(id) {
        let response = response.map(|response| Message::new(response.headers, response.body));
        stream.response = response.unwrap_or_default();
        if matches!(verdict, Verdict::Trapped(_)) {
            stream.details = Some(FAIL_STREAM.into());
        }
    }
    verdict
}

/// Lets the module log and forget the stream, and gathers what there is to know about it.
pub(crate) fn finish(vm: &mut Vm, id: u32, verdict: Verdict, reached_upstream: bool) -> Outcome {
    let farewell = if vm.is_dead() { Ok(()) } else { farewell(vm, id) };
    let activity = vm.take_activity();
    let memory_pages = vm.memory_pages();
    let stream = match vm.proxy().contexts.remove(id) {
        Some(Context::Stream(stream)) => *stream,
        _ => return crate::bypass::unavailable(activity),
    };
    let Stream { request, response, details, filter_state, activity: earlier, .. } = stream;
    let mut all = earlier;
    all.append(activity);
    let upstream = Upstream { headers: request.headers, body: request.body };
    let response = Response { headers: response.headers, body: response.body };
    Outcome {
        verdict,
        upstream: reached_upstream.then_some(upstream),
        response: (!response.headers.is_empty()).then_some(response),
        details,
        filter_state,
        late_trap: farewell.err(),
        cost: all.cost(),
        logs: all.logs,
        callbacks: all.callbacks,
        memory_pages,
    }
}

fn farewell(vm: &mut Vm, id: u32) -> Result<(), Trap> {
    logging(vm, id, true);
    vm.on_log(id)?;
    logging(vm, id, false);
    vm.on_done(id)?;
    vm.on_delete(id)
}

fn logging(vm: &mut Vm, id: u32, logging: bool) {
    if let Some(stream) = vm.proxy().contexts.stream(id) {
        stream.logging = logging;
    }
}

fn note_details(vm: &mut Vm, id: u32, reply: &LocalReply) {
    if let Some(stream) = vm.proxy().contexts.stream(id) {
        stream.details = Some(reply.details.clone());
    }
}

/// One of the two directions of a stream.
type Direction = fn(&mut Stream) -> &mut Message;

fn request(stream: &mut Stream) -> &mut Message {
    &mut stream.request
}

fn response(stream: &mut Stream) -> &mut Message {
    &mut stream.response
}

/// The number of headers and of body bytes.
fn open_headers(vm: &mut Vm, id: u32, direction: Direction) -> (u32, u32) {
    vm.proxy().contexts.stream(id).map_or((0, 0), |stream| {
        let message = direction(stream);
        message.headers_open = true;
        (number(message.headers.len()), number(message.body.len()))
    })
}

fn open_body(vm: &mut Vm, id: u32, direction: Direction) -> u32 {
    vm.proxy().contexts.stream(id).map_or(0, |stream| {
        let message = direction(stream);
        message.body_open = true;
        number(message.body.len())
    })
}

/// Headers can no longer be had once the module let them pass. 2, `ContinueAndEndStream`, is the
/// same as 0 in Envoy.
fn settle_headers(vm: &mut Vm, id: u32, direction: Direction, action: u32) -> Step {
    let step = wishes(vm, id, matches!(action, 0 | 2));
    if let (Step::Continue, Some(stream)) = (&step, vm.proxy().contexts.stream(id)) {
        direction(stream).headers_open = false;
    }
    step
}

fn settle_body(vm: &mut Vm, id: u32, direction: Direction, action: u32) -> Step {
    let step = wishes(vm, id, action == 0);
    if let (Step::Continue, Some(stream)) = (&step, vm.proxy().contexts.stream(id)) {
        direction(stream).body_open = false;
    }
    step
}

/// A local reply comes before whatever action the callback returned.
fn wishes(vm: &mut Vm, id: u32, passes: bool) -> Step {
    let Some(stream) = vm.proxy().contexts.stream(id) else {
        return Step::Close;
    };
    let wishes = std::mem::take(&mut stream.wishes);
    match wishes.reply {
        Some(reply) => Step::Reply(reply),
        None if wishes.close => {
            stream.details = Some(b"wasm_close_stream".to_vec());
            Step::Close
        }
        None if passes || wishes.go_on => Step::Continue,
        None => Step::Pause,
    }
}

fn number(length: usize) -> u32 {
    u32::try_from(length).unwrap_or(u32::MAX)
}
