//! Plugins and their configurations.

use std::sync::Arc;

use super::Host;
use crate::cost::Activity;
use crate::error::{Refusal, StartError};
use crate::lifecycle;
use crate::plugin::Plugin;
use crate::settings::Settings;

impl Host {
    /// Gives the module a new configuration, in a new root context of the same VM. Once the
    /// module has accepted it, new requests go there, and the old root context is left.
    ///
    /// # Errors
    /// When the module refuses, the old configuration stays in force. When it traps, the VM is
    /// dead, and the failure policy holds for requests. (Envoy tries every configuration in a VM
    /// of its own first, and so survives that trap.)
    pub fn configure(&mut self, configuration: impl AsRef<[u8]>) -> Result<Activity, StartError> {
        let plugin = self.settings.plugin.clone().configuration(configuration);
        self.replace_plugin(0, plugin)
    }

    /// The same as [`configure`](Self::configure), for the plugin of this name where there are
    /// several.
    ///
    /// # Errors
    /// As there. When there is no such plugin, [`Refusal::NoSuchPlugin`].
    pub fn configure_plugin(
        &mut self,
        name: &str,
        configuration: impl AsRef<[u8]>,
    ) -> Result<Activity, StartError> {
        let place = self.place_of(name).ok_or_else(|| StartError {
            refusal: Refusal::NoSuchPlugin(name.to_owned()),
            logs: Vec::new(),
        })?;
        let plugin = self.plugins().nth(place).cloned().unwrap_or_default();
        self.replace_plugin(place, plugin.configuration(configuration))
    }

    fn plugins(&self) -> impl Iterator<Item = &Plugin> {
        std::iter::once(&self.settings.plugin).chain(&self.settings.more_plugins)
    }

    fn place_of(&self, plugin: &str) -> Option<usize> {
        self.plugins().position(|known| known.name == plugin)
    }

    /// The root context of a plugin; of the first one when there is no such name.
    pub(super) fn root_for(&self, plugin: Option<&str>) -> u32 {
        let place = plugin.and_then(|name| self.place_of(name)).unwrap_or(0);
        self.roots.get(place).copied().unwrap_or_default()
    }

    fn replace_plugin(&mut self, place: usize, plugin: Plugin) -> Result<Activity, StartError> {
        if self.vm.is_dead() {
            return Err(StartError { refusal: Refusal::Dead, logs: Vec::new() });
        }
        let configuration = Arc::clone(&plugin.configuration);
        let (root, accepted) = lifecycle::add_root(&mut self.vm, plugin);
        let leaving = match (&accepted, self.roots.get_mut(place)) {
            (Ok(()), Some(current)) => std::mem::replace(current, root),
            _ => root,
        };
        if accepted.is_ok() {
            let Settings { plugin, more_plugins, .. } = &mut self.settings;
            let mut plugins = std::iter::once(plugin).chain(more_plugins);
            if let Some(known) = plugins.nth(place) {
                known.configuration = configuration;
            }
        }
        self.leaving.push(leaving);
        let activity = self.settle();
        match accepted {
            Ok(()) => Ok(activity),
            Err(refusal) => Err(StartError { refusal, logs: activity.logs }),
        }
    }
}
