// cpuset: runs a command in a group that has these processors, and this memory, and no other.
// The lesson is lessons/14-cpuset.md.

#include <fmt/core.h>

#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "cpuset --cpus LIST --mems LIST -- COMMAND...";

// Step 1. The group has the processors `cpus` and the memory of the nodes `mems`: lists as "0-2,5",
// which the kernel reads itself. Both, or on v1 nobody can join.
void set_lists([[maybe_unused]] const Cgroup& group, [[maybe_unused]] const std::string& cpus,
               [[maybe_unused]] const std::string& mems) {
  //! [lists]
  group.write("cpuset.cpus", cpus);  // v1 and v2 have the same two files
  group.write("cpuset.mems", mems);
  //! [lists]
}

// Step 2. The processors that a member of the group really may use, as the kernel writes them.
std::string effective([[maybe_unused]] const Cgroup& group) {
  //! [effective]
  const bool v2 = group.version("cpuset") == 2;
  return group.read(v2 ? "cpuset.cpus.effective" : "cpuset.effective_cpus");
  //! [effective]
}

// Step 3. Starts the command as a member of the group, from its first instruction on.
Child start_in([[maybe_unused]] const Cgroup& group,
               [[maybe_unused]] const std::vector<std::string>& command) {
  //! [start]
  return start(
      {.cgroup = group.birthplace()}, [&] { execute(command); },
      [&](pid_t pid) { group.join(pid); });
  //! [start]
}

//! [run]
int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string cpus = arguments.option("--cpus");
    const std::string mems = arguments.option("--mems");
    const std::vector<std::string> command = arguments.command();
    Signals signals;  // from here on SIGTERM ends the command, and we live to clean up
    Cgroup group(unique_name("cpuset"), {"cpuset"}, Cpuset::empty);  // its end removes it
    set_lists(group, cpus, mems);
    // v2 takes a list that the group above cannot fulfil, and gives what there is.
    if (effective(group) != group.read("cpuset.cpus"))
      throw Error(fmt::format("--cpus \"{}\": not all of these processors are to be had", cpus));
    Child child = start_in(group, command);
    return signals.wait(child).status();
  });
}
//! [run]
