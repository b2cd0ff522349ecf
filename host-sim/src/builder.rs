//! How a host is set up.

use std::sync::Arc;
use std::time::Duration;

use crate::callouts::{GrpcAnswer, GrpcCall, GrpcStream, GrpcStreamAnswer, HttpAnswer, HttpCall};
use crate::clock::Clock;
use crate::error::StartError;
use crate::faults::Fault;
use crate::host::Host;
use crate::log::Level;
use crate::module::Module;
use crate::plugin::Plugin;
use crate::profile::Profile;
use crate::properties::{PropertyPath, PropertyValue};
use crate::random::Random;
use crate::settings::{FailurePolicy, Settings};
use crate::shared::Proxy;
use crate::state::Lasting;
use crate::status::Status;

/// Sets up a [`Host`]; see [`Host::builder`].
#[derive(Clone, Debug)]
pub struct HostBuilder {
    module: Module,
    settings: Settings,
    seed: Option<u64>,
    proxy: Option<Proxy>,
}

impl Host {
    /// Sets up a host for a module.
    pub fn builder(module: &Module) -> HostBuilder {
        let settings = Settings::default();
        HostBuilder { module: module.clone(), settings, seed: None, proxy: None }
    }
}

impl HostBuilder {
    /// The proxy whose behaviour is simulated; [`Profile::Envoy`] unless set.
    #[must_use]
    pub fn profile(mut self, profile: Profile) -> Self {
        self.settings.profile = profile;
        self
    }

    /// Makes the host a worker of a proxy: it shares data, queues and metrics with the other
    /// workers.
    #[must_use]
    pub fn in_proxy(mut self, proxy: &Proxy) -> Self {
        self.proxy = Some(proxy.clone());
        self
    }

    /// Adds another plugin to the same VM; a request gets to it by
    /// [`Request::to_plugin`](crate::Request::to_plugin).
    #[must_use]
    pub fn plugin(mut self, plugin: Plugin) -> Self {
        self.settings.more_plugins.push(plugin);
        self
    }

