//! What goes wrong in a host on purpose.

use super::Host;
use crate::faults::Fault;

impl Host {
    /// Lets something go wrong, from now on.
    ///
    /// ```
    /// # use host_sim::{Fault, Host, Request};
    /// # fn f(host: &mut Host) {
    /// host.inject(Fault::Status { function: "proxy_get_property".into(), nth: 1, status: 10 });
    /// let outcome = host.request(Request::get("/"));
    /// assert_eq!(host.faults_struck(), 1);
    /// assert!(!outcome.continued(), "a module that cannot ask must not let pass");
    /// # }
    /// ```
    pub fn inject(&mut self, fault: Fault) {
        self.vm.faults().arm(fault);
    }

    /// Forgets all faults: nothing goes wrong from now on, unless by itself.
    pub fn clear_faults(&mut self) {
        self.vm.faults().clear();
    }

    /// How many faults have happened so far.
    pub fn faults_struck(&mut self) -> u64 {
        self.vm.faults().struck()
    }
}
