// pids-limit: runs a command in a group that may have so many tasks and no more.
// The lesson is lessons/13-pids-limit.md.

#include <fmt/core.h>

#include <cstdint>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "pids-limit --max NUMBER -- COMMAND...";

// Step 1. How many tasks "20" is. Throws Error when `text` is anything but a whole number above 0.
std::int64_t parse_max([[maybe_unused]] const std::string& text) {
  //! [parse]
  const std::int64_t most = to_number(text);  // throws when there is other text in it
  if (most < 1) throw Error(fmt::format("--max \"{}\" is not above 0: the command is one", text));
  return most;
  //! [parse]
}

// Step 2. The group may have `most` tasks: processes, and the threads of each, all counted.
void set_limit([[maybe_unused]] const Cgroup& group, [[maybe_unused]] std::int64_t most) {
  //! [limit]
  group.write("pids.max", fmt::format("{}", most));  // v1 and v2 have the same file
  //! [limit]
}

// Step 3. Starts the command so that it is in the group from its first instruction on, and nobody
// else is.
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
    const std::int64_t most = parse_max(arguments.option("--max"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;  // from here on SIGTERM ends the command, and we live to clean up
    Cgroup group(unique_name("pids-limit"), {"pids"});  // its end removes it, whoever is in it
    set_limit(group, most);
    Child child = start_in(group, command);
    const int status = signals.wait(child).status();
    group.write("pids.max", "0");  // who is left can fork no more, and so not outrun the kill
    return status;
  });
}
//! [run]