    /// Names a service that the module can call. Without any such name every service is known;
    /// with one, the call of another is refused.
    #[must_use]
    pub fn upstream(mut self, name: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.settings.services).know(name.into());
        self
    }

    /// Answers HTTP calls to a service. Calls that nothing answers wait: see
    /// [`Host::callouts`].
    ///
    /// ```
    /// # use host_sim::{Host, Module, Response, HttpAnswer};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let wasm = wat::parse_str(r#"(module (memory (export "memory") 1)
    /// #   (func (export "proxy_abi_version_0_2_1")) (func (export "malloc") (param i32) (result i32) (i32.const 8)))"#)?;
    /// # let module = Module::from_bytes(wasm)?;
    /// let host = Host::builder(&module)
    ///     .on_http_call("auth", |call| match call.headers.first(":path") {
    ///         Some(b"/granted") => Response::new(200).into(),
    ///         _ => HttpAnswer::fail(),
    ///     })
    ///     .start()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn on_http_call(
        mut self,
        upstream: impl Into<String>,
        answer: impl Fn(&HttpCall) -> HttpAnswer + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.settings.services).on_http(upstream.into(), answer);
        self
    }

    /// Answers gRPC calls to a service.
    #[must_use]
    pub fn on_grpc_call(
        mut self,
        upstream: impl Into<String>,
        answer: impl Fn(&GrpcCall) -> GrpcAnswer + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.settings.services).on_grpc(upstream.into(), answer);
        self
    }

    /// Says what comes on gRPC streams to a service, from when the module has opened them. What
    /// depends on what the module sends comes by hand: see [`Host::grpc_message`].
    #[must_use]
    pub fn on_grpc_stream(
        mut self,
        upstream: impl Into<String>,
        answer: impl Fn(&GrpcStream) -> GrpcStreamAnswer + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.settings.services).on_grpc_stream(upstream.into(), answer);
        self
    }

    /// Registers a foreign function: what `proxy_call_foreign_function` finds by this name. There
    /// are some from the start: Envoy's `clear_route_cache`, which does nothing, and in the profile
    /// `envoy` those that keep and evaluate expressions, of which it knows literals and attributes.
    ///
    /// ```
    /// # use host_sim::{Host, Module, Status};
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// # let wasm = wat::parse_str(r#"(module (memory (export "memory") 1)
    /// #   (func (export "proxy_abi_version_0_2_1")) (func (export "malloc") (param i32) (result i32) (i32.const 8)))"#)?;
    /// # let module = Module::from_bytes(wasm)?;
    /// let host = Host::builder(&module)
    ///     .foreign_function("shout", |arguments| Ok(arguments.to_ascii_uppercase()))
    ///     .foreign_function("refuse", |_| Err(Status::BadArgument))
    ///     .start()?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn foreign_function(
        mut self,
        name: &str,
        function: impl Fn(&[u8]) -> Result<Vec<u8>, Status> + Send + Sync + 'static,
    ) -> Self {
        Arc::make_mut(&mut self.settings.foreign).add(name, function);
        self
    }

    /// Envoy's setting `allow_on_headers_stop_iteration`: a pause in a headers callback holds the
    /// headers, and the body is shown nevertheless. Otherwise it holds everything.
    #[must_use]
    pub fn allow_on_headers_stop_iteration(mut self, allow: bool) -> Self {
        self.settings.headers_stop_alone = allow;
        self
    }

    /// The plugin's configuration, which the module gets in `proxy_on_configure`.
    #[must_use]
    pub fn configuration(mut self, configuration: impl AsRef<[u8]>) -> Self {
        self.settings.plugin.configuration = Arc::from(configuration.as_ref());
        self
    }

    /// The VM's configuration, which the module gets in `proxy_on_vm_start`.
    #[must_use]
    pub fn vm_configuration(mut self, configuration: impl Into<Vec<u8>>) -> Self {
        self.settings.vm.configuration = Arc::from(configuration.into());
        self
    }

    /// The plugin's name: the property `plugin_name`.
    #[must_use]
    pub fn plugin_name(mut self, name: impl Into<String>) -> Self {
        self.settings.plugin.name = name.into();
        self
    }

    /// Which of the module's plugins to run: the property `plugin_root_id`.
    #[must_use]
    pub fn root_id(mut self, root_id: impl Into<String>) -> Self {
        self.settings.plugin.root_id = root_id.into();
        self
    }

    /// The VM's id: the property `plugin_vm_id`, and the owner of shared data and queues.
    #[must_use]
    pub fn vm_id(mut self, vm_id: impl Into<String>) -> Self {
        self.settings.vm.id = vm_id.into();
        self
    }

    /// Adds an environment variable. There are no others: the host's own are not shown.
    #[must_use]
    pub fn environment(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        let more = [(name.into(), value.into())];
        self.settings.environment = self.settings.environment.iter().cloned().chain(more).collect();
        self
    }

    /// Sets a property that is there in every context, such as `node` or `xds.cluster_name`.
    #[must_use]
    pub fn property(
        mut self,
        path: impl Into<PropertyPath>,
        value: impl Into<PropertyValue>,
    ) -> Self {
        Arc::make_mut(&mut self.settings.properties).set(path.into(), value.into());
        self
    }

    /// What `proxy_get_log_level` tells the module; [`Level::Info`] unless set, as in Envoy.
    /// Every line that the module logs is kept nevertheless.
    #[must_use]
    pub fn log_level(mut self, level: Level) -> Self {
        self.settings.log_level = level;
        self
    }

    /// What happens after a trap.
    #[must_use]
    pub fn failure_policy(mut self, policy: FailurePolicy) -> Self {
        self.settings.failure_policy = policy;
        self
    }

    /// Lets the module call these host functions, and be called in these callbacks, and no others:
    /// `allowed_capabilities` of Envoy's capability restriction. A host function that is not named
    /// answers 10 (internal failure; one of WASI 76, not capable) with a line in the log; a
    /// callback that is not named is not called. Without any name there is no restriction.
    ///
    /// ```
    /// # fn f(module: &host_sim::Module) {
    /// host_sim::Host::builder(module)
    ///     .allowed_capabilities(["proxy_on_request_headers", "proxy_get_header_map_pairs"]);
    /// # }
    /// ```
    #[must_use]
    pub fn allowed_capabilities<Name: Into<String>>(
        mut self,
        names: impl IntoIterator<Item = Name>,
    ) -> Self {
        self.settings.capabilities = names.into_iter().map(Into::into).collect();
        self
    }

    /// Lets something go wrong, from the start on. See [`Host::inject`] for later.
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.settings.faults.arm(fault);
        self
    }

    /// Counts fuel, about one unit for every instruction: the same in every run, so that a test
    /// can hold a module to it. It makes the module somewhat slower.
    #[must_use]
    pub fn fuel(mut self, fuel: bool) -> Self {
        self.settings.fuel = fuel;
        self
    }

    /// Reads the clock around every callback, for the [times](crate::Cost::nanoseconds) that they
    /// take. Two readings cost as much as an entry into an empty callback.
    #[must_use]
    pub fn timed(mut self, timed: bool) -> Self {
        self.settings.timed = timed;
        self
    }

    /// The most memory the guest may have, in bytes, all its memories together; unless set, what
    /// the profile has: 1 GiB in Envoy, 16 MiB in Google Cloud. Beyond it `memory.grow` fails.
    ///
    /// The host keeps as much for the guest (logs, headers, bodies, calls, shared data, metrics),
    /// but never less than 256 MiB. Beyond that the guest traps, as
    /// [`TrapCause::HostMemory`](crate::TrapCause::HostMemory).
    #[must_use]
    pub fn memory_limit(mut self, bytes: usize) -> Self {
        self.settings.memory_limit = Some(bytes);
        self
    }

    /// The longest that one callback may run; 10 seconds unless set. It traps within 20
    /// milliseconds after that.
    #[must_use]
    pub fn deadline(mut self, deadline: Duration) -> Self {
        self.settings.deadline = deadline;
        self
    }

    /// Makes `random_get` repeat the same bytes in every run. Otherwise they are the system's.
    #[must_use]
    pub fn random_seed(mut self, seed: u64) -> Self {
        self.seed = Some(seed);
        self
    }

    /// Lets callbacks tell how large each header map was.
    pub(crate) fn map_sizes(mut self) -> Self {
        self.settings.map_sizes = true;
        self
    }

    /// The same host, in which nothing answers what the module calls.
    pub(crate) fn unanswered(mut self) -> Self {
        self.settings.services = Arc::default();
        self
    }

    pub(crate) fn module(&self) -> &Module {
        &self.module
    }

    /// Starts the module and gives it its configuration.
    ///
    /// # Errors
    /// When the module cannot be instantiated, traps, or refuses, with what it logged.
    pub fn start(self) -> Result<Host, StartError> {
        let random = self.seed.map_or(Random::System, Random::Seeded);
        let clock = Clock::new(self.settings.profile.rules().clock);
        let lasting = Lasting::new(random, self.proxy.unwrap_or_default(), clock);
        Host::start(self.module, self.settings, lasting)
    }
}
