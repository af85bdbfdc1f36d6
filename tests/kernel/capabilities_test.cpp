#include "slipway/capabilities.hpp"

#include <fmt/core.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <map>

#include "labkit/observe/process.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"
#include "slipway/process.hpp"

using namespace slipway;

namespace {

constexpr int some[] = {CAP_CHOWN, CAP_KILL, CAP_SYS_CHROOT, CAP_SETFCAP};

using SetsOfCapabilities = std::map<std::string, std::uint64_t>;

SetsOfCapabilities sets_of(pid_t pid) {
  SetsOfCapabilities sets;
  for (const char* name : {"CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"})
    sets[name] = std::stoull(labkit::status_field(pid, name), nullptr, 16);
  return sets;
}

std::uint64_t bits(std::span<const int> capabilities) {
  std::uint64_t all = 0;
  for (const int capability : capabilities) all |= std::uint64_t{1} << capability;
  return all;
}

/// What there should be of those that this test itself has.
SetsOfCapabilities only(std::span<const int> kept) {
  const std::uint64_t left = sets_of(::getpid())["CapBnd"] & bits(kept);
  return {{"CapInh", 0}, {"CapPrm", left}, {"CapEff", left}, {"CapBnd", left}, {"CapAmb", 0}};
}

/// Gives this process all that it has in the inheritable and the ambient set, too; or takes all it
/// can from the effective and the permitted one.
void set_sets(bool give) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct words[2]{};
  check(::syscall(SYS_capget, &header, words), "read the sets");
  for (auto& word : words) {
    if (give)
      word.inheritable = word.permitted;
    else
      word = {};
  }
  check(::syscall(SYS_capset, &header, words), "change the sets");
  for (int capability = 0; give && capability < 41; ++capability)
    ::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, capability, 0, 0);
}

Child sleeper_after(const std::function<void()>& act) {
  return start({}, [&] {
    act();
    execute({"sleep", "1000"});
  });
}

}  // namespace

TEST_CASE(
    "what is kept is in three sets, and in the two others is nothing, before exec and after") {
  NEEDS_ROOT();
  for (const std::span<const int> kept :
       {std::span<const int>(some), std::span<const int>(usual_capabilities),
        std::span<const int>()}) {
    const SetsOfCapabilities expected = only(kept);
    const Pipe ready = make_pipe();
    const pid_t before = machine::fork_to([&] {
      set_sets(true);
      keep_capabilities(kept);
      write_all(ready.write, "!");
      return ::pause();
    });
    char byte;
    REQUIRE(::read(ready.read.get(), &byte, 1) == 1);
    CHECK(sets_of(before) == expected);
    ::kill(before, SIGKILL);
    machine::status_of(before);
    const Child after = sleeper_after([&] {
      set_sets(true);
      keep_capabilities(kept);
    });
    CHECK(sets_of(after.pid()) == expected);
  }
}

TEST_CASE("an exec of root brings back what was given up otherwise") {
  NEEDS_ROOT();
  const Child after = sleeper_after([] { set_sets(false); });
  CHECK(sets_of(after.pid())["CapEff"] == sets_of(::getpid())["CapBnd"]);
}

TEST_CASE("root with a container's usual capabilities mounts nothing, and may still chroot") {
  NEEDS_ROOT();
  const auto try_both = [](bool keep) {
    return machine::status_of(machine::fork_to([&] {
      check(::unshare(CLONE_NEWNS), "begin a mount namespace");
      check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make all private");
      if (keep) keep_capabilities(usual_capabilities);
      const bool mounted = ::mount("tmpfs", "/mnt", "tmpfs", 0, nullptr) == 0;
      return (mounted ? 1 : 0) + (::chroot("/") == 0 ? 2 : 0);
    }));
  };
  CHECK(try_both(false) == 3);
  CHECK(try_both(true) == 2);
}

TEST_CASE("whoever may not give up capabilities is told which") {
  NEEDS_ROOT();
  CHECK_THROWS_WITH(
      start({},
            [] {
              set_sets(false);
              keep_capabilities(some);
            }),
      fmt::format("give up the capability {}: Operation not permitted", int{CAP_DAC_OVERRIDE}));
}
