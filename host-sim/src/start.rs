//! How a module starts.

use crate::cost::Activity;
use crate::error::{Failed, Refusal};
use crate::events;
use crate::lifecycle;
use crate::module::Module;
use crate::settings::Settings;
use crate::state::Lasting;
use crate::vm::Vm;

/// What started.
pub(crate) struct Started {
    pub(crate) vm: Vm,
    /// The root contexts in the order of the plugins.
    pub(crate) roots: Vec<u32>,
    pub(crate) activity: Activity,
}

/// Makes a VM, runs the module's entry, and puts the configurations in force.
pub(crate) fn start(
    module: &Module,
    settings: &Settings,
    lasting: Box<Lasting>,
) -> Result<Started, Box<Failed>> {
    let mut vm = Vm::new(module, settings, lasting)?;
    match introduce(&mut vm, settings) {
        Ok(roots) => {
            events::settle(&mut vm);
            let activity = vm.take_activity();
            Ok(Started { vm, roots, activity })
        }
        Err(refusal) => {
            let activity = vm.take_activity();
            let (lasting, faults) = vm.retire();
            Err(Box::new(Failed { refusal, activity, lasting, faults }))
        }
    }
}

fn introduce(vm: &mut Vm, settings: &Settings) -> Result<Vec<u32>, Refusal> {
    vm.run_entry()?;
    let plugins = std::iter::once(&settings.plugin).chain(&settings.more_plugins);
    plugins
        .map(|plugin| {
            let (root, accepted) = lifecycle::add_root(vm, plugin.clone());
            accepted.map(|()| root)
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::Clock;
    use crate::holdings::ENTRY;
    use crate::random::Random;
    use crate::shared::Proxy;

    /// Registers the queue `q`, and then refuses its configuration.
    const REFUSING: &str = r#"(module
        (import "env" "proxy_register_shared_queue"
            (func $register (param i32 i32 i32) (result i32)))
        (memory (export "memory") 1)
        (data (i32.const 0) "q")
        (func (export "proxy_abi_version_0_2_1"))
        (func (export "malloc") (param i32) (result i32) (i32.const 8))
        (func (export "proxy_on_configure") (param i32 i32) (result i32)
            (call $register (i32.const 0) (i32.const 1) (i32.const 100))))"#;

    #[test]
    fn nothing_arrives_for_a_vm_that_did_not_start() {
        let module = Module::from_bytes(wat::parse_str(REFUSING).unwrap()).unwrap();
        let proxy = Proxy::new();
        let lasting = Lasting::new(Random::System, proxy.clone(), Clock::wall());
        assert!(start(&module, &Settings::default(), lasting).is_err());
        let queue = proxy.queues().resolve(b"", b"q").unwrap();
        let held = proxy.queues().held();
        proxy.queues().enqueue(queue, b"").unwrap();
        assert_eq!(proxy.queues().held() - held, ENTRY, "the item, and nothing for the VM");
    }
}
