// cpu-throttle: runs a command in a group that gets so much CPU time and no more.
// The lesson is lessons/11-cpu-throttle.md.

#include <fmt/core.h>

#include <charconv>
#include <cmath>
#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/cgroup.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] = "cpu-throttle --cpus NUMBER -- COMMAND...";

//! [given]
// So much time, of all processors together, may a group use in each period. In microseconds.
struct Limit {
  std::int64_t quota;
  std::int64_t period;
};

constexpr std::int64_t usual_period = 100'000;  // the kernel's own: a tenth of a second
constexpr double most_cpus = 10'000;            // more than this is a slip of the pen
//! [given]

// Step 1. What "0.10" (a tenth of one processor) or "1.5" is as quota and period. Throws Error when
// `text` is anything but a number above 0.
Limit parse_cpus([[maybe_unused]] const std::string& text) {
  //! [parse]
  double cpus = 0;
  const char* end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, cpus);
  const bool number = error == std::errc() && rest == end;
  if (!number || !(cpus > 0 && cpus <= most_cpus))  // so written, it refuses nan, too
    throw Error(fmt::format("--cpus \"{}\" is not a number above 0, as 0.5", text));
  return {std::llround(cpus * usual_period), usual_period};
  //! [parse]
}

// Step 2. Gives the group its limit: one file on v2, two on v1.
void set_limit([[maybe_unused]] const Cgroup& group, [[maybe_unused]] const Limit& limit) {
  //! [limit]
  if (group.version("cpu") == 2) {
    group.write("cpu.max", fmt::format("{} {}", limit.quota, limit.period));
  } else {
    group.write("cpu.cfs_period_us", fmt::format("{}", limit.period));
    group.write("cpu.cfs_quota_us", fmt::format("{}", limit.quota));
  }
  //! [limit]
}

// Step 3. Starts the command so that it, and so all that it starts, is in the group from its first
// instruction on. The caller itself stays outside.
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
    const Limit limit = parse_cpus(arguments.option("--cpus"));
    const std::vector<std::string> command = arguments.command();
    Signals signals;  // from here on SIGTERM ends the command, and we live to clean up
    Cgroup group(unique_name("cpu-throttle"), {"cpu"});  // its end removes it, whoever is in it
    set_limit(group, limit);
    Child child = start_in(group, command);
    return signals.wait(child).status();
  });
}
//! [run]
