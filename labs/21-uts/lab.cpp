// uts: runs a command under a host name and a domain name of its own.
// The lesson is lessons/21-uts.md.

#include <fmt/core.h>
#include <sched.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "uts --hostname NAME --domainname NAME -- COMMAND...";

//! [given]
struct Names {
  std::string host;
  std::string domain;
};
//! [given]

// Step 1. Moves the process that calls it into a new UTS namespace.
void begin_namespace() {
  //! [begin]
  check(::unshare(CLONE_NEWUTS), "begin a UTS namespace");
  //! [begin]
}

// Step 2. Sets both names in the UTS namespace of the process that calls it. A name that the kernel
// does not take is an Error.
void set_names([[maybe_unused]] const Names& names) {
  //! [names]
  check(::sethostname(names.host.data(), names.host.size()), "set the host name \"{}\"",
        names.host);
  check(::setdomainname(names.domain.data(), names.domain.size()), "set the domain name \"{}\"",
        names.domain);
  //! [names]
}

// Step 3. Starts the command so that it has its names from its first instruction on, and nobody
// else has them.
Child start_named([[maybe_unused]] const Names& names,
                  [[maybe_unused]] const std::vector<std::string>& command) {
  //! [start]
  return start({}, [&] {
    begin_namespace();
    set_names(names);
    execute(command);
  });
  //! [start]
}

//! [run]
int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const Names names{arguments.option("--hostname"), arguments.option("--domainname")};
    const std::vector<std::string> command = arguments.command();
    Signals signals;  // from here on SIGTERM ends the command, and we live to tell how it ended
    Child child = start_named(names, command);
    return signals.wait(child).status();
  });
}
//! [run]
