//! What is told of a plugin when it is set up.

use std::sync::Arc;

/// A plugin of a module. Several of them can live in one VM, each in a root context of its own.
///
/// ```
/// use host_sim::Plugin;
/// let plugin = Plugin::new("auth").root_id("auth_root").configuration("{}");
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plugin {
    pub(crate) name: String,
    pub(crate) root_id: String,
    pub(crate) configuration: Arc<[u8]>,
}

impl Plugin {
    /// A plugin of this name (the property `plugin_name`) with an empty configuration.
    pub fn new(name: impl Into<String>) -> Self {
        Self { name: name.into(), ..Self::default() }
    }

    /// Which of the module's plugins it is: the property `plugin_root_id`.
    #[must_use]
    pub fn root_id(mut self, root_id: impl Into<String>) -> Self {
        self.root_id = root_id.into();
        self
    }

    /// What the module gets in `proxy_on_configure`.
    #[must_use]
    pub fn configuration(mut self, configuration: impl AsRef<[u8]>) -> Self {
        self.configuration = Arc::from(configuration.as_ref());
        self
    }
}
