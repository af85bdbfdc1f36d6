// user: runs a command in a user namespace of its own, with the ids that it is told; needs no root.
// The lesson is lessons/26-user.md.

#include <fmt/core.h>
#include <grp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <string>
#include <vector>

#include "frame/frame.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/id_map.hpp"
#include "slipway/process.hpp"
#include "slipway/signals.hpp"

using namespace slipway;

constexpr char usage[] =
    "user --uid-map INSIDE:OUTSIDE:COUNT [--gid-map INSIDE:OUTSIDE:COUNT] -- COMMAND...";

//! [given]
struct Maps {
  IdMap users;
  IdMap groups;
};

// Without --gid-map: the caller's own group, to the same id inside as the first user's.
Maps read_maps(frame::Arguments& arguments) {
  const IdMap users = parse_id_map(arguments.option("--uid-map"));
  const auto groups = arguments.optional("--gid-map");
  return {users, groups ? parse_id_map(*groups) : IdMap{users.inside, ::getegid(), 1}};
}

// The line that the kernel reads.
std::string line_of(const IdMap& map) {
  return fmt::format("{} {} {}", map.inside, map.outside, map.count);
}
//! [given]

// Step 1. Gives the new user namespace, of which `child` is the first process, its maps. Three
// files of /proc/CHILD, in an order that the kernel accepts.
void write_maps([[maybe_unused]] pid_t child, [[maybe_unused]] const Maps& maps) {
  //! [maps]
  const std::string folder = fmt::format("/proc/{}", child);
  if (::geteuid() != 0) write_file(folder + "/setgroups", "deny");
  write_file(folder + "/gid_map", line_of(maps.groups));
  write_file(folder + "/uid_map", line_of(maps.users));
  //! [maps]
}

// Step 2. Makes this process the first user and the first group of the maps, whoever it was.
void become_first([[maybe_unused]] const Maps& maps) {
  //! [become]
  const gid_t group = maps.groups.inside;
  const uid_t user = maps.users.inside;
  if (read_file("/proc/self/setgroups") == "allow\n")
    check(::setgroups(0, nullptr), "leave the groups of the caller");
  check(::setresgid(group, group, group), "become group {}", group);
  check(::setresuid(user, user, user), "become user {}", user);  // last: it may cost the right to
  //! [become]
}

//! [command]
[[noreturn]] void become_command(const Maps& maps, const std::vector<std::string>& command) {
  become_first(maps);
  // A change of the user has taken this wish away, which start() had for us.
  check(::prctl(PR_SET_PDEATHSIG, SIGKILL), "ask to be killed with the parent");
  execute(command);
}
//! [command]

// Step 3. Starts the command in a new user namespace. start() has two halves; the right one must
// write the maps, and the other must not go on before they are written.
Child start_mapped([[maybe_unused]] const Maps& maps,
                   [[maybe_unused]] const std::vector<std::string>& command) {
  //! [start]
  return start(
      {.namespaces = CLONE_NEWUSER}, [&] { become_command(maps, command); },
      [&](pid_t child) { write_maps(child, maps); });
  //! [start]
}

//! [run]
int main(int argc, char** argv) {
  return frame::run(argc, argv, usage, [](frame::Arguments& arguments) {
    const Maps maps = read_maps(arguments);
    const std::vector<std::string> command = arguments.command();
    Signals signals;  // from here on SIGTERM ends the command first
    Child child = start_mapped(maps, command);
    return signals.wait(child).status();
  });
}
//! [run]
