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
            let lasting = std::mem::replace(&mut vm.world().lasting, Lasting::empty());
            Err(Box::new(Failed { refusal, activity, lasting }))
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
