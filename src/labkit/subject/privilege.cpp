#include "labkit/subject/privilege.hpp"

#include <grp.h>
#include <sched.h>
#include <sys/capability.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <memory>

#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"

namespace labkit {

using slipway::check;

// Only a process outside a new user namespace may map more than its own id into it.
void begin_user_namespace(uid_t root_user) {
  slipway::Pipe unshared = slipway::make_pipe();
  const pid_t mapper = check(::fork(), "start the id mapper");
  if (mapper == 0) {
    char byte;
    try {
      unshared.write.close();
      if (::read(unshared.read.get(), &byte, 1) != 1) ::_exit(1);
      const std::string map = fmt::format("0 {} {}", root_user, users_each);
      slipway::write_file("/proc/1/uid_map", map);
      slipway::write_file("/proc/1/gid_map", map);
      ::_exit(0);
    } catch (...) {
      ::_exit(1);
    }
  }
  check(::unshare(CLONE_NEWUSER), "begin a user namespace");
  slipway::write_all(unshared.write, "!");
  int status = 1;
  check(::waitpid(mapper, &status, 0), "wait for the id mapper");
  if (status != 0) throw slipway::Error("write the id maps of the sandbox: not permitted");
  check(::setgroups(0, nullptr), "leave all supplementary groups");
  check(::setresgid(0, 0, 0), "become the sandbox's group 0");
  check(::setresuid(0, 0, 0), "become the sandbox's user 0");
}

// Mounts are locked where they were copied into the mount namespace of a lesser user namespace. So
// a child begins both and has no more to do.
void enter_locked_mounts() {
  slipway::Descriptor copy;
  const auto take = [&](pid_t child) {
    copy = slipway::open(fmt::format("/proc/{}/ns/mnt", child));
  };
  slipway::start(
      {.namespaces = CLONE_NEWUSER | CLONE_NEWNS}, [] {}, take)
      .wait();
  check(::setns(copy.get(), CLONE_NEWNS), "enter the locked mounts");
}

// From the sets that outlive an exec, too: the machine's root may have come with some.
void drop_all_capabilities_but(const std::vector<std::string>& kept) {
  std::vector<int> numbers;
  for (const std::string& name : kept) {
    cap_value_t number;
    check(::cap_from_name(name.c_str(), &number), "find the capability {}", name);
    numbers.push_back(number);
  }
  for (int number = 0; ::prctl(PR_CAPBSET_READ, number) >= 0; ++number)
    if (std::ranges::find(numbers, number) == numbers.end())
      check(::prctl(PR_CAPBSET_DROP, number), "drop capability {}", number);
  const std::unique_ptr<_cap_struct, int (*)(void*)> sets(::cap_get_proc(), ::cap_free);
  if (!sets) slipway::fail(errno, "read the capabilities");
  check(::cap_clear_flag(sets.get(), CAP_INHERITABLE), "clear the inheritable capabilities");
  check(::cap_set_proc(sets.get()), "drop the inheritable capabilities");
}

}  // namespace labkit
