// network: runs a command with a network of its own, in which it can speak to itself and to nobody
// else. The lesson is lessons/25-network.md.

#include <fmt/core.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sched.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/link.hpp"
#include "slipway/netlink.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "network -- COMMAND...";

// Step 1. Sets the link lo up, in the network namespace in which this process is: one message to
// the kernel, of type RTM_NEWLINK, with the structure ifinfomsg in it. rtnetlink(7).
void raise_loopback() {
  //! [up]
  Netlink kernel;
  ifinfomsg change{};
  change.ifi_index = link_named(kernel, "lo").index;
  change.ifi_flags = IFF_UP;
  change.ifi_change = IFF_UP;  // which of the flags are meant
  kernel.change({RTM_NEWLINK, change}, "set the link lo up");
  //! [up]
}

// Step 2. Of the descriptors that this process has inherited, the command gets 0, 1 and 2 alone.
void keep_standard_descriptors() {
  //! [descriptors]
  check(::close_range(3, ~0U, CLOSE_RANGE_CLOEXEC), "have all descriptors from 3 on closed");
  //! [descriptors]
}

// Step 3. Starts the command in a network namespace of its own, with all that is above done first,
// by the half that is in it.
Child start_alone([[maybe_unused]] const std::vector<std::string>& command) {
  //! [start]
  return start({.namespaces = CLONE_NEWNET}, [&] {
    raise_loopback();
    keep_standard_descriptors();
    execute(command);
  });
  //! [start]
}

//! [run]
int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::vector<std::string> command = arguments.command();
    Signals signals;  // from here on SIGTERM ends the command first
    Child child = start_alone(command);
    return signals.wait(child).status();
  });
}
//! [run]
