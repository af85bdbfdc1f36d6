// freezer: runs a command in a group that can be frozen, freezes it, and lets it go on.
// The lesson is lessons/16-freezer.md.

#include <fmt/core.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] =
    "freezer run NAME -- COMMAND... | freezer pause NAME | freezer resume NAME";

//! [given]
struct Group {
  std::string folder;
  int version;  // 1: it has the files of v1's controller freezer; 2: those that all groups of v2
                // have
};

// The group that `freezer run NAME` has made, in the hierarchy in which this machine freezes.
Group find_group(const std::string& name) {
  const std::vector<Hierarchy> all = hierarchies();
  const Hierarchy* place = find_hierarchy(all, "freezer");
  if (place == nullptr) throw Error("nothing can be frozen here: no hierarchy has the freezer");
  const Group group{fmt::format("{}/slipway/{}", place->mount, name), place->version};
  if (!exists(group.folder)) throw Error(fmt::format("there is no group {}", group.folder));
  return group;
}
//! [given]

// Step 1. Tells the kernel to freeze the group, or to let it go on. It comes back at once.
void set_frozen([[maybe_unused]] const Group& group, [[maybe_unused]] bool frozen) {
  //! [ask]
  if (group.version == 2)
    write_file(group.folder + "/cgroup.freeze", frozen ? "1" : "0");
  else
    write_file(group.folder + "/freezer.state", frozen ? "FROZEN" : "THAWED");
  //! [ask]
}

// Step 2. Whether all of the group is frozen at this moment.
bool is_frozen([[maybe_unused]] const Group& group) {
  //! [look]
  if (group.version == 2) return read_keyed(group.folder + "/cgroup.events", "frozen") == 1;
  return read_file(group.folder + "/freezer.state") == "FROZEN\n";  // FREEZING: not all of it yet
  //! [look]
}

// Step 3. Waits until the group is frozen; false when it is not so after ten seconds.
bool wait_until_frozen([[maybe_unused]] const Group& group) {
  //! [wait]
  for (int milliseconds = 0; !is_frozen(group); ++milliseconds) {
    if (milliseconds == 10'000) return false;
    ::usleep(1000);
  }
  return true;
  //! [wait]
}

// Step 4. A signal has come to end us: passes it on to the command, which may be frozen just now.
void pass_on([[maybe_unused]] int signal, [[maybe_unused]] const Child& child,
             [[maybe_unused]] const Group& group) {
  //! [pass-on]
  child.signal(signal);
  set_frozen(group, false);  // in this order, the signal is the first that it sees
  //! [pass-on]
}

//! [run]
int run(const std::string& name, const std::vector<std::string>& command) {
  Signals signals;  // from here on SIGTERM ends the command, and we live to clean up
  const Cgroup cgroup(name, {"freezer"});  // its end thaws, kills and removes the group
  const Group group = find_group(name);
  Child child = start(
      {.cgroup = cgroup.birthplace()}, [&] { execute(command); },
      [&](pid_t pid) { cgroup.join(pid); });
  return signals.wait(child, [&](int signal) { pass_on(signal, child, group); }).status();
}

int pause(const std::string& name) {
  const Group group = find_group(name);
  set_frozen(group, true);
  if (wait_until_frozen(group)) return 0;
  set_frozen(group, false);
  throw Error(fmt::format("{} does not freeze: one of its tasks is busy in the kernel", name));
}

int resume(const std::string& name) {
  set_frozen(find_group(name), false);
  return 0;
}
//! [run]

int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const std::string action = arguments.word("run, pause or resume");
    const std::string name = arguments.word("NAME");
    if (action == "run") return run(name, arguments.command());
    arguments.end();
    if (action == "pause") return pause(name);
    if (action == "resume") return resume(name);
    throw Error(fmt::format("\"{}\" is neither run, pause nor resume", action));
  });
}
