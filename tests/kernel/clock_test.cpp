// The checks' eyes on clocks, against namespaces that are made here.
#include "labkit/observe/clock.hpp"

#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "catch.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"
#include "slipway/file.hpp"
#include "slipway/process.hpp"

using namespace labkit;

TEST_CASE("clocks: a process that shares our time namespace sees our clocks") {
  NEEDS_ROOT();
  const Clocks before = clocks_here();
  const auto seen = clocks_of(::getpid());
  const Clocks after = clocks_here();
  REQUIRE(seen);
  CHECK((before.monotonic <= seen->monotonic && seen->monotonic <= after.monotonic));
  CHECK((before.boottime <= seen->boottime && seen->boottime <= after.boottime));
  CHECK(seen->realtime != 0);
}

TEST_CASE("clocks: in another time namespace both clocks show its own offsets") {
  NEEDS_ROOT();
  const slipway::Pipe ready = slipway::make_pipe();
  // A process between begins the namespace, so that ours stays as it is.
  const pid_t between = ::fork();
  if (between == 0) {
    try {
      slipway::check(::unshare(CLONE_NEWTIME), "begin a time namespace");
      slipway::write_file("/proc/self/timens_offsets", "monotonic 1000 0\nboottime 5000000 0\n");
    } catch (const slipway::Error&) {
      ::_exit(1);
    }
    const pid_t first = ::fork();
    if (first != 0) {
      slipway::write_all(ready.write, fmt::format("{}", first));
      ::_exit(0);
    }
    ::alarm(60);
    for (;;) ::pause();
  }
  char text[16] = {};
  REQUIRE(::read(ready.read.get(), text, sizeof text - 1) > 0);
  const auto first = static_cast<pid_t>(slipway::to_number(text));
  const Clocks before = clocks_here();
  const auto seen = clocks_of(first);
  const Clocks after = clocks_here();
  ::kill(first, SIGKILL);
  ::waitpid(between, nullptr, 0);
  REQUIRE(seen);
  constexpr std::int64_t second = 1'000'000'000;
  const std::int64_t monotonic = seen->monotonic - 1'000 * second;
  const std::int64_t boottime = seen->boottime - 5'000'000 * second;
  CHECK((before.monotonic <= monotonic && monotonic <= after.monotonic));
  CHECK((before.boottime <= boottime && boottime <= after.boottime));
}

TEST_CASE("clocks: a process that is gone has none") {
  CHECK(!clocks_of(0x7ffffffe));
}
