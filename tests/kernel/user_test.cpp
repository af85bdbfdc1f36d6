// User namespaces as the core library and the checks' eyes read them, each by itself; and ordinary
// users in a sandbox.
#include <fmt/core.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "labkit/observe/process.hpp"
#include "labkit/observe/users.hpp"
#include "labkit/subject/run.hpp"
#include "labkit/subject/sandbox.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/file.hpp"
#include "slipway/id_map.hpp"

using namespace labkit;

namespace {

/// Whether the maps of a process are in the way in which the core library reads them, too.
bool both_read(pid_t pid, const std::vector<IdRange>& right) {
  std::vector<IdRange> core;
  for (const slipway::IdMap& map : slipway::id_maps(pid, "uid_map"))
    core.push_back({map.inside, map.outside, map.count});
  return id_map_of(pid, "uid_map") == right && core == right;
}

}  // namespace

TEST_CASE("users: nobody is mapped, then those who are written, and nobody has a right by that") {
  NEEDS_ROOT();
  const slipway::Child child = machine::start_sleeper({.namespaces = CLONE_NEWUSER});
  CHECK(both_read(child.pid(), {}));
  CHECK(in_words(id_map_of(child.pid(), "uid_map")) == "nobody");
  slipway::write_file(fmt::format("/proc/{}/uid_map", child.pid()), "0 100000 10\n20 200000 1\n");
  CHECK(both_read(child.pid(), {{0, 100000, 10}, {20, 200000, 1}}));
  CHECK(in_words(id_map_of(child.pid(), "uid_map")) == "0:100000:10,20:200000:1");
  CHECK(id_map_of(child.pid(), "gid_map").empty());
}

TEST_CASE("users: a process has its ids and capabilities, one that is gone has none") {
  NEEDS_ROOT();
  CHECK(ids_of(::getpid()) == Ids{::geteuid(), ::getegid()});
  CHECK((capabilities_of(::getpid()) & ~all_capabilities()) == 0);
  CHECK((capabilities_of(::getpid()) & 1) == 1);  // CAP_CHOWN, which every root has
  CHECK(ids_of(0x7ffffffe) == Ids{-1, -1});
  CHECK(capabilities_of(0x7ffffffe) == 0);
  CHECK(id_map_of(0x7ffffffe, "uid_map").empty());
}

TEST_CASE("users: root of a new user namespace has every capability") {
  NEEDS_ROOT();
  const slipway::Child child = slipway::start(
      {.namespaces = CLONE_NEWUSER},
      [] {
        slipway::execute({"sleep", "1000"});
      },
      [](pid_t pid) { slipway::write_file(fmt::format("/proc/{}/uid_map", pid), "0 0 1"); });
  CHECK(capabilities_of(child.pid()) == all_capabilities());
}

TEST_CASE("sandbox: an ordinary user in it has no capability and cannot become root") {
  NEEDS_ROOT();
  Run run;
  const std::string name = run.next_name();
  SandboxOptions options;
  options.capabilities = {"cap_setuid", "cap_setgid"};
  Sandbox sandbox(name, run.make_folder(name), options);
  const auto base = static_cast<std::int64_t>(sandbox.root_user());
  Subject& subject = sandbox.run({"sleep", "1000"}, {1234, 4321});
  CHECK(ids_of(subject.pid()) == Ids{base + 1234, base + 4321});
  CHECK(capabilities_of(subject.pid()) == 0);
  CHECK(status_field(subject.pid(), "Groups").find_first_not_of(' ') == std::string::npos);
  Subject& setpriv = sandbox.run({"setpriv", "--reuid", "0", "true"}, {1234, 4321});
  const auto exit = setpriv.wait(60);
  CHECK((exit && exit->status() != 0));
}
