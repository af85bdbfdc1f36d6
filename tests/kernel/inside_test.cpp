#include "labkit/observe/inside.hpp"

#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <algorithm>

#include "catch.hpp"
#include "machine.hpp"
#include "skip.hpp"
#include "slipway/error.hpp"

using namespace labkit;

TEST_CASE("inside: who hears of a mount is told with it") {
  NEEDS_ROOT();
  const slipway::Pipe ready = slipway::make_pipe();
  const pid_t other = machine::fork_to([&] {
    slipway::check(::unshare(CLONE_NEWNS), "begin a mount namespace");
    slipway::check(::mount(nullptr, "/", nullptr, MS_REC | MS_PRIVATE, nullptr), "make private");
    slipway::check(::mount("one", "/mnt", "tmpfs", 0, nullptr), "mount");
    slipway::check(::mount(nullptr, "/mnt", nullptr, MS_SHARED, nullptr), "make it shared");
    slipway::write_all(ready.write, "!");
    return ::pause();
  });
  char byte;
  slipway::check(::read(ready.read.get(), &byte, 1), "wait for the mount");
  const auto inside = look_inside(other);
  ::kill(other, SIGKILL);
  machine::status_of(other);
  REQUIRE(inside);
  CHECK(inside->mounts.front().propagation.empty());
  const auto mount = std::ranges::find(inside->mounts, "/mnt", &SeenMount::target);
  REQUIRE(mount != inside->mounts.end());
  CHECK(mount->type == "tmpfs");
  CHECK(mount->propagation.starts_with("shared:"));
}
