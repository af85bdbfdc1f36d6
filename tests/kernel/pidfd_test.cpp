#include "slipway/pidfd.hpp"

#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include "labkit/observe/process.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"
#include "slipway/namespace.hpp"
#include "slipway/process.hpp"

using namespace slipway;

TEST_CASE("a process that is not there cannot be taken hold of") {
  CHECK_THROWS_WITH(open_process(0x7ffffffe), "open process 2147483646: No such process");
}

TEST_CASE("a pidfd tells when its process has ended, waited for or not") {
  Child child = machine::start_sleeper();
  const Descriptor pidfd = open_process(child.pid());
  CHECK(!has_ended(pidfd));
  child.signal(SIGKILL);
  CHECK(machine::eventually([&] { return has_ended(pidfd); }));
  CHECK(machine::has_child(child.pid()));  // a zombie
  child.wait();
  CHECK(has_ended(pidfd));
}

TEST_CASE("each namespace that is named is joined, and no other") {
  NEEDS_ROOT();
  constexpr std::uint64_t mine = CLONE_NEWUTS | CLONE_NEWIPC | CLONE_NEWNET | CLONE_NEWCGROUP;
  const Child target = machine::start_sleeper({.namespaces = mine});
  const Descriptor pidfd = open_process(target.pid());
  for (const NamespaceKind& kind : namespace_kinds) {
    if ((mine & kind.flag) == 0) continue;
    const Child joined = start({}, [&] {
      join_namespaces(pidfd, kind.flag);
      execute({"sleep", "1000"});
    });
    for (const NamespaceKind& other : namespace_kinds) {
      INFO(kind.name << " joined, " << other.name << " compared");
      const pid_t like = other.flag == kind.flag ? target.pid() : ::getpid();
      CHECK(namespace_inode(joined.pid(), other) == namespace_inode(like, other));
    }
  }
}

TEST_CASE("a pid namespace is entered by the next child") {
  NEEDS_ROOT();
  const Child target = machine::start_sleeper({.namespaces = CLONE_NEWPID});
  const Descriptor pidfd = open_process(target.pid());
  const pid_t between = machine::fork_to([&] {
    const ino_t before = labkit::namespace_of(::getpid(), "pid");
    join_namespaces(pidfd, CLONE_NEWPID);
    if (labkit::namespace_of(::getpid(), "pid") != before) return 1;
    const pid_t child = machine::fork_to([] { return ::getpid() == 2 ? 0 : 2; });
    return machine::status_of(child);
  });
  CHECK(machine::status_of(between) == 0);
}

TEST_CASE("namespaces older than the user namespace are joined together with it, or none is") {
  NEEDS_ROOT();
  // The target was in its network when it began its user namespace, which does not own it.
  const Child target = start({.namespaces = CLONE_NEWNET}, [&] {
    check(::unshare(CLONE_NEWUSER | CLONE_NEWUTS), "begin a user namespace");
    execute({"sleep", "1000"});
  });
  const Descriptor pidfd = open_process(target.pid());
  const Child joined = start({}, [&] {
    join_namespaces(pidfd, CLONE_NEWUSER | CLONE_NEWNET | CLONE_NEWUTS);
    execute({"sleep", "1000"});
  });
  for (const char* kind : {"user", "net", "uts"})
    CHECK(labkit::namespace_of(joined.pid(), kind) == labkit::namespace_of(target.pid(), kind));
  // Its pid namespace is ours, and whoever is in its user namespace may not join ours.
  const pid_t inside = machine::fork_to([&] {
    join_namespaces(pidfd, CLONE_NEWUSER);
    const ino_t before = labkit::namespace_of(::getpid(), "uts");
    try {
      join_namespaces(pidfd, CLONE_NEWUTS | CLONE_NEWPID);
    } catch (const Error& error) {
      const bool told =
          error.what() ==
          std::string("join the namespaces pid uts of a process: Operation not permitted");
      return told && labkit::namespace_of(::getpid(), "uts") == before ? 0 : 1;
    }
    return 2;
  });
  CHECK(machine::status_of(inside) == 0);
}
