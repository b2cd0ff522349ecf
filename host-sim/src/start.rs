//! How a module starts.

use std::sync::Arc;

use crate::builder::Settings;
use crate::cost::Activity;
use crate::error::Refusal;
use crate::lifecycle;
use crate::module::Module;
use crate::state::Lasting;
use crate::vm::Vm;

/// A start that came to nothing, and what it leaves.
pub(crate) struct Failed {
    pub(crate) refusal: Refusal,
    pub(crate) activity: Activity,
    pub(crate) lasting: Box<Lasting>,
}

/// Makes a VM, runs the module's entry, and puts the configuration in force. Gives the VM, the
/// root context and what the module did.
pub(crate) fn start(
    module: &Module,
    settings: &Settings,
    mut lasting: Box<Lasting>,
) -> Result<(Vm, u32, Activity), Box<Failed>> {
    // Metrics keep their values from VM to VM; ids are each VM's own.
    lasting.metrics.forget_ids();
    let mut vm = Vm::new(module, settings, lasting)?;
    match introduce(&mut vm, settings) {
        Ok(root) => {
            lifecycle::settle(&mut vm);
            let activity = vm.take_activity();
            Ok((vm, root, activity))
        }
        Err(refusal) => {
            let activity = vm.take_activity();
            let lasting = std::mem::replace(&mut vm.proxy().lasting, Lasting::empty());
            Err(Box::new(Failed { refusal, activity, lasting }))
        }
    }
}

fn introduce(vm: &mut Vm, settings: &Settings) -> Result<u32, Refusal> {
    vm.run_entry()?;
    let (root, accepted) = lifecycle::add_root(vm, Arc::clone(&settings.configuration));
    accepted?;
    Ok(root)
}
